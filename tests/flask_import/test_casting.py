"""The databases of two casting agencies, others by their shape, and their roles."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from accounts.models import ActionRecord, User
from casting.models import Actor, Movie
from tests.flask_import.conftest import run

pytestmark = pytest.mark.django_db

# What becomes of actors and movies that Quintet can't store as they were, or hardly.
STRANGE_ACTORS = {
    20: ("true", 133, "true"),
    21: None,  # -5 years old
    22: None,  # 969 years old
    23: None,  # no name
    24: ("no gender", 30, "unknown"),
    601: None,  # no name
    602: ("age unknown", None, "female"),
    603: None,  # a name of 20,005 characters
    604: None,  # the age is a word
    605: None,  # the age has a fraction
    606: ("nulname", 33, "male"),
}
STRANGE_MOVIES = {
    11: ("The same cast twice", date(1, 1, 1)),
    12: ("Later", date(9999, 12, 31)),
    13: None,  # no title
    14: ("undated", None),
}


def actors(*keys: int) -> dict[int, object]:
    rows = Actor.objects.filter(pk__in=keys).values_list("pk", "name", "age", "gender")
    return dict.fromkeys(keys) | {pk: tuple(values) for pk, *values in rows}


def movies(*keys: int) -> dict[int, object]:
    rows = Movie.objects.filter(pk__in=keys).values_list("pk", "title", "release_date")
    return dict.fromkeys(keys) | {pk: tuple(values) for pk, *values in rows}


def casts() -> set[tuple[int, int]]:
    return set(Movie.actors.through.objects.values_list("movie_id", "actor_id"))


def test_actors_movies_and_casts_are_taken_as_far_as_possible(take):
    result = take("casting")

    assert result.code == 3
    assert "Not imported: agents (1), actors.phone (1)" in result.output
    assert "actors  30 read  23 to write  7 left out" in result.output
    assert "movies  14 read  13 to write  1 left out" in result.output
    # Three times the same as an earlier pair, three that refer to nothing.
    assert "movie_actors  27 read  21 to write  3 left out" in result.output
    assert "movie_actors.row twice: 3, once" in result.output
    assert "actor 4242" in result.output
    assert "movie 4242" in result.output
    assert actors(*STRANGE_ACTORS) == STRANGE_ACTORS
    assert movies(*STRANGE_MOVIES) == STRANGE_MOVIES
    pairs = {(pk, pk) for pk in range(1, 11)} | {(pk, pk + 1) for pk in range(1, 11)}
    assert casts() == pairs | {(11, 1)}


def test_a_second_run_changes_nothing(take):
    take("casting")
    before = casts()

    again = take("casting")

    assert "actors  30 read  0 to write  23 there already" in again.output
    assert "there was nothing to write" in again.output
    assert casts() == before


def test_genders_and_dates_become_what_the_old_api_showed(take):
    result = take("casting-bplusv")

    assert result.code == 0
    assert set(Actor.objects.values_list("gender", flat=True)) == {"male", "female"}
    assert Movie.objects.get(pk=2).release_date == date(1999, 3, 31)
    assert "movies.release_date time-of-day: 1" in result.output
    assert len(casts()) == 23


OTHER_AGENCIES = {
    "keys without names": """
        CREATE TABLE performer (actor_id INTEGER PRIMARY KEY, full_name, age, sex);
        CREATE TABLE film (film_id INTEGER PRIMARY KEY, title, year);
        CREATE TABLE booking (
            id INTEGER PRIMARY KEY,
            who INTEGER REFERENCES Performer, what INTEGER REFERENCES film
        );
        INSERT INTO performer VALUES (7, 'Ada', '36', 'female');
        INSERT INTO film VALUES (3, 'Engine', 1999), (4, 'Undated', '');
        INSERT INTO booking VALUES (1, 7, 3), (2, 7, 3);
    """,
    "names without keys": """
        CREATE TABLE "Actor" (id INTEGER PRIMARY KEY, name TEXT, age TEXT, gender TEXT);
        CREATE TABLE "Movie" (id INTEGER PRIMARY KEY, name TEXT, "releaseDate" TEXT);
        CREATE TABLE cast_list (movies_id, "actorId", note);
        INSERT INTO "Actor" VALUES (7, 'Ada', '36', 'female');
        INSERT INTO "Movie" VALUES (3, 'Engine', '1999'), (4, 'Undated', NULL);
        INSERT INTO cast_list VALUES (3, 7, ''), (3, 7, '');
    """,
}


def database(path: Path, sql: str) -> str:
    """Make an old database. Return its URL."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(sql)
    return f"sqlite:///{path}"


