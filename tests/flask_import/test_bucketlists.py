"""The databases of the bucket list service, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from bucketlists.models import Bucketlist
from flask_import.models import ImportedRow

pytestmark = pytest.mark.django_db

OLD = datetime(2017, 4, 30, 18, 37, 12, tzinfo=UTC)
MADE = datetime(2026, 11, 29, 11, 25, 17, tzinfo=UTC)
LAST_SECOND = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
# What becomes of lists that Quintet can't store as they were, or hardly. SQLite's
# clock is in UTC.
STRANGE_LISTS = {
    1: {"name": "Zoë Müller-Lüdenscheidt", "date_created": MADE, "created_by_id": 1},
    2: {"name": "(no name)", "date_modified": MADE + timedelta(seconds=2)},
    8: {"name": "e\u0301 combining vs é"},
    11: {"name": "  blanks at both ends  "},
    503: {"name": "(no name)", "date_created": OLD, "date_modified": OLD},
    505: {  # modified before it was created
        "date_created": datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
        "date_modified": datetime(1950, 1, 1, tzinfo=UTC),
    },
    506: {"date_created": LAST_SECOND, "date_modified": LAST_SECOND},
    508: {"name": "nulname", "date_created": OLD + timedelta(microseconds=123_456)},
}


def stored(expected: dict[int, dict[str, object]]) -> dict[int, dict[str, object]]:
    lists = Bucketlist.objects.in_bulk(expected)
    return {
        pk: {name: getattr(lists[pk], name) for name in values}
        for pk, values in expected.items()
    }


def test_lists_are_taken_as_far_as_possible(take):
    before = timezone.now()

    result = take("bucketlists")

    assert result.code == 3
    assert "users  12 read  12 to write" in result.output
    assert "bucketlists  31 read  27 to write  4 left out" in result.output
    assert "23: 400 of 255 characters" in result.output
    assert "507: 20005 of 255 characters" in result.output
    assert "501: no user" in result.output
    assert "502: user 4711" in result.output
    assert stored(STRANGE_LISTS) == STRANGE_LISTS
    undated = Bucketlist.objects.get(pk=504)
    assert before <= undated.date_created == undated.date_modified <= timezone.now()
    # People have no names there, and their addresses aren't made into some.
    assert User.objects.get(email="bob@example.com").name == "user-3"
    assert not User.objects.filter(uses_goals=True).exists()


def test_lists_without_an_owner_go_to_the_one_who_is_named(take):
    result = take("bucketlists", "--truncate", "--orphans-to", "Bob@example.com")

    assert result.code == 0
    bob = User.objects.get(email="bob@example.com")
    assert set(bob.bucketlists.values_list("pk", flat=True)) == {501, 502}
    assert Bucketlist.objects.get(pk=507).name.startswith("long xxx")
    assert ImportedRow.objects.filter(table="bucketlists").count() == 31


def test_nothing_is_written_for_an_heir_without_an_account(take):
    result = take("bucketlists", "--orphans-to", "nobody@example.com")

    assert result.code == 2
    assert "--orphans-to: no account has this email address" in result.output
    assert not User.objects.exists()


def test_the_clock_of_postgresql_is_in_the_zone_of_the_session(take_dump):
    result = take_dump("bucketlists-postgres")

    assert result.code == 3
    assert "bucketlists  27 read  26 to write  1 left out" in result.output
    # It was 12:30 in Berlin.
    expected = {
        1: {"date_created": datetime(2026, 11, 29, 11, 30, 30, 438_647, tzinfo=UTC)},
        10: {"name": "tab\there\nnewline"},
        503: {"date_modified": OLD - timedelta(hours=2)},
        506: {"date_created": LAST_SECOND - timedelta(hours=1)},
    }
    assert stored(expected) == expected
    # The sequence of the dump was behind its rows; Quintet's is not.
    owner = User.objects.get(email="bob@example.com")
    assert Bucketlist.objects.create(created_by=owner, name="new").pk > 506
