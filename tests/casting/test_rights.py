"""Permissions: every URL of the agency, by every method, for every kind of client."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from rest_framework.test import APIClient

from accounts.models import User
from casting.permissions import CLAIMS
from casting.urls import urlpatterns
from tests.support.factories import UserFactory

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
READ_ACTORS, READ_MOVIES = {"view_actor"}, {"view_movie"}
# For each URL and method all permissions that it requires. A method that the URL does
# not have is in brackets: with the permission it is 405, without it is 403.
RIGHTS: dict[str, dict[str, Any]] = {
    "/actors": {
        "GET": READ_ACTORS,
        "HEAD": READ_ACTORS,
        "POST": {"add_actor"},
        "PUT": [{"change_actor"}],
        "PATCH": [{"change_actor"}],
        "DELETE": [{"delete_actor"}],
        "OPTIONS": set(),
    },
    "/actors/{actor}": {
        "GET": READ_ACTORS,
        "HEAD": READ_ACTORS,
        "POST": [{"add_actor"}],
        "PUT": [{"change_actor"}],
        "PATCH": {"change_actor"},
        "DELETE": {"delete_actor"},
        "OPTIONS": set(),
    },
    "/actors/{actor}/movies": {
        "GET": READ_ACTORS | READ_MOVIES,
        "HEAD": READ_ACTORS | READ_MOVIES,
        "POST": [{"add_movie"}],
        "PUT": [{"change_movie"}],
        "PATCH": [{"change_movie"}],
        "DELETE": [{"delete_movie"}],
        "OPTIONS": set(),
    },
    "/movies": {
        "GET": READ_MOVIES,
        "HEAD": READ_MOVIES,
        "POST": {"add_movie"},
        "PUT": [{"change_movie"}],
        "PATCH": [{"change_movie"}],
        "DELETE": [{"delete_movie"}],
        "OPTIONS": set(),
    },
    "/movies/{movie}": {
        "GET": READ_MOVIES,
        "HEAD": READ_MOVIES,
        "POST": [{"add_movie"}],
        "PUT": [{"change_movie"}],
        "PATCH": {"change_movie"},
        "DELETE": {"delete_movie"},
        "OPTIONS": set(),
    },
    "/movies/{movie}/actors": {
        "GET": READ_ACTORS | READ_MOVIES,
        "HEAD": READ_ACTORS | READ_MOVIES,
        "POST": [{"add_actor"}],
        "PUT": [{"change_actor"}],
        "PATCH": [{"change_actor"}],
        "DELETE": [{"delete_actor"}],
        "OPTIONS": set(),
    },
    "/movies/{movie}/actors/{actor}": {
        "GET": [READ_MOVIES],
        "HEAD": [READ_MOVIES],
        "POST": {"change_movie"},
        "PUT": {"change_movie"},
        "PATCH": [{"change_movie"}],
        "DELETE": {"change_movie"},
        "OPTIONS": set(),
    },
}
ASSISTANT = {"view_actor", "view_movie"}
DIRECTOR = ASSISTANT | {"add_actor", "change_actor", "delete_actor", "change_movie"}
PRODUCER = DIRECTOR | {"add_movie", "delete_movie"}
GROUPS = {
    "assistant": "casting assistant",
    "director": "casting director",
    "producer": "executive producer",
}
CALLERS = {
    "anonymous": None,
    "no role": set(),
    "assistant": ASSISTANT,
    "director": DIRECTOR,
    "producer": PRODUCER,
    "staff": set(),
    "superuser": PRODUCER,
    "external": set(),
    **{claim: {right.partition(".")[2]} for claim, right in CLAIMS.items()},
}
BODIES = {
    "/actors": {"name": "New", "age": 1, "gender": "x"},
    "/movies": {"title": "New", "release_date": "2026-01-01"},
}


@pytest.fixture(params=CALLERS)
def caller(request) -> str:
    return request.param


@pytest.fixture
def client(request, caller, db, client_of) -> APIClient:
    if caller == "anonymous":
        return APIClient()
    if caller == "external" or caller in CLAIMS:
        provider = request.getfixturevalue("provider")
        return provider.client(*{caller} & CLAIMS.keys())
    return client_of(account(caller))


def account(caller: str) -> User:
    user = UserFactory.create(
        is_staff=caller in {"staff", "superuser"}, is_superuser=caller == "superuser"
    )
    user.groups.set(Group.objects.filter(name=GROUPS.get(caller)))
    return user


def expected(url: str, method: str, rights: set[str] | None) -> int:
    if rights is None:
        return 401
    needed = RIGHTS[url][method]
    is_missing = isinstance(needed, list)
    if not (needed[0] if is_missing else needed) <= rights:
        return 403
    return 405 if is_missing else 200


@pytest.mark.parametrize("url", RIGHTS)
def test_each_caller_is_allowed_what_the_table_says(client, caller, actor, movie, url):
    path, statuses = url.format(actor=actor.pk, movie=movie.pk), {}
    for method in METHODS:
        body = [] if method in {"GET", "HEAD"} else [body_of(url)]
        with transaction.atomic():
            response = client.generic(
                method, path, *body, content_type="application/json"
            )
            transaction.set_rollback(True)  # so that each method finds the same rows
        statuses[method] = response.status_code
        if response.status_code == 403 and method != "HEAD":
            assert response.json() == {
                "code": "unauthorized",
                "description": "Permission not found.",
            }

    rights = CALLERS[caller]
    assert statuses == {method: expected(url, method, rights) for method in METHODS}


def body_of(url: str) -> str:
    return json.dumps(BODIES.get(f"/{url.split('/')[1]}"))


def test_the_table_has_every_url_of_the_agency():
    """Each route answers one URL of the table, each URL of the table has a route."""
    urls = {url: url.format(actor=1, movie=1)[1:] for url in RIGHTS}
    routes = {
        str(entry.pattern): [
            url for url, path in urls.items() if entry.pattern.match(path)
        ]
        for entry in urlpatterns
    }

    assert all(len(found) == 1 for found in routes.values()), routes
    assert {url for found in routes.values() for url in found} == set(RIGHTS)


def test_the_table_has_every_method_of_each_url():
    for entry in urlpatterns:
        (url,) = (
            url
            for url in RIGHTS
            if entry.pattern.match(url.format(actor=1, movie=1)[1:])
        )
        answered = {name.upper() for name in entry.callback.actions}
        documented = {
            method
            for method, needed in RIGHTS[url].items()
            if not isinstance(needed, list) and method not in {"HEAD", "OPTIONS"}
        }
        assert answered - {"HEAD"} == documented, url
        assert set(RIGHTS[url]) == set(METHODS)


def test_each_claim_is_a_permission_that_a_role_has():
    assert {right.partition(".")[2] for right in CLAIMS.values()} == PRODUCER
