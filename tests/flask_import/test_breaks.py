"""A target that isn't ready, or changes while rows are imported."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.migrations.recorder import MigrationRecorder

from accounts.models import User
from bucketlists.models import Bucketlist
from flask_import import recognition
from flask_import.models import ImportedRow, ImportRun
from flask_import.systems.goals import GOALS
from flask_import.tables import OldTable, System, columns
from goals.models import Goal
from tests.flask_import.conftest import run
from tests.flask_import.old_goals import execute, make_goals
from tests.support.factories import UserFactory

pytestmark = pytest.mark.django_db
ZONE = "--zone", "UTC"


def test_a_database_with_demo_accounts_or_old_tables_is_refused(tmp_path):
    url = make_goals(tmp_path / "old.db")
    MigrationRecorder.Migration.objects.filter(app="flask_import").delete()
    assert run(url, "--write") == (
        2,
        "Quintet's database isn't up to date. Run manage.py migrate first.",
    )
    MigrationRecorder.Migration.objects.create(app="flask_import", name="0001_initial")
    UserFactory.create(is_demo=True)
    result = run(url, "--write")
    assert result.code == 2
    assert "manage.py demo --remove" in result.output


class Meddler(StringIO):
    """A terminal whose user does something when the plan is shown."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self.act: Callable[[], object] | None = act

    def write(self, text: str) -> int:
        if "to write" in text and self.act:
            act, self.act = self.act, None
            act()
        return super().write(text)


def run_and(act: Callable[[], object], *arguments: str) -> CommandError:
    with pytest.raises(CommandError) as error:
        call_command("import_flask", *arguments, stdout=Meddler(act))
    return error.value


def test_rows_that_others_add_after_the_plan_undo_all(tmp_path):
    url = make_goals(tmp_path / "old.db", ["ada"], [(1, None, "Paint")])

    error = run_and(lambda: UserFactory.create(pk=1, name="eve"), url, *ZONE, "--write")
    assert error.returncode == 1
    assert str(error).startswith(
        "The database refused a row, and nothing of goals was written: "
    )
    assert [user.name for user in User.objects.all()] == ["eve"]
    assert not Goal.objects.exists()
    assert not ImportRun.objects.exists()


def interrupt() -> None:
    raise KeyboardInterrupt


def test_an_interrupted_import_ends_with_one_sentence(tmp_path):
    url = make_goals(tmp_path / "old.db")

    error = run_and(interrupt, url, "--write")
    assert error.returncode == 1
    assert str(error) == "Interrupted. Nothing was written incompletely."
    assert not User.objects.exists()


LISTS = System(
    "lists",
    "List service",
    (
        OldTable(
            "list",
            Bucketlist,
            lambda row: {"name": row.text("title"), "created_by_id": 4711},
            columns("id", "title"),
        ),
    ),
)


def test_systems_that_are_written_stay_when_the_next_one_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(recognition, "SYSTEMS", (GOALS, LISTS))
    path = tmp_path / "old.db"
    url = make_goals(path, ["ada"], [(1, None, "Paint")])
    execute(path, "CREATE TABLE list (id, title); INSERT INTO list VALUES (1, 'x')")

    result = run(url, *ZONE, "--write")
    assert result.code == 1
    number = ImportRun.objects.get().pk
    assert "and nothing of lists was written: " in result.output
    assert result.output.endswith(
        f"Already written, and not undone: goals (import {number})."
    )
    assert Goal.objects.count() == 1
    assert not Bucketlist.objects.exists()
    assert set(ImportedRow.objects.values_list("table", flat=True)) == {"user", "goal"}
