"""Whoever is taken at their token's word writes and learns nothing more for it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.authentication import TokenAuthentication
from accounts.claims import claimed, proving
from bucketlists import views
from bucketlists.models import Bucketlist, Item
from common.inserts import NotProvided, insert, insert_with
from tests.factories import ENDS

URL = "/bucketlists/"
GOOD = {"name": "x"}


@pytest.fixture(params=ENDS)
def refused(request, client_of, ada) -> Any:
    """The client of somebody who may no longer, though their token is still good."""
    client = client_of(ada)
    Bucketlist.objects.create(created_by=ada, name="taken")
    assert client.post(URL, GOOD).status_code == 201
    request.param(ada)
    return client


@pytest.mark.parametrize(
    ("query", "body", "headers"),
    [
        ("", GOOD, {}),
        ("", {}, {}),
        ("", {"name": ""}, {}),
        ("", {"name": "x" * 256}, {}),
        ("", {"name": "x", "items": [{"name": "y"}]}, {}),
        ("", {"name": "x", "items": [{}]}, {}),
        ("", [], {}),
        ("?unique=1", {"name": "taken"}, {}),
        ("?unique=x", GOOD, {}),
        ("?other=1", GOOD, {}),
        ("", GOOD, {"accept": "text/html"}),
    ],
    ids=repr,
)
def test_whatever_they_send_is_refused(refused, query, body, headers):
    lists, items = Bucketlist.objects.count(), Item.objects.count()
    answer = refused.post(URL + query, body, "json", headers=headers)

    assert answer.status_code == 401
    assert "Invalid token." in answer.content.decode()
    assert "WWW-Authenticate" in answer.headers
    assert (Bucketlist.objects.count(), Item.objects.count()) == (lists, items)


def test_so_are_other_tokens(api, client_of, ada):
    for header in ("Bearer x", "Bearer", "Other x"):
        answer = api.post(URL, GOOD, headers={"authorization": header})
        assert answer.status_code == 401
    assert not Bucketlist.objects.exists()


def test_who_may_has_it_in_their_name(client_of, ada, bob):
    for user in (ada, bob):
        answer = client_of(user).post(URL, GOOD)
        assert answer.status_code == 201
        assert answer.json()["created_by"] == user.pk
        assert answer.wsgi_request.user.pk == user.pk


def test_what_is_wrong_is_told_to_who_may(client_of, ada):
    client = client_of(ada)
    Bucketlist.objects.create(created_by=ada, name="taken")

    assert client.post(URL, {}).status_code == 400
    assert client.post(f"{URL}?unique=1", {"name": "taken"}).status_code == 409
    assert client.post(URL, GOOD).status_code == 201


def test_an_action_that_forgets_to_prove_is_no_way_round(refused, monkeypatch):
    """Nothing is told before the caller's row was read, after all."""
    monkeypatch.setattr(views.BucketlistViewSet, "perform_create", lambda *_: None)
    monkeypatch.setattr(
        "rest_framework.serializers.ModelSerializer.data", {"name": "secret"}
    )
    refused.raise_request_exception = False
    answer = refused.post(URL, GOOD)

    assert answer.status_code >= 400
    assert b"secret" not in answer.content


needs_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="claims are proven by PostgreSQL"
)


@needs_postgresql
def test_no_statement_but_the_insert(client_of, ada, monkeypatch):
    client = client_of(ada)
    monkeypatch.setattr(TokenAuthentication, "proven_user", None)
    with CaptureQueriesContext(connection) as queries:
        assert client.post(URL, GOOD).status_code == 201
    found = [query["sql"].split()[0] for query in queries]
    assert set(found) - {"SAVEPOINT", "RELEASE"} == {"INSERT"}


@needs_postgresql
@pytest.mark.parametrize("children", [[], ["a", "b"]])
def test_a_claim_that_does_not_hold_writes_nothing(ada, children):
    items = [Item(name=name) for name in children]
    for user in (claimed(ada.pk, "another"), claimed(ada.pk, None), claimed(0, "x")):
        row = Bucketlist(name="x", created_by=ada)
        with pytest.raises(NotProvided), proving(user) as condition:
            insert_with(row, items, "bucketlist", condition)
        assert "claim" in vars(user)
    assert not Bucketlist.objects.exists()


@needs_postgresql
def test_a_condition_is_for_one_new_row(ada):
    rows = [Bucketlist(name="x", created_by=ada) for _ in range(2)]
    named = [Bucketlist(pk=7, name="x", created_by=ada)]
    for wrong in (rows, named):
        with pytest.raises(ValueError, match="one row"), proving(claimed(1, "x")) as so:
            insert(wrong, so)
    assert not Bucketlist.objects.exists()
