"""Unique values and lost updates under concurrent requests, in all five APIs.

The server processes are real, and many clients send at the same moment.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection

from accounts.models import User
from accounts.services import issue_tokens
from tests.support.races import race
from tests.support.service_processes import (
    PROCESSES,
    Response,
    Service,
)

pytestmark = pytest.mark.django_db(transaction=True)
RACERS, SECONDS = 32, 30
# SQLite lets one write at a time, which takes long and hides little.
ROUNDS = 12 if connection.vendor == "postgresql" else 4
QUICK = {
    "DJANGO_SETTINGS_MODULE": "tests.support.quick_settings",
    "QUINTET_ADDRESS_LIMIT": "100000",
}
JSON_API = "application/vnd.api+json"


class Ada:
    """A client of a user with all roles."""

    def __init__(self, service: Service, user: User) -> None:
        self.service, self.pk = service, user.pk
        self.headers = {"Authorization": f"Bearer {issue_tokens(user).access}"}

    def call(self, method: str, path: str, body: Any = None, **more: str) -> Response:
        return self.service.call(method, path, body, **self.headers, **more)

    def get(self, path: str) -> Response:
        return self.call("GET", path)

    def new(self, path: str, body: Any) -> str:
        """The URL of a new row."""
        response = self.call("POST", path, body)
        assert response.status in {200, 201}, response
        if location := response.headers["Location"]:
            return location.removeprefix(self.service.address)
        return f"{path.rstrip('/')}/{response.json()['id']}"


@pytest.fixture
def ada(ada, share) -> Ada:
    ada.groups.add(Group.objects.get(name="executive producer"))
    return Ada(share(**PROCESSES, **QUICK), ada)


def new_book(ada: Ada) -> str:
    author = ada.new("/authors", {"firstName": "A", "lastName": "L"})
    body = {"title": "0", "pubYear": 0, "authorId": author.rpartition("/")[2]}
    return ada.new("/books", body)


def new_order(ada: Ada) -> str:
    return ada.new("/orders", {"ownerId": ada.pk, "description": "0"})


def new_invoice_item(ada: Ada) -> str:
    draft = {"userId": ada.pk, "invoiceDate": "2026-11-21", "invoiceItems": []}
    invoice = ada.new("/invoices", draft).rpartition("/")[2]
    item = {"invoiceId": invoice, "partCode": "p", "units": 0, "unitPrice": 1}
    return ada.new("/invoice-items", item)


def new_item(ada: Ada) -> str:
    return ada.new(f"{new_bucketlist(ada)}/items", {"name": "0"})


def new_goal(ada: Ada) -> str:
    return ada.new("/v1.0/goals", {"name": "0", "description": "0"})


def new_bucketlist(ada: Ada) -> str:
    return ada.new("/bucketlists/", {"name": "0"})


def new_actor(ada: Ada) -> str:
    return ada.new("/actors", {"name": "a", "age": 0, "gender": "x"})


# How a row is made, and the column that counts.
COUNTERS = [
    (new_goal, "description"),
    (new_bucketlist, "name"),
    (new_item, "name"),
    (new_actor, "age"),
    (new_book, "pubYear"),
    (new_order, "description"),
    (new_invoice_item, "units"),
]


def count_up(ada: Ada, url: str, column: str, racer: int) -> list[int]:
    """Reads a number and writes one more, until that was done once or time is up."""
    statuses: list[int] = []
    end = time.monotonic() + SECONDS
    while 200 not in statuses and time.monotonic() < end:
        found = ada.get(url)
        number = row_in(found)[column]
        body = {column: type(number)(int(number) + 1)}
        response = ada.call("PATCH", url, body, If_Match=found.headers["ETag"])
        statuses.append(response.status)
    return statuses


def row_in(response: Response) -> Any:
    body = response.json()
    return body.get("actor", body)


@pytest.mark.difference(
    "Everywhere",
    old="Ignores `If-Match`",
    new="Returns 412 at the URL of a row if the row has changed: for PUT, PATCH, "
    "DELETE, and actions",
    why="Prevents lost updates",
)
def test_no_update_is_lost_between_reading_and_writing(ada):
    for make, column in COUNTERS:
        url = make(ada)
        runs = race(RACERS // 2, partial(count_up, ada, url, column))
        statuses = Counter(status for run in runs for status in run)

        assert statuses.keys() <= {200, 412}, (url, statuses)
        assert statuses[200] > 1
        assert int(row_in(ada.get(url))[column]) == statuses[200], (url, statuses)


CHANGES: list[tuple[Callable[[Ada], str], dict[str, list[Any]]]] = [
    (
        new_goal,
        {
            "name": ["a", "b"],
            "description": ["c", "d"],
            "due": ["2026-12-24", None],
            "position": [1, 2],
        },
    ),
    (new_item, {"name": ["a", "b"], "done": [True, False], "position": [1, 2]}),
    (new_book, {"title": ["a", "b"], "pubYear": [1, 2], "isbn": ["c", "d"]}),
    (
        new_order,
        {
            "description": ["a", "b"],
            "orderedAt": ["2026-01-01 00:00:00", "2026-01-02 00:00:00"],
        },
    ),
    (
        new_invoice_item,
        {"partCode": ["a", "b"], "units": [1, 2], "unitPrice": [0.5, 1.5]},
    ),
]


@pytest.mark.difference(
    "Everywhere",
    old="Writes all columns of a row, so that the last write wins",
    new="Writes only the columns that the request names",
    why="Limits lost updates",
)
def test_changes_of_different_columns_all_stay(ada):
    """Without conditions: the last one wins, but in its own columns only."""
    for make, values in CHANGES:
        url = make(ada)
        for turn in range(ROUNDS // 2):
            parts = [{name: found[turn % 2]} for name, found in values.items()]
            responses = race(len(parts), partial(patch, ada, url, parts))

            assert {response.status for response in responses} == {200}
            row = ada.get(url).json()
            assert row | {k: v for part in parts for k, v in part.items()} == row


def patch(ada: Ada, url: str, parts: list[Any], n: int) -> Response:
    return ada.call("PATCH", url, parts[n])


def video(key: str) -> dict[str, Any]:
    return {"data": {"type": "video", "id": key}}


# What each racer sends in a round, the one status of who wins, and the others'.
Race = tuple[Callable[[Ada, int, int], Response], int, set[int]]
RACES: dict[str, Race] = {
    "a goal's name": (
        lambda ada, turn, n: ada.call("POST", "/v1.0/goals", {"name": f"{turn}"}),
        *(200, {409}),
    ),
    "a user's name": (
        lambda ada, turn, n: ada.service.call(
            "POST",
            "/v1.0/users",
            {"name": f"n{turn}", "email": f"n{turn}.{n}@example.com", "password": "p"},
        ),
        *(201, {409}),
    ),
    "a user's address": (
        lambda ada, turn, n: ada.service.call(
            "POST",
            "/v1.0/users",
            {"name": f"e{turn}.{n}", "email": f"e{turn}@example.com", "password": "p"},
        ),
        *(201, {409}),
    ),
    "an address in the old way": (
        lambda ada, turn, n: ada.service.call(
            "POST",
            "/auth/register",
            {"email": f"r{turn}@example.com", "password": "p"},
        ),
        *(201, {202}),
    ),
    "a command": (
        lambda ada, turn, n: ada.call(
            "POST", "/a-model-command", {"description": f"{turn}", "numVariable": n}
        ),
        *(419, {400, 409}),
    ),
    "the id of a video": (
        lambda ada, turn, n: ada.service.call(
            "POST", "/api/video", video(f"{turn}"), Content_Type=JSON_API
        ),
        *(201, {409}),
    ),
    "the id of an author": (
        lambda ada, turn, n: ada.call(
            "POST", "/authors", {"id": 100 + turn, "firstName": "A", "lastName": "L"}
        ),
        *(201, {409}),
    ),
    "a row that PUT makes": (
        lambda ada, turn, n: ada.call(
            "PUT",
            f"/authors/{200 + turn}",
            {"firstName": f"{n}", "lastName": "L"},
            If_None_Match="*",
        ),
        *(200, {412, 409}),
    ),
}


@pytest.mark.difference(
    "Everywhere",
    old="Stores two rows or returns 500 if two clients request one unique name at the "
    "same time",
    new="Stores one row and returns an error to the other client",
)
def test_one_of_concurrent_rows_with_a_unique_value_is_stored(ada):
    for name, (send, won, lost) in RACES.items():
        for turn in range(ROUNDS):
            responses = race(RACERS, partial(send, ada, turn))
            statuses = Counter(response.status for response in responses)
            assert statuses[won] == 1, (name, statuses)
            assert statuses.keys() <= {won, *lost}, (name, statuses)
