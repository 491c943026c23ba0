from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest
from django.core.management import CommandError, call_command

from tests.faults.databases import PostgresDatabase
from tests.support.postgresql_dumps import loaded

DATABASES = Path(__file__).parent / "databases"


class Result(NamedTuple):
    """The exit code of the command, and what it printed.

    Two blanks are between columns, however wide these are.
    """

    code: int
    output: str


def url_of(name: str) -> str:
    """Return the URL of an old SQLite database."""
    return f"sqlite:///{DATABASES / name}.db"


def run(*arguments: str) -> Result:
    """Run `import_flask` with these arguments."""
    out, code, message = StringIO(), 0, ""
    try:
        call_command("import_flask", *arguments, stdout=out)
    except CommandError as exc:
        code, message = exc.returncode, str(exc)
    except SystemExit as exc:
        code = int(str(exc.code))
    return Result(code, re.sub(r"(?<=\S) {3,}", "  ", out.getvalue()) + message)


@pytest.fixture
def take(db) -> Callable[..., Result]:
    """Import a database by its name, with the zone in which it was made."""

    def take(name: str, *arguments: str) -> Result:
        return run(url_of(name), "--zone", "Europe/Berlin", "--write", *arguments)

    return take


@pytest.fixture
def take_dump(db) -> Callable[..., Result]:
    """Import a database of PostgreSQL from its dump, by its name or whole path."""
    if not PostgresDatabase.answers():
        pytest.skip("No PostgreSQL answers on 127.0.0.1:5432.")

    def take(name: str, *arguments: str) -> Result:
        with loaded(DATABASES / f"{name}.sql") as database:
            return run(database.url, "--zone", "Europe/Berlin", "--write", *arguments)

    return take
