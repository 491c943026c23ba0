"""Two services with users in one database, whose users have the same IDs."""

from __future__ import annotations

from pathlib import Path

import pytest

from accounts.models import User
from bucketlists.models import Bucketlist
from flask_import.models import ImportedRow
from tests.flask_import.conftest import run
from tests.flask_import.old_goals import execute, make_goals
from tests.support.rows import all_rows

pytestmark = pytest.mark.django_db
OPTIONS = "--zone", "UTC", "--keep-accounts", "--write"
BUCKETLISTS = """
CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, password TEXT);
CREATE TABLE bucketlists (
    id INTEGER PRIMARY KEY, name TEXT, date_created TEXT, date_modified TEXT,
    created_by INTEGER REFERENCES users (id)
);
INSERT INTO users (email, password) VALUES
    ('ada@example.com', 'secret-word'), ('BOB@example.com', 'secret-word'), ('', '');
INSERT INTO bucketlists VALUES (1, 'Sail', '2020-01-01', '2020-01-01', 2);
"""
# Of the goal service, user 2 has the address of user 1, and user 3 has none.
PLACEHOLDERS_OF_GOALS = {
    "ada+both-2@imported.invalid",
    "user+both-3@imported.invalid",
}
PLACEHOLDERS_OF_BUCKETLISTS = {
    "ada+both-1@imported.invalid",
    "bob+both-2@imported.invalid",
    "user+both-bucketlists-3@imported.invalid",
}


@pytest.fixture
def both(tmp_path) -> str:
    """Return the URL of a database with goals and bucket lists."""
    path: Path = tmp_path / "both.db"
    url = make_goals(path, ["ada", "ADA", "", "bob"], [(1, None, "Paint")])
    execute(path, "UPDATE user SET email = '' WHERE id = 3")
    execute(path, BUCKETLISTS)
    return url


def placeholders() -> set[str]:
    users = User.objects.filter(email__endswith="@imported.invalid")
    return set(users.values_list("email", flat=True))


def test_each_user_gets_a_placeholder_and_is_found_again(both):
    result = run(both, *OPTIONS, "--ids-of", "goals")

    assert result.code == 0
    assert placeholders() == PLACEHOLDERS_OF_GOALS | PLACEHOLDERS_OF_BUCKETLISTS
    assert Bucketlist.objects.get().created_by.email == "bob+both-2@imported.invalid"
    before = all_rows()
    again = run(both, *OPTIONS, "--ids-of", "goals")
    assert again.code == 0
    assert "users  3 read  0 to write  3 there already" in again.output
    assert all_rows() == before


def test_an_account_keeps_its_placeholder_when_the_other_service_follows(both):
    assert run(both, *OPTIONS, "--system", "goals").code == 0
    assert placeholders() == PLACEHOLDERS_OF_GOALS

    assert run(both, *OPTIONS, "--ids-of", "quintet").code == 0
    assert placeholders() == PLACEHOLDERS_OF_GOALS | PLACEHOLDERS_OF_BUCKETLISTS


def test_a_placeholder_that_another_account_has_gets_a_number(both):
    for pk, source in enumerate(["both", "both-bucketlists"], start=100):
        email = f"user+{source}-3@imported.invalid"
        User.objects.create(pk=pk, email=email, name=source)

    assert run(both, *OPTIONS, "--ids-of", "quintet").code == 0
    assert {
        "user+both-goals-3@imported.invalid",
        "user+both-bucketlists-2-3@imported.invalid",
    } < placeholders()


def test_people_of_both_are_merged_also_in_two_steps(both):
    zone, merge = ("--zone", "UTC"), ("--merge-accounts", "--ids-of", "quintet")
    assert run(both, *zone, "--system", "goals", "--write").code == 0

    result = run(both, *zone, *merge, "--write")
    assert result.code == 0
    assert "users.email address-shared: 2, merge" in result.output
    merged = ImportedRow.objects.filter(table="users", is_new=False)
    assert set(merged.values_list("old_id", flat=True)) == {"1", "2"}
    bob = User.objects.get(email="bob@example.com")
    assert Bucketlist.objects.get().created_by == bob


def test_the_message_about_ids_names_what_works(both):
    for ids_of in ([], ["--ids-of", "bucketlists"]):
        refused = run(both, *OPTIONS, *ids_of)
        assert refused.code == 2
        assert (
            "Other rows have IDs of users. To give its rows new IDs, use --ids-of "
            "quintet. To keep its IDs, import bucketlists before the others: use "
            "--system bucketlists and a database without rows."
        ) in refused.output

    assert run(both, *OPTIONS, "--system", "bucketlists").code == 0
    assert Bucketlist.objects.get().created_by_id == 2
    assert run(both, *OPTIONS, "--ids-of", "quintet").code == 0
    assert User.objects.count() == 7


def test_numbers_of_users_are_not_those_of_another_service(tmp_path):
    """Invoices without customers, next to goals whose user 2 has a placeholder."""
    path = tmp_path / "shop.db"
    url = make_goals(path, ["ada", ""])
    execute(
        path,
        "UPDATE user SET email = '' WHERE id = 2;"
        "CREATE TABLE invoice (id INTEGER PRIMARY KEY, user_id INT, invoice_date TEXT);"
        "CREATE TABLE invoice_item (id INTEGER PRIMARY KEY, invoice_id INT,"
        "    part_code TEXT, units INT, unit_price REAL);"
        "INSERT INTO invoice VALUES (1, 2, '2020-01-01');",
    )
    assert run(url, *OPTIONS, "--system", "goals").code == 0

    result = run(url, *OPTIONS, "--ids-of", "quintet")
    assert result.code == 0
    assert placeholders() == {
        "user+shop-2@imported.invalid",
        "user+shop-invoices-2@imported.invalid",
    }
