"""An import that is run again: it takes what is new, and changes nothing."""

from __future__ import annotations

import pytest

from accounts.models import User
from flask_import.models import ImportedRow, ImportRun
from goals.models import Goal
from tests.flask_import.conftest import run, url_of
from tests.flask_import.old_goals import execute, make_goals
from tests.support.rows import all_rows

pytestmark = pytest.mark.django_db
ZONE = "--zone", "UTC"


def test_a_second_run_writes_and_changes_nothing_whatever_the_options():
    url = url_of("over-achiever-passwords")
    run(url, "--zone", "Europe/Berlin", "--write")
    before = all_rows()

    for options in (["--zone", "America/New_York"], ["--ids-of", "goals"]):
        result = run(url, *ZONE, "--merge-accounts", *options, "--write")
        assert result.code == 3
        assert "user  13 read  0 to write  13 there already" in result.output
        assert "goal  92 read  0 to write  90 there already  2 left out" in (
            result.output
        )
        assert "Goal service: there was nothing to write." in result.output
    assert all_rows() == before


def test_rows_that_are_new_are_taken_and_changed_ones_are_listed(tmp_path):
    path = tmp_path / "old.db"
    url = make_goals(path, ["ada"], [(1, None, "Paint"), (1, None, "Row")])
    assert run(url, *ZONE, "--write").code == 0
    execute(
        path,
        "UPDATE goal SET name = 'Sail' WHERE id = 2;"
        "INSERT INTO goal (user_id, parent_id, name) VALUES (1, 2, 'Swim');",
    )

    result = run(url, *ZONE, "--write")
    assert result.code == 0
    assert "goal  3 read  1 to write  2 there already  1 changed" in result.output
    assert "goal.row changed-since: 1, keep" in result.output
    assert list(Goal.objects.order_by("pk").values_list("name", "parent")) == [
        ("Paint", None),
        ("Row", None),
        ("Swim", 2),
    ]


def test_a_database_that_was_moved_is_known_by_its_old_name(tmp_path):
    path = tmp_path / "old.db"
    url = make_goals(path, ["ada"], [(1, None, "Paint")])
    run(url, *ZONE, "--write")
    moved = path.rename(tmp_path / "moved.db")

    result = run(f"sqlite:///{moved}", *ZONE, "--write")
    assert result.code == 2
    assert 'imported as "old"? Then use --source old' in result.output
    again = run(f"sqlite:///{moved}", *ZONE, "--source", "old", "--write")
    assert again.code == 0
    assert (User.objects.count(), Goal.objects.count()) == (1, 1)


def test_two_systems_with_a_table_and_a_name_in_common_are_told_apart(tmp_path):
    url = make_goals(tmp_path / "app.db")
    orders = ImportRun.objects.create(
        source="app", system="orders", counts={"user": 8, "order": 33}
    )

    result = run(url, "--write")
    assert result.code == 2
    assert result.output.endswith(
        f"Import {orders.pk} (orders) took the table user from a database that is "
        'called "app" as well. Give this one a name of its own, such as '
        "--source old-goals."
    )
    assert run(url, "--source", "old-goals", "--write").code == 0
    assert set(ImportedRow.objects.values_list("source", flat=True)) == {"old-goals"}


def test_another_database_of_the_same_name_is_noticed(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    names = {each: [f"{each}-{n}" for n in range(10)] for each in ("a", "b")}
    run(make_goals(tmp_path / "a" / "app.db", names["a"]), *ZONE, "--write")
    url = make_goals(tmp_path / "b" / "app.db", names["b"])

    result = run(url, *ZONE, "--write")
    assert result.code == 2
    assert "Most rows of user aren't as they were" in result.output
    other = run(url, "--source", "b", "--ids-of", "quintet", "--write")
    assert other.code == 0
    assert User.objects.count() == 20
    same = run(url, "--source", "app", "--write")
    assert (same.code, User.objects.count()) == (0, 20)
