"""The goal service of 2015 (with passwords) and of 2017 (with GitHub accounts)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.models import User
from flask_import.accounts import convert_account, look_up_accounts
from flask_import.kinds import SKIP, Kind
from flask_import.tables import MatchedTable, OldTable, System, Values, columns
from flask_import.trees import set_parents
from goals.models import Goal

if TYPE_CHECKING:
    from flask_import.old_rows import OldRow
    from flask_import.planning import Planner

ENDS_BEFORE_START = Kind("ends-before-start", "The goal ends before it starts.")
NAME_TAKEN = Kind("name-taken", "The user has another goal with the name.")
PARENT_OF_ANOTHER = Kind("parent-of-another", "The parent belongs to another user.")


def convert_user(row: OldRow) -> Values:
    return convert_account(row) | {"uses_goals": True}


def convert_goal(row: OldRow) -> Values:
    user = row.required_reference("user_id", "user")
    start, end = times(row)
    return {
        "user_id": user,
        # Set once all goals are planned.
        "parent_id": None,
        "name": goal_name(row, user),
        "description": row.text("description", Goal.MAX_DESCRIPTION_LENGTH),
        "start": start,
        "end": end,
    }


def goal_name(row: OldRow, user: int | str) -> str:
    name = row.text("name", Goal.MAX_NAME_LENGTH, if_empty=f"(goal {row.old_id})")
    if row.planner.plan.claim("goal name", [str(user), name]) is not None:
        row.decide("name", NAME_TAKEN, [SKIP])
    return name


def times(row: OldRow) -> tuple[datetime, datetime | None]:
    """Return start and end. A goal that ends before its start starts at its end."""
    start, end = row.time("start"), row.time("end")
    if start is None:
        start = row.time_instead("start", end or timezone.now())
    if end is not None and end < start:
        row.decide("start", ENDS_BEFORE_START, ["end", SKIP])
        start = end
    return start, end


def set_goal_parents(planner: Planner, matched: MatchedTable) -> None:
    set_parents(planner, matched, "user_id", PARENT_OF_ANOTHER)


GOALS = System(
    "goals",
    "Goal service",
    (
        OldTable(
            "user",
            User,
            convert_user,
            columns("id", "name", "email"),
            optional=columns("password"),
            without=frozenset({"username", "is_account_current", "create_at"}),
            secret=frozenset({"password"}),
            look_up=look_up_accounts,
        ),
        OldTable(
            "goal",
            Goal,
            convert_goal,
            columns(
                "id", "user_id", "parent_id", "name", "description", "start", "end"
            ),
            parent="parent_id",
            finish=set_goal_parents,
        ),
    ),
)
