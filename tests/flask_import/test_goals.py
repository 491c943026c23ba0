"""The databases of the goal service, of 2015 and of 2017."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from goals.models import Goal

pytestmark = pytest.mark.django_db


def test_users_and_goals_keep_their_ids(take):
    result = take("over-achiever-passwords")

    assert result.code == 3
    assert "user  13 read  13 to write" in result.output
    assert "goal  92 read  90 to write  2 left out" in result.output
    assert Goal.objects.get(pk=3).parent_id == 2
    assert Goal.objects.get(pk=1).user == User.objects.get(pk=1)
    assert set(User.objects.values_list("uses_goals", flat=True)) == {True}


def berlin(*parts):
    return datetime(*parts, tzinfo=ZoneInfo("Europe/Berlin"))


# What becomes of goals that Quintet can't store as they were.
STRANGE_GOALS = {
    9001: {"parent_id": None},  # a circle of two is cut above the first,
    9002: {"parent_id": 9001},  # and the other one stays below it
    9003: {"parent_id": None},  # its own parent
    9005: {"parent_id": None},  # the parent is missing
    18: {"parent_id": None},  # the parent is another user's
    17: {"name": "(goal 17)"},
    9006: {"name": "(goal 9006)"},
    9007: {"name": "(goal 9007)"},
    9008: {"start": berlin(2020, 1, 1), "end": berlin(2020, 1, 1)},
    9009: {"start": berlin(1969, 7, 20, 20, 17, 40)},
    9010: {"start": berlin(9999, 12, 31, 23, 59, 59, 999_999)},
    9011: {"start": datetime(2021, 3, 28, 1, 30, tzinfo=UTC)},  # the clock skipped it
    9012: {"start": datetime(2021, 10, 31, 0, 15, tzinfo=UTC)},  # ended before it
    9013: {"name": "nulinside"},
    9014: {"start": berlin(2020, 1, 1)},
}


def test_strange_goals_are_taken_as_far_as_possible(take):
    take("over-achiever-passwords")

    goals = Goal.objects.in_bulk(STRANGE_GOALS)
    assert {
        pk: {name: getattr(goals[pk], name) for name in values}
        for pk, values in STRANGE_GOALS.items()
    } == STRANGE_GOALS
