from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from common.db.sequences import advance_sequence
from goals.models import Goal

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
ENDED = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.fixture
def voyage(ada) -> dict[str, Goal]:
    """Ada's tree: two goals at the top, one of them with three levels below.

    voyage                      due in 2031
        boat                    done
            rigging             due in 2026-03, open
            hull                done
        crew
    garden                      archived
        shed
    """
    rows: list[tuple[str, str, dict[str, Any]]] = [
        ("voyage", "", {"due": date(2031, 6, 30)}),
        ("boat", "voyage", {"end": ENDED}),
        ("rigging", "boat", {"due": date(2026, 3, 31), "description": "Twice."}),
        ("hull", "boat", {"end": ENDED}),
        ("crew", "voyage", {}),
        ("garden", "", {"archived": ENDED}),
        ("shed", "garden", {}),
    ]
    goals: dict[str, Goal] = {}
    for name, parent, columns in rows:
        goals[name] = Goal.objects.create(
            user=ada, name=name, parent=goals.get(parent), start=BEGUN, **columns
        )
    return goals


@pytest.fixture
def queries() -> Callable[[Callable[[], Any]], int]:
    """The number of queries that a call takes."""

    def count(call: Callable[[], Any]) -> int:
        with CaptureQueriesContext(connection) as found:
            call()
        return len(found)

    return count


def chain(user: User, length: int) -> list[Goal]:
    """Goals named 0, 1, 2 … each below the one before."""
    first = Goal.objects.create(user=user, name="0")
    below = Goal.objects.bulk_create(
        Goal(pk=first.pk + n, user=user, name=str(n), parent_id=first.pk + n - 1)
        for n in range(1, length)
    )
    advance_sequence(below[-1])
    return [first, *below]


def fan(user: User, width: int) -> Goal:
    """A goal with that many sub-goals, every fifth of them with one of its own."""
    top = Goal.objects.create(user=user, name="top")
    below = Goal.objects.bulk_create(
        Goal(user=user, name=f"below {n}", parent=top) for n in range(width)
    )
    Goal.objects.bulk_create(
        Goal(user=user, name=f"under {goal}", parent=goal) for goal in below[::5]
    )
    return top
