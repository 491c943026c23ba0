"""The tables of docs/reference/json-api.md, compared with the JSON:API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import resolve

from accounts.demo import account
from dialects.restless import (
    documents,
    filter_objects,
    filters,
    operations,
    pagination,
    parsers,
)
from media_catalog.models import Video
from media_catalog.urls import restless
from tests.media_catalog.jsonapi import MEDIA_TYPE
from tests.support.guide_tables import (
    error_of,
    listed_errors,
    numbers,
    quoted,
    rows,
)

PAGE = "reference/json-api"
VIDEO, HULL = "/api/video", "/api/video/demo-video-hull"
ERRORS = listed_errors(PAGE)
# A test of the service takes its database away.
UNTRIED = {"unavailable"}
TABLES = ("parameters", "collection parameters")
EXAMPLES = [row[1].strip("`") for table in TABLES for row in rows(PAGE, table)]
OPERATORS = [
    (quoted(name)[0], quoted(spellings), quoted(example)[0])
    for name, spellings, example in rows(PAGE, "operators")
]
CLIENTS = Path(settings.BASE_DIR) / "tests/clients"

pytestmark = pytest.mark.usefixtures("demo")


@pytest.mark.parametrize(
    ("url", "method"), [row[:2] for row in rows(PAGE, "urls")], ids=str
)
def test_every_url_takes_its_methods(url, method):
    path = url.strip("`").replace("<type>", "playlist")
    path = path.replace("<id>", "1").replace("<relationship>", "videos")
    view: Any = resolve(path).func
    assert method.lower() in getattr(view, "actions", dir(view.cls))


def test_the_table_of_types_is_whole():
    listed = {quoted(row[0])[0]: row[1:] for row in rows(PAGE, "types")}
    assert listed.keys() == restless.types.keys()
    for name, resource in restless.types.items():
        attributes, to_one, to_many = listed[name]
        links = [f"`{each.name}` (`{each.target.name}`)" for each in resource.to_one]
        assert quoted(attributes) == list(resource.attributes)
        assert to_one == (", ".join(links) or "None")
        assert quoted(to_many) == [each.name for each in resource.to_many]


@pytest.mark.parametrize("url", EXAMPLES)
def test_every_example_of_a_parameter_finds_something(api, url):
    response = api.get(url, headers={"Accept": MEDIA_TYPE})

    assert response.status_code == 200, response.content
    assert response.json()["data"]


@pytest.mark.parametrize(
    ("name", "spellings", "example"), OPERATORS, ids=[name for name, *_ in OPERATORS]
)
def test_every_example_of_an_operator_finds_something(api, name, spellings, example):
    wanted = None
    for spelling in [name, *spellings]:
        filter_object = json.loads(example) | {"op": spelling}
        query = {"filter[objects]": json.dumps([filter_object]), "page[size]": "0"}
        data = api.get(VIDEO, query_params=query).json()["data"]
        assert 0 < len(data) <= Video.objects.count()
        assert wanted in {None, len(data)}
        wanted = len(data)


def test_the_table_of_operators_is_whole():
    documented = {
        spelling for name, others, _ in OPERATORS for spelling in (name, *others)
    }
    assert documented == set(filter_objects.OPERATORS)


def video(**members: Any) -> dict[str, Any]:
    return {"data": {"type": "video", **members}}


def linked(kind: str, pk: str) -> dict[str, Any]:
    return {"author": {"data": {"type": kind, "id": pk}}}


OWNED = "/api/user/demo-user-ada/relationships/owned_videos"
REQUESTS: list[tuple[int, str, str, str, Any]] = [
    (400, "malformed_json", "post", VIDEO, "{"),
    (400, "bad_document", "post", VIDEO, {}),
    (400, "invalid", "post", VIDEO, video(attributes={"create_at": "soon"})),
    (400, "max_value", "post", VIDEO, video(attributes={"deleted": 2**31})),
    (400, "min_value", "post", VIDEO, video(attributes={"deleted": -(2**31) - 1})),
    (400, "unknown_attribute", "post", VIDEO, video(attributes={"titel": "x"})),
    (400, "unknown_relationship", "post", VIDEO, video(relationships={"autor": {}})),
    (400, "not_to_many", "post", f"{HULL}/relationships/author", {"data": None}),
    (400, "bad_filter", "get", f"{VIDEO}?filter[titel]=x", None),
    (400, "bad_sort", "get", f"{VIDEO}?sort=titel", None),
    (400, "bad_include", "get", f"{VIDEO}?include=autor", None),
    (400, "bad_page", "get", f"{VIDEO}?page[limit]=1", None),
    (400, "bad_links", "get", f"{VIDEO}?links=1", None),
    (400, "repeated_parameter", "get", f"{VIDEO}?sort=id&sort=id", None),
    (403, "replacement_not_allowed", "patch", OWNED, {"data": []}),
    (403, "removal_not_allowed", "delete", OWNED, {"data": []}),
    (404, "not_found", "get", f"{VIDEO}/none", None),
    (404, "no_such_relation", "get", f"{HULL}/autor", None),
    (404, "not_to_many", "get", f"{HULL}/author/1", None),
    (405, "method_not_allowed", "put", HULL, {}),
    (409, "unique", "post", VIDEO, video(id="demo-video-hull")),
    (409, "wrong_type", "post", VIDEO, {"data": {"type": "user"}}),
    (409, "wrong_id", "patch", HULL, video(id="hull")),
    (413, "too_large", "post", VIDEO, video(attributes={"title": "x" * 3_000_000})),
]
ADD_CLEO = {"op": "add", "data": {"type": "user", "lid": "cleo"}}
OPERATIONS: dict[tuple[int, str], list[Any]] = {
    (400, "unknown_lid"): [{"op": "update", "data": {"type": "user", "lid": "cleo"}}],
    (400, "duplicate_lid"): [ADD_CLEO, ADD_CLEO],
    (403, "operation_not_allowed"): [{"op": "update", "href": VIDEO}],
    (404, "no_such_type"): [{"op": "add", "data": {"type": "videos"}}],
}


def send(api: Any, method: str, url: str, body: Any = None, **headers: str) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    media_type = headers.pop("Content-Type", MEDIA_TYPE)
    headers = {"Accept": MEDIA_TYPE} | headers
    return api.generic(method, url, text, media_type, headers=headers)


@pytest.mark.parametrize(
    ("status", "code", "method", "url", "body"),
    REQUESTS,
    ids=[f"{status}-{code}" for status, code, *_ in REQUESTS],
)
def test_an_error_of_the_table_has_its_status(api, status, code, method, url, body):
    assert error_of(send(api, method, url, body)) == (status, code)


def test_the_other_errors_of_the_table(api, client_of, settings):
    seen = {(status, code) for status, code, *_ in REQUESTS}
    for error, each in OPERATIONS.items():
        media_type = f'{MEDIA_TYPE}; ext="{operations.ATOMIC_EXTENSION}"'
        body = {"atomic:operations": each}
        headers = {"Content-Type": media_type, "Accept": media_type}
        response = send(api, "post", "/api/operations", body, **headers)
        assert error_of(response) == error
        seen.add(error)
    hull = video(id="demo-video-hull")
    seen |= {
        error_of(send(api, "patch", HULL, hull, **{"If-Match": "x"})),
        error_of(send(api, "patch", HULL, hull, **{"If-Match": '"x"'})),
        error_of(send(api, "get", VIDEO, Accept="application/json")),
        error_of(send(api, "post", VIDEO, hull, **{"Content-Type": "text/plain"})),
    }
    settings.QUINTET_ACCESS = "closed"
    seen.add(error_of(send(api, "delete", HULL)))
    seen.add(error_of(send(client_of(account("bob")), "delete", HULL)))

    assert seen == {error for error in ERRORS if error[1] not in UNTRIED}


def test_the_limits_are_those_of_the_service():
    assert numbers(PAGE, "limits") == [
        pagination.MAX_PAGE_SIZE,
        settings.QUINTET_MAX_UNPAGED,
        filter_objects.MAX_TERMS,
        filter_objects.MAX_LEVELS,
        filter_objects.MAX_VALUES,
        filters.MAX_SORT_FIELDS,
        documents.MAX_INCLUDE_DEPTH,
        settings.QUINTET_MAX_LINKAGE,
        parsers.MAX_IDENTIFIERS,
        operations.MAX_OPERATIONS,
    ]
    costs = filter_objects.COSTS
    assert {costs["like"], costs["ilike"], costs["not_like"]} == {3}
    assert costs["has"] == costs["any"] == 5
    assert pagination.DEFAULT_PAGE_SIZE == 10


def test_the_table_of_clients_is_that_of_the_scripts():
    packages = json.loads((CLIENTS / "package.json").read_text())["dependencies"]
    scripts = {path.read_text() for path in CLIENTS.glob("*.test.js")}
    clients = rows(PAGE, "clients")
    assert len(clients) == len(scripts)

    for name, version, options in clients:
        [package] = quoted(name)
        assert packages[package] == version
        [script] = [text for text in scripts if f'from "{package}"' in text]
        for option in quoted(options):
            assert option in script, f"{package}: {option}"
