"""What the OpenAPI document says of JSON:API's query parameters is what it takes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator, Registry

from dialects.restless.filter_objects import SPELLINGS
from dialects.restless.filter_schema import OPERATORS
from media_catalog.models import Creator, Video
from tests.media_catalog.jsonapi import JsonApi
from tests.support.openapi import BASE, as_json_schema, document, generated

FILTERS = [
    {"name": "title", "op": "eq", "val": "Fog"},
    {"name": "title", "op": "==", "val": "Fog"},
    {"name": "deleted", "op": ">=", "val": 1},
    {"name": "create_at", "op": "<", "val": "2026-02-01"},
    {"name": "create_at", "op": "le", "field": "update_at"},
    {"name": "id", "op": "in", "val": ["a", "b"]},
    {"name": "deleted", "op": "not_in", "val": [1, 2]},
    {"name": "title", "op": "ilike", "val": "f%"},
    {"name": "title", "op": "not_like", "field": "author_id"},
    {"name": "author_id", "op": "is_null"},
    {"name": "author", "op": "has", "val": {"name": "name", "op": "eq", "val": "A"}},
    {"name": "playlists", "op": "any", "val": {"name": "id", "op": "is_not_null"}},
    {"or": [{"not": {"name": "deleted", "op": "gt", "val": 0}}]},
    {"and": [{"name": "title", "op": "is_null"}]},
]
REFUSED = [
    {"name": "titel", "op": "eq", "val": "Fog"},
    {"name": "title", "op": "equals_to", "val": "Fog"},
    {"name": "title", "op": "eq"},
    {"name": "title", "op": "eq", "val": None},
    {"name": "deleted", "op": "like", "val": "1"},
    {"name": "title", "op": "in", "val": "Fog"},
    {"name": "title", "op": "in", "val": ["x"] * 101},
    {"name": "title", "op": "in", "field": "id"},
    {"name": "author", "op": "any", "val": {"name": "name", "op": "is_null"}},
    {"name": "author", "op": "has", "val": {"name": "title", "op": "is_null"}},
    {"name": "playlists", "op": "is_null"},
    {"or": []},
    {"not": []},
]


@pytest.fixture
def jsonapi(api, db) -> JsonApi:
    author = Creator.objects.create(id="u", name="Ada")
    Video.objects.create(id="v", title="Fog", author=author)
    return JsonApi(api)


def parameters_of(path: str) -> dict[str, Any]:
    parameters = document()["paths"][path]["get"]["parameters"]
    return {parameter["name"]: parameter for parameter in parameters}


def schema_of(name: str, path: str = "/api/video") -> dict[str, Any]:
    schema: dict[str, Any] = parameters_of(path)[name]["schema"]
    return schema


def is_documented(filters: object) -> bool:
    registry = Registry([(BASE, as_json_schema(document()))])
    schema = as_json_schema(schema_of("filter[objects]")["contentSchema"])
    return Draft202012Validator(schema, registry=registry).is_valid(filters)


@pytest.mark.parametrize("item", FILTERS, ids=json.dumps)
def test_filter_objects_that_are_documented_are_accepted(jsonapi, item):
    assert is_documented([item])
    query = {"filter[objects]": json.dumps([item])}
    assert jsonapi.get("/api/video", data=query).status_code == 200


@pytest.mark.parametrize("item", REFUSED, ids=json.dumps)
def test_filter_objects_that_are_refused_are_not_documented(jsonapi, item):
    assert not is_documented([item])
    query = {"filter[objects]": json.dumps([item])}
    assert jsonapi.get("/api/video", data=query).status_code == 400


def test_every_operator_is_documented():
    documented = [name for names in OPERATORS.values() for name in names]

    assert sorted([*documented, "any", "has"]) == sorted(SPELLINGS)


@pytest.mark.parametrize(
    ("name", "value", "is_valid"),
    [
        ("sort", "title", True),
        ("sort", "-create_at,author.name,id", True),
        ("sort", "", True),
        ("sort", "+title", False),
        ("sort", "author.titel", False),
        ("sort", "title,", False),
        ("sort", "playlists.title", False),
        ("include", "", True),
        ("include", "author", True),
        ("include", "author,playlists.videos.author", True),
        ("include", "autor", False),
        ("include", "author.videos", False),
        ("include", "author.owned_videos.author.owned_videos", False),
        ("page[size]", "0", True),
        ("page[size]", "100", True),
        ("page[size]", "101", False),
        ("page[number]", "1", True),
        ("page[number]", "-1", False),
        ("filter[deleted]", "1", True),
        ("filter[deleted]", "x", False),
        ("links", "true", True),
        ("links", "1", False),
    ],
)
def test_values_that_are_documented_are_accepted_and_no_others(
    jsonapi, name, value, is_valid
):
    schema = schema_of(name)
    typed = value if schema["type"] == "string" else json_value(value)

    assert Draft202012Validator(schema).is_valid(typed) is is_valid
    status = jsonapi.get("/api/video", data={name: value}).status_code
    assert status == (200 if is_valid else 400)


def json_value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


@pytest.mark.parametrize(
    ("path", "include"),
    [
        ("/api/user/{id}/owned_videos", "author.owned_playlists"),
        ("/api/user/{id}/relationships/owned_videos", "owned_videos.author"),
        ("/api/video/{id}/author", "owned_videos"),
    ],
)
def test_include_paths_start_where_the_url_says(jsonapi, path, include):
    url = path.format(id="u" if "user" in path else "v")

    assert re.search(schema_of("include", path)["pattern"], include)
    assert jsonapi.get(url, data={"include": include}).status_code == 200
    assert not re.search(schema_of("include", path)["pattern"], "title")


def test_fields_name_attributes_and_relationships():
    pattern = schema_of("fields[video]")["pattern"]

    assert re.search(pattern, "title,author")
    assert re.search(pattern, "")
    assert not re.search(pattern, "name")


@pytest.mark.parametrize("access", ["open", "closed"])
def test_writes_need_a_token_where_they_do(settings, access):
    settings.QUINTET_ACCESS = access
    paths = generated()["paths"]
    for path, method in [
        ("/api/operations", "post"),
        ("/api/video", "post"),
        ("/api/video/{id}", "delete"),
    ]:
        operation = paths[path][method]
        assert ({} in operation["security"]) is (access == "open")
        assert access == "open" or "403" in operation["responses"]
    assert {} in paths["/api/video"]["get"]["security"]


def test_a_list_that_cannot_be_replaced_is_described_as_such():
    paths = document()["paths"]

    assert "patch" not in paths["/api/user/{id}/relationships/owned_videos"]
    assert "403" in paths["/api/user/{id}"]["patch"]["responses"]
    assert "patch" in paths["/api/video/{id}/relationships/playlists"]
    assert "403" not in paths["/api/video/{id}"]["patch"]["responses"]


def test_ids_and_summaries_name_the_type_and_the_relationship():
    paths = document()["paths"]

    linkage = paths["/api/playlist/{id}/relationships/videos"]
    assert linkage["post"]["operationId"] == "addToPlaylistVideos"
    assert linkage["post"]["summary"] == "Add to a playlist's videos"
    member = paths["/api/user/{id}/owned_videos/{related_id}"]["get"]
    assert member["operationId"] == "getOneOfCreatorOwnedVideos"
