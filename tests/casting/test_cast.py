"""One actor into a cast and out of it, without sending the whole cast."""

from __future__ import annotations

import pytest

from casting.models import Actor, Movie

# Two for the caller, one for the ids, five to write, two to answer.
COST_OF_POST = 10
NOT_FOUND = {"error": 404, "message": "Resource was not found", "success": False}


@pytest.fixture
def extra(db) -> Actor:
    return Actor.objects.create(name="Bob", age=20, gender="male")


@pytest.mark.difference(
    "Casting",
    old="Requires the whole cast to add an actor",
    new="Adds one actor with PUT at `/movies/<id>/actors/<id>`",
)
@pytest.mark.parametrize("method", ["put", "post"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_an_actor_joins_the_cast(director, movie, actor, extra, method, slash):
    url = f"/movies/{movie.pk}/actors/{extra.pk}{slash}"
    responses = [getattr(director, method)(url) for _ in range(2)]

    for response in responses:
        assert response.status_code == 200
        assert response.json() == {
            "movie": {
                "actors": [actor.pk, extra.pk],
                "id": movie.pk,
                "release_date": "Sun, 01 Oct 1843 00:00:00 GMT",
                "title": "Engine",
            },
            "success": True,
        }


@pytest.mark.difference(
    "Casting",
    old="Requires the whole cast to remove an actor",
    new="Removes one actor with DELETE at the same URL",
)
def test_an_actor_leaves_the_cast_and_stays_an_actor(director, movie, actor):
    responses = [director.delete(f"/movies/{movie.pk}/actors/{actor.pk}") for _ in "12"]

    assert [response.status_code for response in responses] == [200, 200]
    assert responses[0].json()["movie"]["actors"] == []
    assert Actor.objects.filter(pk=actor.pk).exists()


@pytest.mark.parametrize("method", ["put", "post", "delete"])
def test_an_unknown_actor_is_named(director, movie, method):
    response = getattr(director, method)(f"/movies/{movie.pk}/actors/4711")

    detail = {"actor": ["There is no actor 4711."]}
    assert response.status_code == 404
    assert response.json() == NOT_FOUND | {"detail": detail}


@pytest.mark.parametrize("method", ["put", "post", "delete"])
def test_an_unknown_movie_is_404(director, actor, method):
    response = getattr(director, method)(f"/movies/4711/actors/{actor.pk}")

    assert (response.status_code, response.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize("number", ["x", "-1", "9" * 19])
def test_an_invalid_id_is_404(director, movie, number):
    assert director.put(f"/movies/{movie.pk}/actors/{number}").status_code == 404


def test_the_permission_is_checked_before_the_ids(assistant, movie):
    assert assistant.put("/movies/4711/actors/4711").status_code == 403


def test_reading_one_part_of_a_cast_is_405(producer, movie, actor):
    response = producer.get(f"/movies/{movie.pk}/actors/{actor.pk}")

    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == {
        *("POST", "PUT", "DELETE", "OPTIONS")
    }


def test_a_body_is_ignored(director, movie, extra):
    url = f"/movies/{movie.pk}/actors/{extra.pk}"
    response = director.put(url, {"title": "Other"}, "json")

    assert response.status_code == 200
    assert Movie.objects.get().title == "Engine"


@pytest.mark.parametrize("size", [2, 200])
def test_a_whole_cast_is_loaded_by_one_query(
    producer, db, django_assert_num_queries, size
):
    actors = Actor.objects.bulk_create(
        Actor(name=str(n), age=1, gender="x") for n in range(size)
    )
    ids = [actor.pk for actor in Actor.objects.all()]
    body = {"title": "Epic", "release_date": "2026-01-01", "actors": ids}
    producer.get("/actors")
    with django_assert_num_queries(COST_OF_POST):
        response = producer.post("/movies", body, "json")

    assert len(actors) == size
    assert response.json()["movies"][0]["actors"] == ids
