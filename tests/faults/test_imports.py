"""Imports are killed, interrupted and cut off; nothing is left half-written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.faults.databases import Database
from tests.faults.system import ROOT
from tests.flask_import.old_goals import make_goals

pytestmark = pytest.mark.faults
GOALS = 12_000
KINDS = pytest.mark.parametrize("kind", ["sqlite", "postgres"])


def heed_interrupts() -> None:
    """Let Ctrl-C end the process, also if the tests run in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Importer:
    """A process that imports the goals into a database."""

    def __init__(self, url: str, database: Database) -> None:
        self.process = subprocess.Popen(
            [
                *(sys.executable, "manage.py", "import_flask", url),
                *("--zone", "UTC", "--ids-of", "quintet", "--keep-accounts"),
                "--write",
            ],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": database.url, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=heed_interrupts,
        )

    def wait_until_it_writes(self) -> None:
        """Return when some tenths of the goals are written, but not committed."""
        assert self.process.stdout
        for line in self.process.stdout:
            if "rows written" in line and line.startswith("goal: 3"):
                return
        pytest.fail(self.end()[1])

    def end(self) -> tuple[int, str]:
        """Return the exit code and what was said of an error."""
        _, error = self.process.communicate(timeout=300)
        return self.process.returncode, error


@pytest.fixture
def url(tmp_path) -> str:
    goals = [(2, None, f"goal {number}") for number in range(GOALS)]
    return make_goals(tmp_path / "old.db", ["bob", "eve"], goals)


@pytest.fixture
def importers() -> Iterator[list[Importer]]:
    created: list[Importer] = []
    yield created
    for each in created:
        each.process.kill()
        each.process.communicate()


def counts(database: Database) -> tuple[int, int, int]:
    """Return the numbers of users, goals and rows that are known to be imported."""
    tables = "accounts_user", "goals_goal", "flask_import_importedrow"
    users, goals, rows = (
        database.value(f"SELECT count(*) FROM {table}") for table in tables
    )
    return users, goals, rows


@KINDS
def test_imports_that_end_in_the_middle_write_nothing(
    kind, make_database, url, importers
):
    database = make_database(kind)
    before = counts(database)
    for number in (signal.SIGKILL, signal.SIGINT):
        importers.append(Importer(url, database))
        importers[-1].wait_until_it_writes()
        importers[-1].process.send_signal(number)
        code, error = importers[-1].end()

        assert counts(database) == before
        if number == signal.SIGINT:
            assert (code, error) == (
                1,
                "CommandError: Interrupted. Nothing was written incompletely.\n",
            )

    importers.append(Importer(url, database))
    assert importers[-1].end() == (0, "")
    assert counts(database) == (3, GOALS, GOALS + 2)


@KINDS
def test_two_imports_at_once_write_the_rows_once(kind, make_database, url, importers):
    database = make_database(kind)
    importers += [Importer(url, database), Importer(url, database)]

    ends = sorted(importer.end() for importer in importers)
    assert ends[0] == (0, "")
    # It began after the other one had ended, or while that was writing.
    assert ends[1][0] in {0, 1, 2}, ends
    assert "Traceback" not in ends[1][1]
    assert counts(database) == (3, GOALS, GOALS + 2)


def test_a_lost_connection_is_told_in_one_sentence(make_database, url, importers):
    database = make_database("postgres")
    before = counts(database)
    importers.append(Importer(url, database))
    importers[-1].wait_until_it_writes()
    database.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid != pg_backend_pid()"
    )

    code, error = importers[-1].end()
    assert code == 1
    assert error.startswith(
        "CommandError: The database failed, and nothing of goals was written: "
    )
    assert error.count("\n") == 1
    assert counts(database) == before
