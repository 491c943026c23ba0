"""Actors without an age and movies without a date, as older systems had them."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from casting.models import Actor, Movie
from tests.casting.test_import import ACTORS, LIST, MOVIES, upload_folder
from tests.casting.test_reading import links_of, names_in
from tests.media_catalog.test_import import exported, load, upload

ON_SQLITE = connection.vendor == "sqlite"
AGES = {"Ann": 40, "Ben": None, "Cem": 20, "Dia": None, "Eva": 30}
DATES = {
    "Alto": date(2001, 5, 1),
    "Bass": None,
    "Cello": date(1999, 5, 1),
    "Drum": None,
    "Echo": date(2000, 5, 1),
}

__all__ = ["upload_folder"]


@pytest.fixture
def agency(db) -> dict[str, int]:
    """The ids of actors and movies by name. Ben, whose age is unknown, is in each."""
    actors = {
        name: Actor.objects.create(name=name, age=age, gender="x")
        for name, age in AGES.items()
    }
    ids = {name: actor.pk for name, actor in actors.items()}
    for title, day in DATES.items():
        movie = Movie.objects.create(title=title, release_date=day)
        movie.actors.add(actors["Ben"], actors["Ann"])
        ids[title] = movie.pk
    return ids


def test_what_is_unknown_is_null_in_every_representation(assistant, agency):
    ben = {"age": None, "gender": "x", "id": agency["Ben"], "name": "Ben"}
    cast = [agency["Ann"], agency["Ben"]]
    bass = {"actors": cast, "id": agency["Bass"], "release_date": None, "title": "Bass"}
    for url, row in {
        "/actors": ben,
        "/actors?page=1": ben,
        "/actors?search=ben": ben,
        f"/movies/{agency['Bass']}/actors": ben,
        "/movies": bass,
        "/movies?page=1": bass,
        f"/actors/{agency['Ben']}/movies": bass,
    }.items():
        kind = "movies" if row is bass else "actors"
        assert row in assistant.get(url).json()[kind], url

    assert assistant.get(f"/actors/{ben['id']}").json()["actor"] == ben
    assert assistant.get(f"/movies/{bass['id']}").json()["movie"] == bass


def test_a_write_of_other_fields_leaves_the_unknown_as_it_is(producer, agency):
    body = {"name": "Benno"}
    rows = producer.patch(f"/actors/{agency['Ben']}", body, "json").json()["actors"]
    assert {"age": None, "gender": "x", "id": agency["Ben"], "name": "Benno"} in rows

    producer.patch(f"/movies/{agency['Bass']}", {"title": "Viola"}, "json")
    movie = Movie.objects.get(title="Viola")
    assert (movie.release_date, movie.actors.count()) == (None, 2)
    url = f"/movies/{movie.pk}/actors/{agency['Eva']}"
    assert producer.put(url).json()["movie"]["release_date"] is None

    url = f"/movies/{movie.pk}"
    producer.patch(url, {"release_date": "2002-12-04"}, "json")
    response = producer.patch(url, {"release_date": None}, "json")
    assert (response.status_code, list(response.json()["detail"])) == (
        422,
        ["release_date"],
    )


def test_an_unknown_row_can_be_sent_back_as_it_was_read(producer, agency):
    for url, name in (
        (f"/actors/{agency['Ben']}", "actor"),
        (f"/movies/{agency['Bass']}", "movie"),
    ):
        before = producer.get(url).json()
        response = producer.patch(url, before[name], "json")
        assert response.status_code == 200, response.content
        assert producer.get(url).json() == before

    body = {"name": "x", "gender": "x", "age": None}
    assert producer.post("/actors", body, "json").status_code == 422
    response = producer.patch(f"/actors/{agency['Ann']}", {"age": None}, "json")
    assert response.status_code == 422


def test_the_version_of_an_unknown_row_is_checked(producer, agency):
    url = f"/actors/{agency['Ben']}"
    version = producer.get(url).headers["ETag"]
    old = {"HTTP_IF_MATCH": version}
    assert producer.patch(url, {"age": 33}, "json", **old).status_code == 200
    assert producer.patch(url, {"age": 34}, "json", **old).status_code == 412


LISTED = {
    "/actors?age=20": "Cem",
    "/actors?age=0": "",
    "/actors?age_min=0": "Ann Cem Eva",
    "/actors?age_max=30": "Cem Eva",
    "/actors?gender=x": "Ann Ben Cem Dia Eva",
    "/actors?sort=age": "Cem Eva Ann Ben Dia",
    "/actors?sort=-age": "Ann Eva Cem Ben Dia",
    "/actors?sort=age,-name": "Cem Eva Ann Dia Ben",
    "/actors?sort=-gender,-age": "Ann Eva Cem Ben Dia",
    "/movies?year=1999": "Cello",
    "/movies?released_from=0001-01-01": "Alto Cello Echo",
    "/movies?released_to=9999-12-31": "Alto Cello Echo",
    "/movies?sort=release_date": "Cello Echo Alto Bass Drum",
    "/movies?sort=-release_date": "Alto Echo Cello Bass Drum",
    "/movies?sort=-release_date,-title": "Alto Echo Cello Drum Bass",
    "/actors/{Ben}/movies?sort=-release_date": "Alto Echo Cello Bass Drum",
    "/movies/{Bass}/actors?sort=-age": "Ann Ben",
    "/movies/{Bass}/actors?sort=age": "Ann Ben",
}


@pytest.mark.difference(
    "Casting",
    old="Stores rows without age or date in some capstones",
    new="Keeps them as null, sorts them last, and leaves them out of filters",
)
@pytest.mark.parametrize(("url", "names"), LISTED.items())
def test_filters_leave_the_unknown_out_and_orders_have_it_last(
    assistant, agency, url, names
):
    assert names_in(assistant.get(url.format(**agency))) == names.split()


@pytest.mark.parametrize("sort", ["age", "-age"])
def test_each_row_is_on_one_page(assistant, agency, settings, sort):
    url, pages = f"/actors?per_page=2&sort={sort}", []
    for _ in range(3):
        response = assistant.get(url)
        pages += names_in(response)
        url = links_of(response).get("next")
    settings.QUINTET_MAX_UNPAGED = 3
    response = assistant.get(f"/actors?sort={sort}")
    parts = names_in(response) + names_in(assistant.get(links_of(response)["next"]))

    known = ["Cem", "Eva", "Ann"] if sort == "age" else ["Ann", "Eva", "Cem"]
    assert (url, pages) == (None, [*known, "Ben", "Dia"])
    assert parts == pages


@pytest.mark.skipif(not ON_SQLITE, reason="test_plans.py is about PostgreSQL")
@pytest.mark.parametrize(
    ("url", "index"),
    [
        ("/actors?page=1&sort=age", "casting_actor_age"),
        ("/actors?page=1&sort=-age", "casting_actor_age_desc"),
        ("/movies?page=1&sort=release_date", "casting_movie_released"),
        ("/movies?page=1&sort=-release_date", "casting_movie_released_desc"),
    ],
)
def test_sqlite_sorts_by_an_index(assistant, agency, url, index):
    with CaptureQueriesContext(connection) as statements:
        assistant.get(url)
    [sql] = [each["sql"] for each in statements if "NULLS LAST" in each["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        plan = " ".join(row[3] for row in cursor.fetchall())

    assert re.search(rf"USING INDEX {index}\b", plan), plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize("age", [-1, 151])
def test_the_database_still_refuses_a_wrong_age(agency, age):
    with pytest.raises(IntegrityError), transaction.atomic():
        Actor.objects.filter(name="Ben").update(age=age)


# The admin


def test_the_admin_shows_a_dash_and_sorts_the_unknown_last(admin_client, agency):
    actors = admin_client.get("/admin/casting/actor/").content.decode()
    movies = admin_client.get("/admin/casting/movie/").content.decode()

    assert actors.count('<td class="field-age">\u2013</td>') == 2
    assert movies.count('<td class="field-release_date nowrap">\u2013</td>') == 2
    titles = re.findall(r"/change/\?*[^>]*>(\w+)</a></th>", movies)
    assert titles == ["Alto", "Echo", "Cello", "Drum", "Bass"]


def test_the_forms_of_the_admin_take_a_blank(admin_client, agency):
    inline = {f"Movie_actors-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL")}
    for path, form in {
        f"actor/{agency['Ann']}": {"name": "Ann", "age": "", "gender": "y"} | inline,
        f"movie/{agency['Alto']}": {"title": "Alto", "release_date": ""},
    }.items():
        url = f"/admin/casting/{path}/change/"
        assert admin_client.get(url).status_code == 200
        assert admin_client.post(url, form).status_code == 302

    assert Actor.objects.get(gender="y").age is None
    assert Movie.objects.get(title="Alto").release_date is None


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_unknown_is_an_empty_cell_of_a_sheet(admin_client, agency, kind):
    action, file = f"export_{kind}", f"rows.{kind}"
    for url, page in (ACTORS, "/admin/casting/actor/"), (MOVIES, LIST):
        data = exported(admin_client, action, page)
        if kind == "csv":
            assert re.search(rb"Ben,,x|Bass,,\d", data)
        assert "There is nothing to import." in upload(admin_client, data, file, url)


def test_an_import_changes_what_is_unknown(admin_client, agency):
    rows = f"{agency['Ben']},Ben,50,x\n{agency['Ann']},Ann,,x\n,New,,x"
    load(admin_client, f"id,name,age,gender\n{rows}", url=ACTORS)
    ages = dict(Actor.objects.values_list("name", "age"))
    assert ages == AGES | {"Ben": 50, "Ann": None, "New": None}

    page = upload(admin_client, "name,age,gender\nx,151,x\n", url=ACTORS)
    assert "less than or equal to 150" in page
