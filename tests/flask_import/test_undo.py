"""Undoing an import, as far as nobody uses what it wrote."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import OldPassword, User
from flask_import.models import ImportedRow, ImportRun
from goals.models import Goal
from tests.flask_import.conftest import run
from tests.flask_import.old_goals import make_goals
from tests.support.factories import UserFactory

pytestmark = pytest.mark.django_db
ZONE = "--zone", "UTC"


def undo(*options: str):
    return run("--undo", str(ImportRun.objects.latest("pk").pk), *options)


def imported() -> list[list[tuple]]:
    """Return the rows, without what depends on the moment."""
    columns = [field.attname for field in User._meta.concrete_fields]
    columns = [name for name in columns if name not in {"password", "date_joined"}]
    return [
        list(User.objects.order_by("pk").values_list(*columns)),
        list(Goal.objects.order_by("pk").values_list()),
    ]


def test_an_import_can_be_undone_and_done_again(tmp_path):
    goals = [(1, None, "Paint"), (1, 1, "Prime"), (2, None, "Sail")]
    url = make_goals(tmp_path / "old.db", ["ada", "bob"], goals)
    run(url, *ZONE, "--write")
    before = imported()

    result = undo()
    assert result.code == 0
    assert "accounts.user  2\n" in result.output
    assert not User.objects.exists()
    assert not ImportRun.objects.exists()
    run(url, *ZONE, "--write")
    assert imported() == before


def test_rows_that_are_changed_or_in_use_are_kept_and_listed(tmp_path):
    goals = [(1, None, "Paint"), (2, None, "Sail"), (2, 2, "Swim")]
    url = make_goals(tmp_path / "old.db", ["ada", "bob", "eve"], goals)
    run(url, *ZONE, "--write")
    Goal.objects.filter(name="Paint").update(name="Paint the hull")
    Goal.objects.create(user_id=2, parent_id=2, name="Dive", start="2026-01-01T00:00Z")
    report = tmp_path / "report.json"

    result = undo("--report", str(report))
    assert result.code == 3
    assert "goals.goal: 1 kept, changed since" in result.output
    assert "accounts.user: 2 kept, used by other rows" in result.output
    assert [
        (row["table"], row["old_id"], row["reason"])
        for row in json.loads(report.read_text())["kept"]
    ] == [
        ("goal", "1", "changed since"),
        ("goal", "2", "used by other rows"),
        ("user", "1", "used by other rows"),
        ("user", "2", "used by other rows"),
    ]
    assert set(Goal.objects.values_list("name", flat=True)) == {
        *("Paint the hull", "Sail", "Dive")
    }

    Goal.objects.exclude(name="Sail").delete()
    assert undo().code == 0
    assert not User.objects.exists()


def test_accounts_with_a_role_or_a_permission_are_kept_until_it_is_revoked(tmp_path):
    url = make_goals(tmp_path / "old.db", ["ada", "bob", "eve"])
    run(url, "--write")
    ada, bob, eve = User.objects.order_by("pk")
    ada.groups.add(Group.objects.get(name="executive producer"))
    bob.user_permissions.add(Permission.objects.get(codename="add_movie"))
    # A login renews the hash; that alone is no reason to keep the account.
    assert authenticate(None, username=eve.email, password="secret-word")
    assert User.objects.get(pk=eve.pk).password != eve.password

    result = undo()
    assert result.code == 3
    assert "accounts.user: 2 kept, has a role or a permission" in result.output
    assert set(User.objects.all()) == {ada, bob}

    ada.groups.clear()
    bob.user_permissions.clear()
    assert undo().code == 0
    assert not User.objects.exists()


def test_a_merged_account_loses_its_second_password_only(tmp_path):
    ada = UserFactory.create(name="ada", email="ada@example.com")
    url = make_goals(tmp_path / "old.db", ["ada"], [(1, None, "Paint")])
    result = run(url, *ZONE, "--merge-accounts", "--ids-of", "quintet", "--write")
    assert result.code == 0
    assert Goal.objects.get().user == ada
    assert OldPassword.objects.get().user == ada

    assert undo().code == 0
    assert User.objects.get() == ada
    assert not OldPassword.objects.exists()
    assert not Goal.objects.exists()


@pytest.mark.parametrize("step", [1, -1], ids=["down", "up"])
def test_a_long_line_of_goals_takes_few_queries(tmp_path, step):
    """5,000 goals below each other, their IDs rising or falling."""
    count = 5000
    goals = [
        (1, number - step if 0 < number - step <= count else None, f"goal {number}")
        for number in range(1, count + 1)
    ]
    url = make_goals(tmp_path / "old.db", ["ada"], goals)
    run(url, *ZONE, "--write")
    assert Goal.objects.filter(parent=None).count() == 1

    with CaptureQueriesContext(connection) as queries:
        assert undo().code == 0
    assert not Goal.objects.exists()
    assert len(queries) < 500


def test_imports_are_listed_and_forgotten(tmp_path):
    assert run("--runs") == (0, "There are no imports.\n")
    assert run("--undo", "7") == (2, "There is no import 7. There are: none.")
    url = make_goals(tmp_path / "old.db", ["ada"], [(1, None, "Paint")])
    run(url, *ZONE, "--write")
    number = ImportRun.objects.get().pk

    listed = run("--runs").output
    assert f"{number}  goals  old" in listed
    assert "goal 1, user 1" in listed
    assert run("--forget", str(number)).code == 0
    assert not ImportedRow.objects.exists()
    assert Goal.objects.exists()
    assert run("--undo", str(number)).code == 2
    mixed = run(url, "--undo", "1")
    assert mixed.code == 2
    assert "Use them without a database" in mixed.output
