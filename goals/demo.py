"""Ada's goals, in five levels, and Bob's. Some are done, some overdue."""

from __future__ import annotations

from datetime import date, datetime

from accounts.demo import account
from accounts.models import User
from common.db.demo import find_or_add, utc
from goals.models import Goal

# Name, parent, description, start, end. A parent comes before its sub-goals.
GOALS = {
    "ada": [
        (
            "Sail around the world",
            "",
            "Once, westward, and home again in time for dinner.",
            "2026-01-10 08:00",
            "",
        ),
        ("Get a boat", "Sail around the world", "", "2026-01-10 08:05", ""),
        (
            "Choose a boat",
            "Get a boat",
            "Steel, ten metres, no more than three owners before me.",
            "2026-01-11 10:00",
            "2026-02-20 16:30",
        ),
        ("Refit the boat", "Get a boat", "", "2026-02-21 09:00", ""),
        (
            "Renew the rigging",
            "Refit the boat",
            "Everything that is older than the last owner.",
            "2026-03-02 09:00",
            "",
        ),
        (
            "Measure the shrouds",
            "Renew the rigging",
            "Twice.",
            "2026-03-03 11:00",
            "2026-03-03 15:45",
        ),
        (
            "Splice the new shrouds",
            "Renew the rigging",
            "",
            "2026-04-07 09:30",
            "",
        ),
        (
            "Paint the hull",
            "Refit the boat",
            "Red below the water, white above it.",
            "2026-05-04 07:30",
            "2026-05-16 19:00",
        ),
        (
            "Learn celestial navigation",
            "Sail around the world",
            "The sextant goes on working when the batteries do not.",
            "2026-01-18 20:00",
            "",
        ),
        (
            "Take a noon sight",
            "Learn celestial navigation",
            "",
            "2026-06-01 11:30",
            "2026-06-21 12:10",
        ),
        (
            "Gather a crew of four",
            "Sail around the world",
            "One of them can cook.",
            "2026-06-30 18:00",
            "",
        ),
        (
            "تعلم العربية",
            "",
            "Learn Arabic, for the way back through the Red Sea.",
            "2026-02-01 19:00",
            "",
        ),
        (
            "Learn the alphabet",
            "تعلم العربية",
            "",
            "2026-02-01 19:05",
            "2026-03-15 21:00",
        ),
        ("Read a whole page aloud", "تعلم العربية", "", "2026-03-16 19:00", ""),
    ],
    "bob": [
        ("Run a marathon 🏃", "", "Below five hours.", "2026-01-02 07:00", ""),
        (
            "Run ten kilometres",
            "Run a marathon 🏃",
            "",
            "2026-01-02 07:10",
            "2026-04-12 08:55",
        ),
        (
            "Run a half marathon",
            "Run a marathon 🏃",
            "",
            "2026-04-13 07:00",
            "",
        ),
        (
            "Bake bread without a recipe",
            "",
            "Rye and wheat, three days in a row.",
            "2026-03-08 10:00",
            "2026-07-26 12:20",
        ),
        ("Read all of Shakespeare's plays", "", "", "2026-05-01 21:00", ""),
    ],
}


DUE = {
    "Sail around the world": "2031-06-30",
    "Get a boat": "2026-12-31",
    "Refit the boat": "2026-09-30",
    "Paint the hull": "2026-05-31",
    "Run a half marathon": "2026-10-04",
}
POSITIONS = {"Splice the new shrouds": 1, "Measure the shrouds": 2}
ARCHIVED = {"Read all of Shakespeare's plays": "2026-08-02 22:15"}


def load() -> int:
    """Add the missing goals, and return their number."""
    rows = [(name, *goal) for name, goals in GOALS.items() for goal in goals]
    return sum(
        add_goal(number, account(owner), *goal)
        for number, (owner, *goal) in enumerate(rows, 1)
    )


def add_goal(
    number: int,
    user: User,
    name: str,
    parent: str,
    description: str,
    start: str,
    end: str,
) -> bool:
    _, is_new = find_or_add(
        Goal,
        number=number,
        user=user,
        name=name,
        defaults={
            "parent": Goal.objects.get(user=user, name=parent) if parent else None,
            "description": description,
            "start": utc(start),
            "end": utc_or_none(end),
            "due": date.fromisoformat(DUE[name]) if name in DUE else None,
            "position": POSITIONS.get(name),
            "archived": utc_or_none(ARCHIVED.get(name, "")),
        },
    )
    return is_new


def utc_or_none(text: str) -> datetime | None:
    return utc(text) if text else None
