"""Lists refuse unknown parameters, filters and sort fields.

The APIs whose old documents say so ignore unknown parameters.
"""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.contrib.auth.models import Group

from bucketlists.models import Bucketlist
from casting.models import Actor, Movie
from tests.support.openapi import document

# Every list by its path in the OpenAPI document, with some of its parameters.
STRICT = {
    "/v1.0/goals": {"flat", "status", "sort", "user"},
    "/v1.0/goals.svg": {"search", "status", "depth", "sort", "archived"},
    "/v1.0/users": {"offset"},
    "/bucketlists": {"q", "sort", "items"},
    "/bucketlists/{}/items": {"q", "sort", "done"},
    "/actors": {"age_min", "sort", "search", "page"},
    "/actors/{}/movies": {"year", "sort", "search", "page"},
    "/movies": {"year", "sort", "search", "page"},
    "/movies/{}/actors": {"age_min", "sort", "search", "page"},
}
SORTED = {
    "/v1.0/goals": {"position", "due"},
    "/v1.0/goals.svg": {"position", "due"},
    "/bucketlists": {"id", "name", "date_created", "date_modified"},
    "/bucketlists/{}/items": {"position", "name", "done"},
    "/actors": {"name", "age"},
    "/actors/{}/movies": {"title", "release_date"},
    "/movies": {"title", "release_date"},
    "/movies/{}/actors": {"name", "age"},
}
# DBBase ignores unknown parameters, but not unknown sort fields and fields.
DBBASE = [
    *("/books", "/authors", "/orders", "/api/v2/orders", "/api/v2/jobs"),
    *("/invoices", "/invoices.csv", "/invoice-items"),
]
JSON_API = ["/api/user", "/api/video", "/api/playlist"]
OTHER = r"/auth/me|/schema|.*/events|.*\.(html|pdf)|/api/(user|video|playlist)/.*|.*\}"


@pytest.fixture
def reader(ada, client_of):
    ada.groups.add(Group.objects.get(name="executive producer"))
    return client_of(ada)


@pytest.fixture
def url_of(ada):
    Bucketlist.objects.create(id=1, name="a", created_by=ada)
    movie = Movie.objects.create(id=1, title="a", release_date=date(2026, 1, 1))
    movie.actors.add(Actor.objects.create(id=1, name="a", age=1, gender="x"))
    return lambda path: path.replace("{}", "1")


def test_the_table_has_every_list():
    paths = document()["paths"]
    lists = {
        re.sub(r"\{\w+\}", "{}", path).rstrip("/")
        for path, operations in paths.items()
        if "get" in operations and not re.fullmatch(OTHER, path.rstrip("/"))
    }
    assert lists == {*STRICT, *DBBASE, *JSON_API}


@pytest.mark.difference(
    "Everywhere",
    old="Ignores unknown parameters of a list",
    new="Returns 400 and lists the valid ones (goals, bucket lists, casting)",
    why="An ignored filter returns too many rows",
)
@pytest.mark.parametrize("path", STRICT)
def test_an_unknown_parameter_is_refused_with_the_valid_ones(reader, url_of, path):
    response = reader.get(url_of(path), {"bogus": "1"})

    assert response.status_code == 400
    assert "bogus" in response.content.decode()
    assert STRICT[path] <= set(re.findall(r"\w+", response.content.decode()))


@pytest.mark.parametrize("path", SORTED)
@pytest.mark.parametrize("value", ["bogus", "-bogus", "id__bogus"])
def test_an_unknown_sort_field_is_refused_with_the_valid_ones(
    reader, url_of, path, value
):
    response = reader.get(url_of(path), {"sort": value})

    assert response.status_code == 400
    assert SORTED[path] <= set(re.findall(r"\w+", response.content.decode()))


@pytest.mark.difference(
    "Everywhere",
    old="Ignores unknown parameters of books, orders, and invoices, or returns 500",
    new="Ignores the parameters, but returns 400 for unknown fields in `pageConfig`",
)
@pytest.mark.parametrize("path", DBBASE)
def test_dbbase_ignores_unknown_parameters_but_no_unknown_fields(reader, path, db):
    assert reader.get(path, {"bogus": "1"}).status_code == 200
    for config in ('{"orderBy": "bogus"}', '{"serialFields": ["bogus"]}'):
        if path.endswith(".csv") and "serial" in config:
            continue
        response = reader.get(path, {"pageConfig": config})
        assert response.status_code == 400
        assert "bogus is not a column in" in response.content.decode()


@pytest.mark.difference(
    "Everywhere",
    old="Ignores unknown parameters in the JSON:API",
    new="Ignores them, but returns 400 for unknown filters, sort fields, and "
    "relationships",
)
@pytest.mark.parametrize("path", JSON_API)
@pytest.mark.parametrize("name", ["filter[bogus]", "sort", "include"])
def test_json_api_refuses_unknown_filters_sort_fields_and_includes(api, path, name, db):
    assert api.get(path, {name: "bogus"}).status_code == 400
    assert api.get(path, {"bogus": "1"}).status_code == 200
