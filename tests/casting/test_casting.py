from __future__ import annotations

import json
from datetime import date

import pytest
from django.contrib.auth.models import Group
from rest_framework_simplejwt.tokens import AccessToken

from casting.models import Actor, Movie

ACTOR = {"name": "Ada", "age": 36, "gender": "female"}
MOVIE = {"title": "Engine", "release_date": "1843-10-01"}
UNPROCESSABLE = {"error": 422, "message": "Unprocessable Entity", "success": False}
FORBIDDEN = {"code": "unauthorized", "description": "Permission not found."}


RIGHTS = {
    ("get", "/actors"): "assistant director producer",
    ("post", "/actors"): "director producer",
    ("patch", "/actors/{actor}"): "director producer",
    ("delete", "/actors/{actor}"): "director producer",
    ("get", "/movies"): "assistant director producer",
    ("post", "/movies"): "producer",
    ("patch", "/movies/{movie}"): "director producer",
    ("delete", "/movies/{movie}"): "producer",
}


@pytest.mark.parametrize("role", ["assistant", "director", "producer"])
@pytest.mark.parametrize(("method", "url"), RIGHTS)
def test_each_role_has_its_permissions(request, actor, movie, role, method, url):
    client = request.getfixturevalue(role)
    body = ACTOR if "actor" in url else MOVIE
    response = getattr(client, method)(
        url.format(actor=actor.pk, movie=movie.pk),
        **({} if method == "get" else {"data": body, "format": "json"}),
    )

    if role in RIGHTS[method, url]:
        assert response.status_code == 200
    else:
        assert (response.status_code, response.json()) == (403, FORBIDDEN)


def test_a_user_without_a_role_has_no_permission(client_of, ada, movie):
    assert client_of(ada).get("/actors").json() == FORBIDDEN
    assert client_of(ada).get("/movies").status_code == 403


def test_the_role_is_checked_before_the_body_and_the_id(assistant, db):
    assert assistant.post("/actors", {"age": "x"}, "json").status_code == 403
    assert assistant.delete("/actors/4711").status_code == 403


def test_losing_a_role_takes_effect_at_once(client_of, ada, actor):
    group = Group.objects.get(name="casting assistant")
    ada.groups.add(group)
    client = client_of(ada)
    assert client.get("/actors").status_code == 200
    ada.groups.remove(group)
    assert client.get("/actors").status_code == 403


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "authorization_header_missing"),
        ("Basic abc", "invalid_header"),
        ("Bearer", "invalid_header"),
        ("Bearer abc", "invalid_claims"),
    ],
)
def test_a_missing_or_bad_token_is_401(api, db, header, code):
    headers = {"HTTP_AUTHORIZATION": header} if header else {}
    response = api.get("/actors", **headers)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert set(response.json()) == {"code", "description"}
    assert response.json()["code"] == code


def test_an_expired_token_says_so(api, ada):
    token = AccessToken.for_user(ada)
    token.payload["exp"] = 1
    response = api.get("/actors", HTTP_AUTHORIZATION=f"Bearer {token}")

    assert response.json()["code"] == "token_expired"


@pytest.mark.difference("Casting", old="Stores an age of -5", new="Returns 422")
@pytest.mark.parametrize(
    "change",
    [
        {"age": "thirty"},
        {"age": None},
        {"age": -1},
        {"age": 151},
        {"age": True},
        {"age": 2**40},
        {"name": ""},
        {"name": None},
        {"name": "x" * 256},
        {"gender": ""},
        {"gender": ["f"]},
    ],
)
@pytest.mark.parametrize("method", ["post", "patch"])
def test_invalid_actors_are_422_and_change_nothing(director, actor, method, change):
    url = "/actors" if method == "post" else f"/actors/{actor.pk}"
    response = getattr(director, method)(url, ACTOR | change, "json")

    assert_unprocessable(response, change)
    assert list(Actor.objects.values("name", "age", "gender")) == [ACTOR]


def assert_unprocessable(response, change):
    """The old three keys, first and exact; behind them a reason for the bad field."""
    assert response.status_code == 422
    body = response.json()
    detail = body.pop("detail")
    assert body == UNPROCESSABLE
    assert list(detail) == list(change)
    assert all(isinstance(text, str) and text for text in next(iter(detail.values())))
    assert response.content.startswith(
        json.dumps(UNPROCESSABLE)[:-1].replace(", ", ",").replace(": ", ":").encode()
    )


@pytest.mark.difference(
    "Casting",
    old="Accepts a POST without age or date in some capstones",
    new="Returns 422",
    why="Quintet doesn't invent values",
)
@pytest.mark.parametrize("missing", ["name", "age", "gender"])
def test_a_missing_field_is_422(director, missing):
    body = {key: value for key, value in ACTOR.items() if key != missing}

    response = director.post("/actors", body, "json")
    assert response.status_code == 422
    assert response.json()["detail"] == {missing: ["This field is required."]}


@pytest.mark.parametrize("missing", ["title", "release_date"])
def test_a_movie_without_a_required_field_is_422(producer, missing):
    body = {key: value for key, value in MOVIE.items() if key != missing}

    response = producer.post("/movies", body, "json")
    assert response.status_code == 422
    assert response.json()["detail"] == {missing: ["This field is required."]}


