"""The import of actors and movies with their cast."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from casting.models import Actor, Movie
from tests.media_catalog.test_import import exported, load, upload, upload_folder

ACTORS = "/admin/casting/actor/import/"
MOVIES = "/admin/casting/movie/import/"
LIST = "/admin/casting/movie/"

__all__ = ["upload_folder"]


@pytest.fixture
def cast(db) -> list[Actor]:
    return [
        Actor.objects.create(name=name, age=30, gender="x") for name in ("Ann", "Ben")
    ]


def test_actors_are_checked_as_in_their_form(admin_client, cast):
    ann, ben = cast
    page = upload(
        admin_client,
        f"id,name,age,gender\n{ann.pk},,30,x\n{ben.pk},Ben,151,\n",
        url=ACTORS,
    )
    assert page.count("This field is required.") == 2
    assert "less than or equal to 150" in page

    load(admin_client, f"id,name,age,gender\n{ann.pk},Zoe,31,y\n", url=ACTORS)
    ann.refresh_from_db()
    assert (ann.name, ann.age, ann.gender) == ("Zoe", 31, "y")


@pytest.mark.parametrize(("action", "name"), [("csv", "m.csv"), ("xlsx", "m.xlsx")])
def test_an_exported_cast_is_imported_again(admin_client, cast, action, name):
    movie = Movie.objects.create(title="Sail", release_date="2026-01-02")
    movie.actors.set(cast)
    Movie.objects.create(title="Empty", release_date="2026-01-03")
    data = exported(admin_client, f"export_{action}", LIST)
    assert "There is nothing to import." in upload(admin_client, data, name, MOVIES)

    movie.actors.clear()
    load(admin_client, data, name, MOVIES)
    assert list(movie.actors.order_by("pk")) == cast


def test_a_cast_has_known_actors_only(admin_client, cast):
    ids = " ".join(str(actor.pk) for actor in cast)
    heading = "title,release_date,actors"
    page = upload(admin_client, f"{heading}\nSail,2026-01-02,{ids} 999", url=MOVIES)
    assert "There is no actor with the ID 999." in page
    page = upload(admin_client, f"{heading}\nSail,2.1.2026,{ids}", url=MOVIES)
    assert "It must be in YYYY-MM-DD format." in page
    load(admin_client, f"{heading}\nSail,2026-01-02,{ids} {cast[0].pk}", url=MOVIES)
    assert Movie.objects.get().actors.count() == 2


def test_the_number_of_queries_grows_by_few_for_each_row(admin_client, cast):
    def queries(rows: int) -> int:
        lines = [f"S {n},2026-01-02,{cast[0].pk} {cast[1].pk}" for n in range(rows)]
        text = "\n".join(["title,release_date,actors", *lines])
        with CaptureQueriesContext(connection) as found:
            upload(admin_client, text, url=MOVIES)
        return len(found)

    assert queries(12) - queries(2) <= 10 * 9
