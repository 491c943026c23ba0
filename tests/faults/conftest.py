"""Real processes on real databases, killed and cut off: `script/test -m faults -n 0`.

They take minutes and the whole machine, so that nobody gets them unasked.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.brokers import RabbitQueue
from tests.faults.databases import Database, PostgresDatabase, SqliteDatabase
from tests.faults.system import ROOT, System

IN_CI = os.environ.get("CI") == "true"


def skip_or_fail(reason: str) -> None:
    """Skips the test; where everything should be there, it fails."""
    if IN_CI:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def templates(tmp_path_factory) -> Iterator[dict[str, Database]]:
    """A migrated database of each kind, to be copied."""
    created: dict[str, Database] = {}
    yield created
    for database in created.values():
        database.drop()


@pytest.fixture
def make_database(
    templates, tmp_path, tmp_path_factory
) -> Iterator[Callable[[str], Database]]:
    """A fresh database with all tables and the user `ada`, dropped afterwards."""
    created: list[Database] = []

    def make(kind: str) -> Database:
        if kind not in templates:
            folder = tmp_path_factory.mktemp("template")
            templates[kind] = create(kind, folder)
            prepare(templates[kind])
        created.append(templates[kind].copy(tmp_path))
        return created[-1]

    yield make
    for database in created:
        database.drop()


def create(kind: str, folder: Path) -> Database:
    if kind == "sqlite":
        return SqliteDatabase(folder / "template.sqlite3")
    if not PostgresDatabase.answers():
        skip_or_fail("No PostgreSQL answers on 127.0.0.1:5432.")
    return PostgresDatabase.new()


PREPARE = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
from accounts.models import User
User.objects.create(name="ada", email="ada@example.com")
"""


def prepare(database: Database) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", PREPARE],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database.url},
        check=True,
    )


@pytest.fixture
def systems(make_database) -> Iterator[list[System]]:
    """Whatever the test starts; it ends with the test."""
    created: list[System] = []
    yield created
    for each in created:
        each.stop()


@pytest.fixture
def system(make_database, systems, tmp_path) -> Callable[..., System]:
    """Makes a system that has not started anything yet."""

    def make(database: Database | str, **environment: str) -> System:
        target = make_database(database) if isinstance(database, str) else database
        systems.append(System(tmp_path, target, **environment))
        return systems[-1]

    return make


@pytest.fixture
def rabbit(systems) -> Iterator[RabbitQueue]:
    """A queue of our own on the machine's RabbitMQ."""
    queue = RabbitQueue()
    if not queue.answers():
        skip_or_fail("No RabbitMQ answers on 127.0.0.1:5672.")
    yield queue
    # Whoever still works would make it anew.
    for each in systems:
        each.stop()
    queue.delete()
