"""One row, related rows, filters, search, sorting and pages."""

from __future__ import annotations

import re
from datetime import date

import pytest

from casting.filters import ActorFilter, MovieFilter
from casting.models import Actor, Movie
from tests.support.openapi import document

NOT_FOUND = {"error": 404, "message": "Resource was not found", "success": False}
PEOPLE = [
    ("Al Pacino", 85, "male"),
    ("Emma Stone", 37, "female"),
    ("ryan gosling", 45, "Male"),
    ("100% Wolf_", 8, "none"),
]
FILMS = [
    ("La La Land", date(2016, 12, 9), ["Emma Stone", "ryan gosling"]),
    ("The Godfather", date(1972, 3, 24), ["Al Pacino"]),
    ("Barbie", date(2023, 7, 21), ["ryan gosling"]),
    ("Serpico", date(1973, 12, 31), ["Al Pacino"]),
]


@pytest.fixture
def agency(db) -> dict[str, int]:
    """The ids of four actors and four movies, by name."""
    actors = {
        name: Actor.objects.create(name=name, age=age, gender=gender)
        for name, age, gender in PEOPLE
    }
    ids = {name: actor.pk for name, actor in actors.items()}
    for title, released, cast in FILMS:
        movie = Movie.objects.create(title=title, release_date=released)
        movie.actors.set([actors[name] for name in cast])
        ids[title] = movie.pk
    return ids


def names_in(response) -> list[str]:
    assert response.status_code == 200, response.content
    (rows,) = [value for value in response.json().values() if isinstance(value, list)]
    return [row.get("name") or row["title"] for row in rows]


@pytest.mark.difference(
    "Casting", old="Returns 405 for GET of one actor or movie", new="Returns the row"
)
def test_one_actor_is_read(assistant, actor):
    response = assistant.get(f"/actors/{actor.pk}")

    row = {"age": 36, "gender": "female", "id": actor.pk, "name": "Ada"}
    assert (response.status_code, response.json()) == (
        200,
        {"actor": row, "success": True},
    )


def test_one_movie_is_read(assistant, movie, actor):
    response = assistant.get(f"/movies/{movie.pk}/")

    assert response.json() == {
        "movie": {
            "actors": [actor.pk],
            "id": movie.pk,
            "release_date": "Sun, 01 Oct 1843 00:00:00 GMT",
            "title": "Engine",
        },
        "success": True,
    }


@pytest.mark.parametrize(
    "url",
    ["/actors/4711", "/movies/4711", "/actors/4711/movies", "/movies/4711/actors"],
)
def test_an_unknown_row_is_404(assistant, movie, url):
    response = assistant.get(url)

    assert (response.status_code, response.json()) == (404, NOT_FOUND)


@pytest.mark.difference(
    "Casting",
    old="Has no URL for related rows",
    new="Serves `/actors/<id>/movies` and `/movies/<id>/actors`",
)
def test_an_actors_movies_and_a_movies_actors(assistant, agency):
    of_ryan = assistant.get(f"/actors/{agency['ryan gosling']}/movies")
    in_la_la_land = assistant.get(f"/movies/{agency['La La Land']}/actors/")

    assert names_in(of_ryan) == ["La La Land", "Barbie"]
    assert of_ryan.json()["success"] is True
    assert of_ryan.json()["movies"] == [
        row
        for row in assistant.get("/movies").json()["movies"]
        if agency["ryan gosling"] in row["actors"]
    ]
    assert names_in(in_la_la_land) == ["Emma Stone", "ryan gosling"]


def test_related_rows_are_filtered_and_sorted_like_all(assistant, agency):
    url = f"/actors/{agency['Al Pacino']}/movies"

    assert names_in(assistant.get(f"{url}?year=1972")) == ["The Godfather"]
    assert names_in(assistant.get(f"{url}?sort=title")) == ["Serpico", "The Godfather"]


def test_nobody_in_the_cast_is_an_empty_list(assistant, agency):
    response = assistant.get(f"/actors/{agency['100% Wolf_']}/movies")

    assert (response.status_code, response.json()) == (
        200,
        {"movies": [], "success": True},
    )