@pytest.mark.difference(
    "Casting",
    old="Returns a list that contains the new row",
    new="Adds `created` with its ID, and a `Location` header",
    why="Two rows can look alike",
)
def test_the_new_id_is_in_the_response(producer, actor):
    response = producer.post("/movies", MOVIE | {"actors": [actor.pk]}, "json")

    movie = Movie.objects.get()
    assert list(response.json()) == ["movies", "success", "created"]
    assert response.json()["created"] == movie.pk
    assert response.headers["Location"] == f"http://testserver/movies/{movie.pk}"
    assert (
        producer.get(response.headers["Location"]).json()["movie"]["title"] == "Engine"
    )


def test_a_write_returns_the_whole_list_whatever_the_query(director, actor):
    url = f"/actors/{actor.pk}?name=nobody&page=2&sort=-id"
    response = director.patch(url, {"age": 37}, "json")

    assert response.json()["actors"] == [ACTOR | {"id": actor.pk, "age": 37}]


def test_a_truncated_list_links_to_its_rest_also_after_a_write(
    director, actor, settings
):
    settings.QUINTET_MAX_UNPAGED = 1
    Actor.objects.create(**ACTOR)
    response = director.patch(f"/actors/{actor.pk}", {"age": 37}, "json")

    link = '<http://testserver/actors?offset=1>; rel="next"'
    assert response.headers["Link"] == link


@pytest.mark.difference(
    "Casting",
    old='Returns an error without a reason, such as "Unprocessable Entity"',
    new="Adds `detail` with the reasons after the original keys",
    why="Clients can correct the request",
)
def test_the_error_in_malformed_json_is_explained(director):
    response = director.generic(
        "POST", "/actors", b"{", content_type="application/json"
    )

    assert response.status_code == 400
    assert list(response.json()) == ["error", "message", "success", "detail"]
    assert "column 2" in response.json()["detail"]["body"][0]


@pytest.mark.difference(
    "Casting",
    old="Accepts unknown actors in a movie",
    new="Returns 422 and changes nothing",
)
@pytest.mark.parametrize(
    "change",
    [
        {"release_date": "hey there"},
        {"release_date": None},
        {"title": ""},
        {"actors": "x"},
        {"actors": [4711]},
        {"actors": ["x"]},
        {"actors": [True]},
        {"actors": [10**30]},
        {"actors": [None]},
    ],
)
@pytest.mark.parametrize("method", ["post", "patch"])
def test_invalid_movies_are_422_and_change_nothing(producer, movie, method, change):
    url = "/movies" if method == "post" else f"/movies/{movie.pk}"
    response = getattr(producer, method)(url, MOVIE | change, "json")

    assert_unprocessable(response, change)
    assert Movie.objects.get().title == "Engine"
    assert list(movie.actors.all()) == [Actor.objects.get()]


@pytest.mark.parametrize("raw", [b"{", b"", b"[]", b'"x"'])
def test_a_body_that_is_no_object_is_4xx(director, raw):
    response = director.generic("POST", "/actors", raw, content_type="application/json")

    assert response.status_code in {400, 422}
    assert response.json()["success"] is False


def test_a_form_is_415(director):
    response = director.post("/actors", ACTOR, "multipart")

    assert (response.status_code, response.json()["error"]) == (415, 415)


def test_a_patch_of_some_fields_keeps_the_rest(producer, movie):
    producer.patch(f"/movies/{movie.pk}", {"title": "Difference Engine"}, "json")

    movie.refresh_from_db()
    assert movie.title == "Difference Engine"
    assert movie.release_date == date(1843, 10, 1)
    assert movie.actors.count() == 1


def test_a_deleted_actor_leaves_the_movies(producer, movie, actor):
    assert producer.delete(f"/actors/{actor.pk}").status_code == 200
    assert producer.get("/movies").json()["movies"][0]["actors"] == []


def test_a_movie_without_actors_has_none(producer):
    response = producer.post("/movies", MOVIE, "json")

    assert response.json()["movies"][0]["actors"] == []


@pytest.mark.parametrize("url", ["/actors/1", "/movies/1"])
def test_a_wrong_method_is_405(producer, movie, url):
    response = producer.put(url, {}, "json")

    assert response.status_code == 405
    assert response.json() == {
        "error": 405,
        "message": "Method not found",
        "success": False,
    }
    assert "PATCH" in response.headers["Allow"]


@pytest.mark.parametrize("url", ["/actors/abc", "/actors/1/x", "/movies/" + "9" * 30])
def test_unrouted_urls_answer_in_the_envelope(api, db, url):
    response = api.get(url)

    assert response.status_code == 404
    assert response.json() == {
        "error": 404,
        "message": "Resource was not found",
        "success": False,
    }


@pytest.mark.parametrize("size", [2, 20])
def test_lists_cost_the_same_for_any_number_of_rows(assistant, query_counts, size):
    for n in range(size):
        actor = Actor.objects.create(**ACTOR)
        movie = Movie.objects.create(title=str(n), release_date=date(2000, 1, 1))
        movie.actors.add(actor)

    query_counts("casting:actors", assistant, "/actors")
    query_counts("casting:movies", assistant, "/movies")


def test_a_change_writes_no_column_that_was_not_sent(producer, movie, monkeypatch):
    """Two people edit one movie: neither undoes what the other did."""
    plain_save = Movie.save

    def save_late(self, **kwargs):
        Movie.objects.filter(pk=self.pk).update(release_date=date(1900, 1, 1))
        plain_save(self, **kwargs)

    monkeypatch.setattr(Movie, "save", save_late)
    response = producer.patch(f"/movies/{movie.pk}", {"title": "New"}, "json")

    assert response.status_code == 200
    movie.refresh_from_db()
    assert (movie.title, movie.release_date) == ("New", date(1900, 1, 1))
