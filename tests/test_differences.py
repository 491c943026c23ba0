"""Differences from the old services that all APIs share, at a URL of each."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from rest_framework.test import APIClient

from bucketlists.models import Bucketlist
from casting.models import Actor
from goals.models import Goal
from media_catalog.models import Author, Creator
from orders.models import Order

JSON_API = "application/vnd.api+json"
URLS = ["/v1.0/goals", "/bucketlists/", "/actors", "/api/video", "/books", "/orders"]
every_url = pytest.mark.parametrize("url", URLS)


@pytest.fixture
def producer(ada, client_of) -> APIClient:
    """Return the client of a user who can call every API."""
    ada.groups.add(Group.objects.get(name="executive producer"))
    Actor.objects.create(name="Ada", age=36, gender="female")
    return client_of(ada)


def media_type(url: str) -> str:
    return JSON_API if url.startswith("/api/") else "application/json"


@pytest.mark.difference(
    "Everywhere",
    old="Returns 401 without `WWW-Authenticate`",
    new="Adds `WWW-Authenticate: Bearer` to each 401",
    why="HTTP requires it",
)
@every_url
def test_a_401_names_the_bearer_scheme(api, db, url):
    response = api.get(url, HTTP_AUTHORIZATION="Bearer x")

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.difference(
    "Everywhere",
    old="Writes JSON in ASCII (`\\u00eb`), in some APIs with spaces or sorted keys",
    new="Writes UTF-8 without spaces; keeps ASCII and spaces in the JSON:API",
    why="Parsers read the same values",
)
def test_json_is_compact_utf_8_except_in_the_jsonapi(api, ada):
    Goal.objects.create(user=ada, name="Zoë")
    Author.objects.create(first_name="Zoë", last_name="Noë")
    Creator.objects.create(name="Zoë", create_at=timezone.now())

    goals = api.get("/v1.0/goals").content
    books = api.get("/authors").content
    creators = api.get("/api/user").content

    assert goals.decode() == '{"ada":{"Zoë":{}}}'
    assert '"firstName":"Zoë"' in books.decode()
    assert b'"name": "Zo\\u00eb"' in creators


@pytest.mark.difference(
    "Everywhere",
    old="Ignores or accepts other schemes than `Bearer` in `Authorization`",
    new="Returns 401",
    why="A client shouldn't become anonymous without noticing",
)
@pytest.mark.parametrize("header", ["Basic YWRhOng=", "Token x", "User:1", "x", ""])
@every_url
def test_a_scheme_other_than_bearer_is_401(api, db, url, header):
    assert api.get(url, HTTP_AUTHORIZATION=header).status_code == 401


@pytest.mark.difference(
    "Everywhere",
    old="Serves one spelling of a URL, and redirects the other or returns 404",
    new="Serves both, such as `/actors` and `/actors/`; in the JSON:API, a slash at "
    "the end still returns 404",
    why="A redirect loses the body of a POST",
)
@pytest.mark.parametrize("url", [*URLS, "/auth/me", "/api/v2/jobs", "/invoices"])
def test_a_url_has_two_spellings_except_in_the_jsonapi(producer, url):
    bare = url.rstrip("/")
    with_slash = 404 if url == "/api/video" else 200

    assert producer.get(bare).status_code == 200
    assert producer.get(f"{bare}/").status_code == with_slash


@pytest.mark.difference(
    "Everywhere",
    old="Stores or crashes on duplicate keys, `NaN`, null characters, and lone "
    "surrogates in JSON",
    new="Returns 400, also for more than 64 levels of nesting",
    why="Not every database and client can process them",
)
@pytest.mark.parametrize(
    "raw",
    [
        b'{"name": 1, "name": 2}',
        b'{"name": NaN}',
        b'{"name": "a\\u0000b"}',
        b'{"name": "\\ud800"}',
        b'{"name": ' + b"[" * 64 + b"]" * 64 + b"}",
    ],
    ids=["duplicate key", "NaN", "NUL", "surrogate", "65 levels"],
)
@every_url
def test_unsafe_json_is_400(producer, url, raw):
    assert producer.generic("POST", url, raw, media_type(url)).status_code == 400


@pytest.mark.difference(
    "Everywhere",
    old="Reads JSON with the media type of a form, as `curl -d` sends it, in some APIs",
    new="Returns 415 if the API accepts only JSON (casting, books, orders, invoices, "
    "JSON:API); otherwise, reads a form and returns 400 for missing fields",
    why="The media type defines the format",
)
@pytest.mark.parametrize(
    ("url", "status"),
    [
        *((url, 415) for url in ("/actors", "/movies", "/books", "/orders")),
        *((url, 415) for url in ("/invoices", "/api/video", "/a-model-command")),
        *((url, 400) for url in ("/v1.0/goals", "/bucketlists/", "/auth/login")),
    ],
)
def test_json_with_the_media_type_of_a_form_is_refused(producer, url, status):
    form = "application/x-www-form-urlencoded"
    raw = json.dumps({"name": "x", "email": "x@example.com", "password": "x"})

    assert producer.generic("POST", url, raw, form).status_code == status


@pytest.mark.difference(
    "Everywhere",
    old="Ignores an `Accept` header that doesn't allow JSON",
    new="Returns 406",
    why="The client couldn't read the response",
)
@every_url
def test_an_accept_header_without_json_is_406(producer, url):
    assert producer.get(url, headers={"accept": "image/png"}).status_code == 406


@pytest.mark.difference(
    "Everywhere",
    old="Returns lists of any length",
    new="Returns at most 1,000 rows (`QUINTET_MAX_UNPAGED`), and the URL of the next "
    "ones in `Link`; JSON:API lists have pages of 10, as before",
    why="Limits memory",
)
@pytest.mark.parametrize(
    "url", ["/v1.0/goals?flat=1", "/bucketlists/", "/actors", "/authors", "/orders"]
)
def test_a_list_of_more_rows_than_the_limit_links_to_the_rest(
    producer, ada, settings, url
):
    settings.QUINTET_MAX_UNPAGED = 2
    for name in "abc":
        Goal.objects.create(name=name, user=ada)
        Bucketlist.objects.create(name=name, created_by=ada)
        Actor.objects.create(name=name, age=1, gender="x")
        Author.objects.create(first_name=name, last_name="x")
        Order.objects.create(description=name, owner=ada)
    found = producer.get(url).headers["Link"]

    assert "offset=2" in found
    assert found.endswith('rel="next"')