@pytest.mark.parametrize("sql", OTHER_AGENCIES.values(), ids=OTHER_AGENCIES.keys())
def test_other_agencies_are_recognized_by_their_shape(db, tmp_path, sql):
    result = run(database(tmp_path / "old.db", sql), "--write")

    assert result.code == 0
    assert actors(7) == {7: ("Ada", 36, "female")}
    assert movies(3, 4) == {3: ("Engine", date(1999, 1, 1)), 4: ("Undated", None)}
    assert "year-only: 1, first-day" in result.output
    assert casts() == {(3, 7)}


def test_a_pair_that_a_client_has_added_meanwhile_is_kept(db, tmp_path):
    url = database(tmp_path / "old.db", OTHER_AGENCIES["names without keys"])
    run(url, "--write")
    Movie.objects.get(pk=4).actors.add(7)
    database(tmp_path / "old.db", "INSERT INTO cast_list VALUES (4, 7, '')")

    result = run(url, "--write")

    assert result.code == 0
    assert "cast_list.row in-cast: 1, keep" in result.output
    assert casts() == {(3, 7), (4, 7)}


POSTGRESQL = """
CREATE TYPE gender AS ENUM ('FEMALE', 'MALE');
CREATE TABLE actors (id serial PRIMARY KEY, name text, age smallint, gender gender);
CREATE TABLE movies (id serial PRIMARY KEY, title text, release timestamptz);
CREATE TABLE casts (
    id bigserial PRIMARY KEY,
    actor_id integer REFERENCES actors, movie_id integer REFERENCES movies
);
INSERT INTO actors VALUES (7, 'Ada', 36, 'FEMALE');
INSERT INTO movies VALUES
    (3, 'Engine', '1999-01-01 00:00 Europe/Berlin'), (4, 'Undated', NULL),
    (5, 'For ever', 'infinity'), (6, 'Before Christ', '0044-03-15 00:00 BC');
INSERT INTO casts (actor_id, movie_id) VALUES (7, 3), (7, 3);
"""


def test_types_of_postgresql_become_those_of_quintet(take_dump, tmp_path):
    (tmp_path / "old.sql").write_text(POSTGRESQL)

    result = take_dump(str(tmp_path / "old"))

    assert result.code == 3
    assert "movies.release not-a-time: 2, skip" in result.output
    assert "time-of-day" not in result.output
    assert actors(7) == {7: ("Ada", 36, "female")}
    assert movies(3, 4, 5, 6) == {
        3: ("Engine", date(1999, 1, 1)),
        4: ("Undated", None),
        5: None,
        6: None,
    }
    assert casts() == {(3, 7)}


ROLES = """\
ADA@example.com,director
bob@example.com,Casting Assistant
nobody@example.com,producer
"""
ROLES_AFTERWARDS = {
    "ada@example.com": ["casting director"],
    "bob@example.com": ["casting assistant"],
}
ROLE_RECORDS = [("change rights", "ada"), ("change rights", "bob")]


@pytest.fixture
def csv(tmp_path) -> Callable[[str], str]:
    """Write a file, and return its path."""

    def write(text: str) -> str:
        path = tmp_path / "roles.csv"
        path.write_text(text)
        return str(path)

    return write


def roles() -> dict[str, list[str]]:
    return {user.email: user.roles for user in User.objects.order_by("email")}


def test_roles_go_to_the_accounts_that_a_list_names(take, ada, bob, csv):
    first = take("casting-bplusv", "--roles", csv(ROLES))

    assert first.code == 3
    assert "roles  3 read  2 to assign  0 assigned already  1 without" in first.output
    assert "No account has the email address n…@example.com." in first.output
    assert roles() == ROLES_AFTERWARDS

    second = take("casting-bplusv", "--roles", csv(ROLES))

    assert "0 to assign  2 assigned already" in second.output
    assert roles() == ROLES_AFTERWARDS
    records = ActionRecord.objects.order_by("pk").values_list("verb", "object_name")
    assert list(records) == ROLE_RECORDS


def test_nothing_is_written_for_an_unknown_role(take, ada, csv):
    result = take("casting-bplusv", "--roles", csv(f"{ada.email},king"))

    assert result.code == 2
    assert "Unknown role 'king'. Valid roles: casting assistant" in result.output
    assert not Actor.objects.exists()


def test_roles_need_a_casting_agency(take, ada, csv):
    lines = csv(f"{ada.email},director")

    result = take("bucketlists", "--keep-accounts", "--roles", lines)

    assert result.code == 2
    assert "--roles needs the tables of a casting agency" in result.output
    assert roles() == {"ada@example.com": []}
