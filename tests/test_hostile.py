"""Values that break naive services, in every field of every API but the catalog's and
the orders', which have tests of their own.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group

from bucketlists.models import Bucketlist
from casting.models import Actor, Movie

VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1.5, 2**31, 2**63, 10**30, 1e300),
    *("", " ", "0", "-1", "1e3", "1_000", "\u0663", "null", "NaN", "true"),
    *("x" * 10_000, "\u202eabc", "\U0001f600" * 300, "e\u0301", "'; DROP TABLE x;--"),
    *("<script>alert(1)</script>", "%s%n{0}{{7*7}}", "../../etc/passwd"),
    *([], [[]], [None], ["x"], [0] * 50, {}, {"a": {"b": []}}, {"": ""}),
    *("2026-02-30", "0000-00-00", "9999-12-31T23:59:60Z", "Thu, 32 Foo 2026"),
]
TARGETS = {
    "/auth/register": ["email", "password", "name"],
    "/auth/login": ["email", "password"],
    "/auth/refresh": ["refresh_token"],
    "/auth/logout": ["refresh_token"],
    "/v1.0/users": ["name", "email", "password"],
    "/v1.0/goals": ["user", "name", "parent_name", "description"],
    "/bucketlists/": ["name"],
    "/actors": ["name", "age", "gender"],
    "/movies": ["title", "release_date", "actors"],
}
VALID = {
    "email": "eve@example.com",
    "password": "secret-123",
    "name": "Eve",
    "user": "ada",
    "age": 36,
    "gender": "female",
    "title": "Eve",
    "release_date": "2026-01-01",
}
CASES = [(url, field) for url, fields in TARGETS.items() for field in fields]
LISTS = ["/v1.0/goals", "/v1.0/users", "/bucketlists/", "/actors", "/movies"]


@pytest.fixture
def client(client_of, ada, monkeypatch):
    """A client with every permission."""
    ada.groups.add(Group.objects.get(name="executive producer"))
    Bucketlist.objects.create(name="Old", created_by=ada)
    Actor.objects.create(name="Old", age=1, gender="x")
    Movie.objects.create(title="Old", release_date="2026-01-01")
    client = client_of(ada)
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize(("url", "field"), CASES)
def test_any_value_in_any_field_is_accepted_or_refused(client, url, field):
    for value in VALUES:
        body = {name: VALID[name] for name in TARGETS[url] if name in VALID}
        response = client.post(url, body | {field: value}, "json")
        assert response.status_code < 500, (value, response.content)
        assert isinstance(json.loads(response.content or "null"), dict | list | None)
    for name in LISTS:
        assert client.get(name).status_code == 200, name


@pytest.mark.parametrize("url", TARGETS)
def test_any_document_is_accepted_or_refused(client, url):
    for value in VALUES:
        for method in (client.post, client.put, client.patch, client.delete):
            response = method(url, json.dumps(value), content_type="application/json")
            assert response.status_code < 500, (value, response.content)


@pytest.mark.parametrize("url", LISTS)
@pytest.mark.parametrize("name", ["offset", "page", "limit", "format", "q", "id[]"])
def test_any_query_is_accepted_or_refused(client, url, name):
    for value in ["", "x", "-1", "1", "9" * 18, "9" * 40, "\x00", "\ud800", "%", "[]"]:
        response = client.get(url, {name: value.encode("utf-8", "replace")})
        assert response.status_code < 500, (value, response.content)
