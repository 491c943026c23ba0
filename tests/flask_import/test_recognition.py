"""Which system a database belongs to, and what is said if none fits."""

from __future__ import annotations

import pytest

from tests.flask_import.conftest import run
from tests.flask_import.old_goals import execute, make_goals

pytestmark = pytest.mark.django_db


def test_the_evidence_and_what_is_not_imported_are_told(tmp_path):
    path = tmp_path / "old.db"
    url = make_goals(path)
    execute(
        path,
        "ALTER TABLE user ADD COLUMN phone TEXT;"
        "CREATE TABLE notes (id INTEGER); INSERT INTO notes VALUES (1), (2);",
    )

    output = run(url).output
    assert "Goal service (goals)\n  user by its columns id, name, email" in output
    assert "Not imported: notes (2), user.phone (0)" in output


def test_a_database_of_no_system_is_refused_with_what_it_lacks(tmp_path):
    path = tmp_path / "old.db"
    execute(
        path,
        "CREATE TABLE user (id, name, email);"
        "CREATE TABLE goal (id, user_id, parent_id, name, description, start);",
    )

    result = run(f"sqlite:///{path}", "--write")
    assert result.code == 2
    assert "The database belongs to none of the systems" in result.output
    assert "goal would be goal of goals, but lacks end." in result.output
    assert result.output.endswith("It has: goal, user.")


def test_only_the_nearest_system_is_suggested(tmp_path):
    path = tmp_path / "old.db"
    execute(
        path,
        "CREATE TABLE actors (id INTEGER PRIMARY KEY, name, gender, age);"
        "CREATE TABLE movies (id INTEGER PRIMARY KEY, title, day);"
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name, email);",
    )

    lacks = "  movies would be movie of casting, but lacks release_date."
    result = run(f"sqlite:///{path}")
    assert [each for each in result.output.splitlines() if "lacks" in each] == [lacks]
    named = run(f"sqlite:///{path}", "--system", "casting")
    assert [each for each in named.output.splitlines() if "lacks" in each] == [lacks]


def test_a_database_that_resembles_no_system_gets_no_suggestion(tmp_path):
    path = tmp_path / "old.db"
    execute(path, "CREATE TABLE notes (id INTEGER PRIMARY KEY, name, body);")

    result = run(f"sqlite:///{path}")
    assert result.code == 2
    assert "lacks" not in result.output


def test_two_tables_that_look_alike_are_refused(tmp_path):
    path = tmp_path / "old.db"
    url = make_goals(path)
    execute(path, "CREATE TABLE user_old AS SELECT * FROM user")
    assert run(url).code == 0  # goals refer to one of them

    execute(path, "CREATE TABLE goal_old AS SELECT * FROM goal")
    result = run(url, "--write")
    assert result.code == 2
    assert "Several tables look like the table goal of Goal service" in result.output


def test_mistyped_options_are_told(tmp_path):
    url = make_goals(tmp_path / "old.db")
    mistakes = {
        ("--system", "gaols"): 'unknown system "gaols". Did you mean "goals"?',
        ("--ids-of", "goal"): 'unknown system "goal". Did you mean "goals"?',
        ("--zone", "Berln"): 'Unknown zone "Berln".',
        ("--zone", "Europe/Berln"): 'Did you mean "Europe/Berlin"?',
        ("--roles", "missing.csv"): "missing.csv can't be read: No such file",
    }
    for option, message in mistakes.items():
        result = run(url, *option, "--write")
        assert result.code == 2
        assert message in result.output
