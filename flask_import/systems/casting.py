"""The casting agencies, whose tables are recognized by their shape.

No two of them have the same tables: names and types of columns differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

from casting.models import MAX_AGE, Actor, Movie
from flask_import.batches import batches
from flask_import.kinds import SKIP, Kind
from flask_import.old_rows import shown, whole_number
from flask_import.plan import PlannedRow, State
from flask_import.sources.base import Table
from flask_import.tables import MatchedTable, Names, OldTable, System, Values, columns

if TYPE_CHECKING:
    from flask_import.old_rows import OldRow
    from flask_import.planning import Planner

MAX_NAME_LENGTH = 255
MAX_GENDER_LENGTH = 64
UNKNOWN_GENDER = "unknown"
GENDER_IN_CAPITALS = Kind(
    "capitals", "The gender is in capitals, as enumerations are stored."
)
YEAR_ONLY = Kind("year-only", "Only the year of the release is known.")
IN_CAST = Kind("in-cast", "The actor is in the movie's cast already.")
BATCH_SIZE = 500
Cast = Movie.actors.through

# Names of columns, without underscores and capitals.
NAMES = frozenset({"name", "fullname", "actorname"})
GENDERS = frozenset({"gender", "sex"})
TITLES = frozenset({"title", "movietitle"})
RELEASES = frozenset(
    {
        "release", "released", "releasedate", "datereleased", "dateofrelease",
        "releaseyear", "yearofrelease", "releasedon", "releasedat",
    }
)  # fmt: skip
# Dates of a table with a title, where nothing says more.
DATES = frozenset({"date", "year"})


def convert_actor(row: OldRow) -> Values:
    return {
        "name": row.required_text("name", MAX_NAME_LENGTH),
        "age": row.integer("age", 0, MAX_AGE, [SKIP, "clear"]),
        "gender": gender_of(row),
    }


def gender_of(row: OldRow) -> str:
    """Return the gender. Those in capitals become lower case.

    An enumeration stores the names of its values, but the old API showed the values.
    """
    gender = row.text("gender", MAX_GENDER_LENGTH, if_empty=UNKNOWN_GENDER)
    if gender.isupper() and len(gender) > 1:
        choices = ["lower", "keep", SKIP]
        if row.decide("gender", GENDER_IN_CAPITALS, choices, gender) == "lower":
            return gender.lower()
    return gender


def convert_movie(row: OldRow) -> Values:
    return {
        "title": row.required_text("title", MAX_NAME_LENGTH),
        "release_date": release_date(row),
    }


def release_date(row: OldRow) -> date | None:
    """Return the date of the release, or None if it isn't known."""
    value = row.values["release_date"]
    if value == "":
        return None
    year = whole_number(value)
    if year is None or not 1 <= year <= 9999:
        return row.date("release_date")
    choices = ["first-day", "clear", SKIP]
    if row.decide("release_date", YEAR_ONLY, choices, shown(value)) == "clear":
        return None
    return date(year, 1, 1)


def convert_cast(row: OldRow) -> Values:
    return {
        "movie_id": row.required_reference("movie_id", "movie"),
        "actor_id": row.required_reference("actor_id", "actor"),
    }


def keep_stored_pairs(planner: Planner, matched: MatchedTable) -> None:
    """Keep the pairs that are stored already, such as by a client."""
    for row in list(stored_pairs(planner, matched)):
        planner.decide(matched, row.old_id, "row", IN_CAST, ["keep"])
        planner.plan.keep(matched.name, row.old_id)


def stored_pairs(planner: Planner, matched: MatchedTable) -> Iterator[PlannedRow]:
    for rows in batches(planner.plan.rows(matched.name, State.NEW), BATCH_SIZE):
        movies = {pair_of(row)[0] for row in rows}
        casts = Cast._default_manager.filter(movie_id__in=movies)
        stored = set(casts.values_list("movie_id", "actor_id"))
        yield from (row for row in rows if pair_of(row) in stored)


def pair_of(row: PlannedRow) -> tuple[int, int]:
    return int(str(row.values["movie_id"])), int(str(row.values["actor_id"]))


def find_actor(table: Table, matched: Mapping[str, MatchedTable]) -> Names | None:
    key, spelled = key_of(table), spelling(table)
    names = {
        "id": key,
        "name": spelled_as(spelled, NAMES),
        "gender": spelled_as(spelled, GENDERS),
    }
    return names if all(names.values()) else None


def find_movie(table: Table, matched: Mapping[str, MatchedTable]) -> Names | None:
    key, spelled = key_of(table), spelling(table)
    title = spelled_as(spelled, TITLES)
    release = spelled_as(spelled, RELEASES)
    if title and not release:
        release = spelled_as(spelled, DATES)
    names = {
        "id": key,
        "title": title or spelled_as(spelled, NAMES | {"moviename"}),
        "release_date": release,
    }
    return names if all(names.values()) else None


def find_cast(table: Table, matched: Mapping[str, MatchedTable]) -> Names | None:
    """Return the columns that refer to a movie and to an actor, if there are both."""
    names: dict[str, tuple[str, ...]] = {}
    for role in ("movie", "actor"):
        other = matched.get(role)
        if other is None or other.table == table:
            return None
        names[f"{role}_id"] = references_to(table, other, role)
    return names if all(names.values()) else None


def references_to(table: Table, other: MatchedTable, role: str) -> tuple[str, ...]:
    """Return the columns with a foreign key to the other table, or named like it."""
    # SQLite's names of tables are case-insensitive.
    name = other.name.lower()
    keys = [key for key, target in table.references.items() if target.lower() == name]
    words = {role, f"{role}s", plain(name)}
    wanted = frozenset(f"{word}{suffix}" for word in words for suffix in ("", "id"))
    return tuple(keys) or spelled_as(spelling(table), wanted)


def key_of(table: Table) -> tuple[str, ...]:
    """Return the column of the key, which some tables name after themselves."""
    if len(table.primary_key) == 1:
        return table.primary_key
    return tuple(name for name in table.columns if name == "id")


def plain(name: str) -> str:
    return name.replace("_", "").lower()


def spelling(table: Table) -> dict[str, str]:
    return {name: plain(name) for name in table.columns}


def spelled_as(spelled: Mapping[str, str], wanted: frozenset[str]) -> tuple[str, ...]:
    """Return the columns that are spelled as one of the wanted words."""
    return tuple(name for name, each in spelled.items() if each in wanted)


CASTING = System(
    "casting",
    "Casting agency",
    (
        OldTable(
            "actor",
            Actor,
            convert_actor,
            columns("id", "name", "gender"),
            optional=columns(age=("Age", "actor_age")),
            without=frozenset({"password", "password_hash"}),
            find_names=find_actor,
        ),
        OldTable(
            "movie",
            Movie,
            convert_movie,
            columns("id", "title", "release_date"),
            without=frozenset({"isbn"}),
            find_names=find_movie,
        ),
        OldTable(
            "cast",
            Cast,
            convert_cast,
            columns("movie_id", "actor_id"),
            optional=columns("id"),
            is_required=False,
            key=("movie_id", "actor_id"),
            keeps_id=False,
            find_names=find_cast,
            finish=keep_stored_pairs,
        ),
    ),
)
