"""Many people at once, against a server of their own on a real database."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any

import pytest

from accounts.models import User
from accounts.services import issue_tokens

pytestmark = pytest.mark.django_db(transaction=True)
RACERS, ROUNDS = 8, 6
Response = tuple[int, Any]


class Producer:
    """The executive producer, who sends one request after the other."""

    def __init__(self, port: int, token: str) -> None:
        self.port, self.headers = port, {"Content-Type": "application/json"}
        self.headers["Authorization"] = f"Bearer {token}"

    def send(self, method: str, path: str, body: Any = None) -> Response:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        raw = None if body is None else json.dumps(body)
        connection.request(method, path, raw, self.headers)
        response = connection.getresponse()
        found = response.status, json.loads(response.read())
        connection.close()
        return found

    def new_actor(self) -> int:
        actor = {"name": "New", "age": 1, "gender": "x"}
        return self.send("POST", "/actors", actor)[1]["created"]

    def new_movie(self, cast: list[int]) -> int:
        movie = {"title": "New", "release_date": "2026-01-01", "actors": cast}
        return self.send("POST", "/movies", movie)[1]["created"]

    def at_once(self, *requests: tuple[Any, ...]) -> list[Response]:
        with ThreadPoolExecutor(RACERS) as pool:
            return list(pool.map(lambda request: self.send(*request), requests))


@pytest.fixture
def producer(demo, port) -> Producer:
    user = User.objects.get(email="producer@example.com")
    return Producer(port, issue_tokens(user).access)


@pytest.mark.difference(
    "Casting",
    old="Writes all columns on a change",
    new="Writes the fields of the request",
    why="Prevents lost updates",
)
def test_changes_of_different_fields_all_stay(producer):
    url = f"/actors/{producer.new_actor()}"
    for n in range(ROUNDS):
        change = {"name": f"name {n}", "age": n, "gender": f"gender {n}"}
        responses = producer.at_once(
            *(("PATCH", url, {name: value}) for name, value in change.items())
        )
        assert {status for status, _ in responses} == {200}
        actor = producer.send("GET", url)[1]["actor"]
        assert {name: actor[name] for name in change} == change


def test_actors_added_concurrently_are_all_in_the_cast(producer):
    movie = producer.new_movie([])
    cast = [producer.new_actor() for _ in range(RACERS)]
    responses = producer.at_once(
        *(("PUT", f"/movies/{movie}/actors/{actor}") for actor in cast * 3)
    )

    assert {status for status, _ in responses} == {200}
    found = producer.send("GET", f"/movies/{movie}")[1]["movie"]["actors"]
    assert found == sorted(cast)


def join(movie: int, actor: int) -> tuple[Any, ...]:
    return "PUT", f"/movies/{movie}/actors/{actor}"


def leave(movie: int, actor: int) -> tuple[Any, ...]:
    return "DELETE", f"/movies/{movie}/actors/{actor}"


def replace(movie: int, actor: int) -> tuple[Any, ...]:
    return "PATCH", f"/movies/{movie}", {"actors": [actor]}


def make(movie: int, actor: int) -> tuple[Any, ...]:
    body = {"title": "Next", "release_date": "2026-01-01", "actors": [actor]}
    return "POST", "/movies", body


def change(movie: int, actor: int) -> tuple[Any, ...]:
    return "PATCH", f"/actors/{actor}", {"age": 2}


@pytest.mark.difference(
    "Casting",
    old="Returns 500 if an actor is deleted at the same time",
    new="Returns 404, 409, or 422",
)
def test_an_actor_deleted_concurrently_is_in_no_cast(producer):
    """Whoever comes second is told so; nobody sees a crash or half of anything."""
    movie, deleted = producer.new_movie([]), set()
    for meanwhile in [join, leave, replace, make, change] * ROUNDS:
        actor = producer.new_actor()
        producer.send(*join(movie, actor))
        deletion = ("DELETE", f"/actors/{actor}")
        others = [meanwhile(movie, actor)] * 3
        (first, _), *responses, (second, _) = producer.at_once(
            deletion, *others, deletion
        )

        assert sorted([first, second]) == [200, 404]
        assert {code for code, _ in responses} <= {200, 404, 409, 422}
        deleted.add(actor)
    for row in producer.send("GET", "/movies")[1]["movies"]:
        assert not deleted & {*row["actors"]}


def test_a_movie_deleted_concurrently_gets_no_cast(producer):
    actor = producer.new_actor()
    for _ in range(ROUNDS):
        movie = producer.new_movie([])
        deletion = ("DELETE", f"/movies/{movie}")
        others = [join(movie, actor), replace(movie, actor), leave(movie, actor)]
        (status, _), *responses = producer.at_once(deletion, *others)

        assert status == 200
        assert {code for code, _ in responses} <= {200, 404, 409}
    of_actor = producer.send("GET", f"/actors/{actor}/movies")
    assert of_actor == (200, {"movies": [], "success": True})
