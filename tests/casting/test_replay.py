"""Every exchange that the casting agency's README prints."""

from __future__ import annotations

import pytest

from tests.support.http import OVER_HTTP

pytestmark = OVER_HTTP

ACTOR = {"name": "'Maximilian Messing'", "age": 25, "gender": "male"}
MOVIE = {"title": "Terminator", "release_date": "2002-12-04"}
RELEASED = "Wed, 04 Dec 2002 00:00:00 GMT"
NOT_FOUND = {"error": 404, "message": "Resource was not found", "success": False}
PEOPLE = ["director", "producer"]


def shown(actor: dict, number: int) -> dict:
    return {**actor, "id": number}


@pytest.fixture(params=["/actors", "/actors/"])
def actors_url(request) -> str:
    return request.param


def test_post_and_get_actors(director, assistant, actors_url):
    first = director.post(actors_url, ACTOR, "json")
    one = first.json()["actors"][0]["id"]
    second = director.post(actors_url, ACTOR, "json")
    two = second.json()["actors"][1]["id"]

    expected = {"actors": [shown(ACTOR, one), shown(ACTOR, two)], "success": True}
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.json() == expected | {"created": two}
    response = assistant.get("/actors")
    assert (response.status_code, response.json()) == (200, expected)
    assert response.headers["Content-Type"] == "application/json"


def test_patch_actor(director):
    number = director.post("/actors", ACTOR, "json").json()["actors"][0]["id"]
    change = {"name": "Maxi", "age": 26, "gender": "female"}
    response = director.patch(f"/actors/{number}", change, "json")

    assert response.status_code == 200
    assert response.json() == {"actors": [shown(change, number)], "success": True}


def test_delete_actor(director):
    number = director.post("/actors", ACTOR, "json").json()["actors"][0]["id"]
    response = director.delete(f"/actors/{number}")

    assert (response.status_code, response.json()) == (
        200,
        {"actors": [], "success": True},
    )


def test_post_get_patch_and_delete_movies(producer, assistant):
    number = producer.post("/actors", ACTOR, "json").json()["actors"][0]["id"]
    producer.post("/movies/", MOVIE | {"actors": []}, "json")
    response = producer.post("/movies/", MOVIE | {"actors": [number]}, "json")

    assert response.status_code == 200
    one, two = (movie["id"] for movie in response.json()["movies"])
    expected = {
        "movies": [
            {"actors": [], "id": one, "release_date": RELEASED, "title": "Terminator"},
            {
                "actors": [number],
                "id": two,
                "release_date": RELEASED,
                "title": "Terminator",
            },
        ],
        "success": True,
    }
    assert response.json() == expected | {"created": two}
    assert assistant.get("/movies").json() == expected
    patched = producer.patch(f"/movies/{one}", MOVIE | {"actors": [number]}, "json")
    assert patched.status_code == 200
    assert patched.json()["movies"][0]["actors"] == [number]
    deleted = producer.delete(f"/movies/{one}")
    assert deleted.status_code == 200
    assert [movie["id"] for movie in deleted.json()["movies"]] == [two]


@pytest.mark.parametrize("url", ["/actors", "/movies"])
def test_nothing_stored_is_404(assistant, url):
    response = assistant.get(url)

    assert (response.status_code, response.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize("method", ["patch", "delete"])
@pytest.mark.parametrize("url", ["/actors/4711", "/movies/4711"])
def test_an_unknown_id_is_404(producer, method, url):
    response = getattr(producer, method)(url)

    assert (response.status_code, response.json()) == (404, NOT_FOUND)