FILTERED = {
    "/actors?name=O": ["Al Pacino", "Emma Stone", "ryan gosling", "100% Wolf_"],
    "/actors?name=STONE": ["Emma Stone"],
    "/actors?name=%25": ["100% Wolf_"],
    "/actors?name=_": ["100% Wolf_"],
    "/actors?gender=male": ["Al Pacino", "ryan gosling"],
    "/actors?gender=m": [],
    "/actors?age=45": ["ryan gosling"],
    "/actors?age_min=37&age_max=45": ["Emma Stone", "ryan gosling"],
    "/actors?age_min=999999999999999999": [],
    "/actors?age=99999": [],
    "/actors?movie={La La Land}&gender=female": ["Emma Stone"],
    "/actors?movie=999999999999999999": [],
    "/actors?search=stone+emma": ["Emma Stone"],
    "/actors?search=%25": ["100% Wolf_"],
    "/actors?search=nobody": [],
    "/actors?sort=age": ["100% Wolf_", "Emma Stone", "ryan gosling", "Al Pacino"],
    "/actors?sort=-age&gender=male": ["Al Pacino", "ryan gosling"],
    "/actors?sort=": ["Al Pacino", "Emma Stone", "ryan gosling", "100% Wolf_"],
    "/actors?name=": ["Al Pacino", "Emma Stone", "ryan gosling", "100% Wolf_"],
    "/movies?title=land": ["La La Land"],
    "/movies?year=1972": ["The Godfather"],
    "/movies?released_from=1973-12-31": ["La La Land", "Barbie", "Serpico"],
    "/movies?released_to=1973-12-31": ["The Godfather", "Serpico"],
    "/movies?released_from=2017-01-01&released_to=2016-01-01": [],
    "/movies?actor={ryan gosling}": ["La La Land", "Barbie"],
    "/movies?search=ryan": ["La La Land", "Barbie"],
    "/movies?search=godfather+pacino": ["The Godfather"],
    "/movies?sort=-release_date": ["Barbie", "La La Land", "Serpico", "The Godfather"],
    "/movies?sort=title&page=1&per_page=2": ["Barbie", "La La Land"],
    "/movies?sort=title&page=2&per_page=2": ["Serpico", "The Godfather"],
    "/movies?page=3&per_page=2": [],
    "/movies?page=999999999999999999": [],
}


@pytest.mark.difference(
    "Casting",
    old="Ignores query parameters",
    new="Supports filters, `search`, `sort`, and `page`",
)
@pytest.mark.parametrize(("url", "names"), FILTERED.items())
def test_a_list_is_narrowed_and_sorted(assistant, agency, url, names):
    for name, number in agency.items():
        url = url.replace(f"{{{name}}}", str(number))

    assert names_in(assistant.get(url)) == names


def test_ties_are_sorted_by_id(assistant, db):
    for name in "bab":
        Actor.objects.create(name=name, age=1, gender="x")
    rows = assistant.get("/actors?sort=-name,age").json()["actors"]

    ids = sorted(Actor.objects.values_list("pk", flat=True))
    assert [row["id"] for row in rows] == [ids[0], ids[2], ids[1]]


REFUSED = {
    "/actors?colour=red": ("colour", "Valid parameters: age, age_max, age_min, gender"),
    "/movies?Title=x": ("Title", "Valid parameters: actor, offset, page, per_page, r"),
    "/movies?title__regex=x": ("title__regex", "Unknown parameter"),
    "/actors?movies__title=x": ("movies__title", "Unknown parameter"),
    "/actors?sort=password": (
        "sort",
        'Unknown field "password". Valid fields: id, name, age, gender',
    ),
    "/actors?sort=name,--age": ("sort", 'Unknown field "--age"'),
    "/actors?age=old": ("age", "whole number"),
    "/actors?age_min=-1": ("age_min", "whole number"),
    "/actors?age_max=1_0": ("age_max", "whole number"),
    "/actors?age=36.5": ("age", "whole number"),
    "/actors?age=%D9%A3": ("age", "whole number"),
    "/actors?age=" + "9" * 5000: ("age", "whole number"),
    "/actors?age=36&age=37": ("age", "once"),
    "/actors?name=%00": ("name", "ull character"),
    "/actors?search=%00": ("search", "ull character"),
    "/actors?movie=x": ("movie", "whole number"),
    "/movies?year=0": ("year", "greater than or equal to 1"),
    "/movies?year=10000": ("year", "less than or equal to 9999"),
    "/movies?released_from=yesterday": ("released_from", "2002-12-04"),
    "/movies?released_to=2026-02-30": ("released_to", "2002-12-04"),
    "/movies?actor=x": ("actor", "whole number"),
    "/movies?page=0": ("page", "from 1"),
    "/movies?page=x": ("page", "from 1"),
    "/movies?page=" + "9" * 40: ("page", "from 1"),
    "/movies?per_page=101": ("per_page", "from 1 to 100"),
    "/movies?per_page=0": ("per_page", "from 1 to 100"),
    "/movies?page=1&offset=3": ("offset", "per_page"),
    "/movies?offset=x": ("offset", "whole number"),
    "/actors/{Al Pacino}/movies?colour=red": ("colour", "Unknown parameter"),
}


