"""The migration of casting keeps its rows, indexes, constraints and all triggers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection

from casting.models import Actor, Movie
from common.db.triggers import installed_signatures

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = "0002"


@pytest.fixture(autouse=True)
def restored(db) -> Iterator[None]:
    yield
    Actor.objects.filter(age=None).delete()
    Movie.objects.filter(release_date=None).delete()
    call_command("migrate", verbosity=0)


def migrate_back() -> None:
    call_command("migrate", "casting", BEFORE, verbosity=0)


def schema() -> dict[str, object]:
    """Return the names of indexes and constraints by table, and the triggers."""
    found: dict[str, object] = {"triggers": installed_signatures(connection)}
    with connection.cursor() as cursor:
        for model in (Actor, Movie, Movie.actors.through):
            table = model._meta.db_table
            names = connection.introspection.get_constraints(cursor, table)
            found[table] = sorted(names)
    return found


def rows() -> list[object]:
    return [
        *Actor.objects.order_by("pk").values_list("name", "age", "movies__title"),
        *Movie.objects.order_by("pk").values_list("title", "release_date"),
    ]


def test_both_directions_keep_what_is_there():
    ada = Actor.objects.create(name="Ada", age=36, gender="x")
    Movie.objects.create(title="Engine", release_date="1843-10-01").actors.add(ada)
    before = schema(), rows()
    migrate_back()
    assert "casting_actor_age_desc" not in schema()["casting_actor"]
    assert rows() == before[1]
    call_command("migrate", verbosity=0)

    assert (schema(), rows()) == before
    assert "casting_actor_age_desc" in schema()["casting_actor"]


def test_a_database_with_unknown_values_does_not_go_back():
    Actor.objects.create(name="Ben", age=None, gender="x")
    Movie.objects.create(title="Bass", release_date=None)
    before = schema(), rows()
    with pytest.raises(IntegrityError):
        migrate_back()

    assert (schema(), rows()) == before