@pytest.mark.difference(
    "Casting",
    old="Ignores unknown parameters and invalid values",
    new="Returns 400 with the valid ones",
    why="An ignored filter returns too many rows",
)
@pytest.mark.parametrize(("url", "reason"), REFUSED.items())
def test_an_invalid_query_is_400_and_explains_what_is_valid(
    assistant, agency, url, reason
):
    response = assistant.get(url.format(**agency))

    name, text = reason
    assert response.status_code == 400
    body = response.json()
    assert list(body) == ["error", "message", "success", "detail"]
    assert (body["error"], body["message"]) == (400, "Bad request")
    assert list(body["detail"]) == [name]
    assert text in body["detail"][name][0]


def test_each_bad_parameter_has_its_reason(assistant, agency):
    response = assistant.get("/actors?age=x&age_min=y")

    assert set(response.json()["detail"]) == {"age", "age_min"}


@pytest.mark.difference(
    "Casting",
    old="Returns 404 for an empty list",
    new="Returns 200 with `[]` if the request has a filter or a page, and otherwise "
    "404 as before",
    why="Finding nothing isn't an error",
)
@pytest.mark.parametrize("url", ["/actors", "/movies"])
def test_an_empty_list_is_404_only_to_old_requests(assistant, url):
    old, new = assistant.get(url), assistant.get(f"{url}?page=1")

    assert (old.status_code, old.json()) == (404, NOT_FOUND)
    assert (new.status_code, new.json()) == (200, {url[1:]: [], "success": True})
    assert new.headers["X-Total-Count"] == "0"


def links_of(response) -> dict[str, str]:
    return {
        name: url
        for url, name in re.findall(r'<(.+?)>; rel="(\w+)"', response.headers["Link"])
    }


def test_the_links_lead_through_all_pages(assistant, agency):
    response = assistant.get("/movies?per_page=3&sort=-title")
    assert response.headers["X-Total-Count"] == "4"
    assert set(links_of(response)) == {"first", "next", "last"}

    following = assistant.get(links_of(response)["next"])
    assert names_in(response) + names_in(following) == [
        *("The Godfather", "Serpico", "La La Land", "Barbie")
    ]
    assert set(links_of(following)) == {"first", "prev", "last"}
    assert names_in(assistant.get(links_of(following)["prev"])) == names_in(response)
    assert links_of(response)["last"] == links_of(following)["last"]
    assert "sort=-title" in links_of(response)["last"]


def test_a_page_beyond_the_last_leads_back(assistant, agency):
    links = links_of(assistant.get("/movies?page=9&per_page=3"))

    assert set(links) == {"first", "prev", "last"}
    assert names_in(assistant.get(links["prev"])) == ["Serpico"]


def test_a_page_has_ten_rows_by_default(assistant, db):
    for n in range(12):
        Actor.objects.create(name=str(n), age=n, gender="x")

    assert len(names_in(assistant.get("/actors?page=1"))) == 10
    assert len(names_in(assistant.get("/actors?page=2"))) == 2
    response = assistant.get("/actors")
    assert len(names_in(response)) == 12
    assert "X-Total-Count" not in response.headers


@pytest.mark.parametrize("size", [2, 20])
def test_new_lists_cost_the_same_for_any_number_of_rows(assistant, query_counts, size):
    star = Actor.objects.create(name="star", age=1, gender="x")
    epic = Movie.objects.create(title="epic", release_date=date(2000, 1, 1))
    for n in range(size):
        movie = Movie.objects.create(title=str(n), release_date=date(2000, 1, 1))
        movie.actors.add(star)
        epic.actors.add(Actor.objects.create(name=str(n), age=1, gender="x"))

    for name, url in {
        "casting:actor": f"/actors/{star.pk}",
        "casting:movie": f"/movies/{epic.pk}",
        "casting:actor-movies": f"/actors/{star.pk}/movies",
        "casting:movie-actors": f"/movies/{epic.pk}/actors",
        "casting:movies-by-page": "/movies?page=1&per_page=100",
        "casting:movies-filtered": f"/movies?actor={star.pk}&search=star&sort=-title",
    }.items():
        query_counts(name, assistant, url)


@pytest.mark.parametrize(
    ("url", "filters"), [("/actors", ActorFilter), ("/movies", MovieFilter)]
)
def test_the_openapi_document_describes_each_filter(url, filters):
    parameters = {
        parameter["name"]: parameter.get("description", "")
        for parameter in document()["paths"][url]["get"]["parameters"]
    }

    assert filters.base_filters
    for name, field in filters.base_filters.items():
        assert field.label in parameters[name]
