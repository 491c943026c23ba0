from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.exceptions import APIException, NotFound

from accounts.models import User
from common.db.locks import lock_row
from common.http.errors import Conflict
from goals.models import Goal
from goals.trees import told

Key = tuple[int, str]


class RowsRefused(APIException):
    """What is wrong with single rows of a list, by their number; none is taken.

    The status is that of the rows where they agree in it.
    """

    status_code = 400
    default_detail = "Some rows are refused."
    default_code = "rows_refused"

    def __init__(self, refused: Mapping[int, APIException]) -> None:
        super().__init__()
        self.parts = tuple(refused.values())
        self.extra = {"rows": [str(number) for number in refused]}
        statuses = {exc.status_code for exc in self.parts}
        if len(statuses) == 1:
            self.status_code = statuses.pop()


def add_goal(*, user: User, name: str, parent_name: str = "", **columns: Any) -> Goal:
    """A new goal, under the user's goal `parent_name` if one is given.

    Raises NotFound for an unknown parent and Conflict for a name in use.
    """
    try:
        with transaction.atomic():
            lock_trees(user.pk)
            parent = find_parent(user, parent_name) if parent_name else None
            return Goal.objects.create(user=user, parent=parent, name=name, **columns)
    except IntegrityError:
        raise name_taken(user, name) from None


def find_parent(user: User, name: str) -> Goal:
    parent = Goal.objects.filter(user=user, name=name).first()
    if parent is None:
        raise unknown(user, name)
    return parent


@transaction.atomic
def add_goals(*, rows: Sequence[dict[str, Any]]) -> list[Goal]:
    """All of the goals or none; `rows` hold what `add_goal` takes.

    A parent may stand in an earlier row. Raises RowsRefused.
    """
    lock_trees(*{row["user"].pk for row in rows})
    known = known_goals(rows)
    added: dict[Key, Goal] = {}
    refused: dict[int, APIException] = {}
    for number, row in enumerate(rows):
        try:
            goal = new_goal(known, added, **row)
        except APIException as exc:
            refused[number] = exc
        else:
            added[goal.user_id, goal.name] = goal
    if refused:
        raise RowsRefused(refused)
    return insert(list(added.values()))


def known_goals(rows: Sequence[dict[str, Any]]) -> dict[Key, Goal]:
    """The stored goals that the rows name, by user and name."""
    names = {row["name"] for row in rows} | {row.get("parent_name") for row in rows}
    users = {row["user"].pk for row in rows}
    goals = Goal.objects.filter(user__in=users, name__in=names - {None, ""})
    return {(goal.user_id, goal.name): goal for goal in goals.only("user", "name")}


def new_goal(
    known: Mapping[Key, Goal],
    added: Mapping[Key, Goal],
    *,
    user: User,
    name: str,
    parent_name: str = "",
    **columns: Any,
) -> Goal:
    if (user.pk, name) in known or (user.pk, name) in added:
        raise name_taken(user, name)
    parent = None
    if parent_name:
        key = user.pk, parent_name
        parent = known.get(key) or added.get(key)
        if parent is None:
            raise unknown(user, parent_name)
    return Goal(user=user, name=name, parent=parent, **columns)


def insert(goals: list[Goal]) -> list[Goal]:
    """Stores goals whose parents may be among them: these have no ids before."""
    inner = [
        (goal, goal.parent) for goal in goals if goal.parent and not goal.parent.pk
    ]
    for goal, _ in inner:
        goal.parent = None
    Goal.objects.bulk_create(goals)
    for goal, parent in inner:
        goal.parent = parent
    Goal.objects.bulk_update([goal for goal, _ in inner], ["parent"])
    return goals


def change_goal(*, goal: Goal, **columns: Any) -> None:
    """Writes these columns and no others; `parent` is an id, or None for the top.

    Raises NotFound for a parent that the user has not, and Conflict for a name in
    use and for a parent at or below the goal.
    """
    try:
        with transaction.atomic():
            lock_trees(goal.user_id)
            if columns.get("parent") is not None:
                refuse_parent(goal, columns["parent"])
            row = lock_row(goal)
            if "parent" in columns:
                columns["parent_id"] = columns.pop("parent")
            for name, value in columns.items():
                setattr(row, name, value)
            row.save()
    except IntegrityError:
        if "name" not in columns:
            raise
        raise name_taken(goal.user, columns["name"]) from None


def refuse_parent(goal: Goal, parent_id: int) -> None:
    """Raises where the goal must not move there. The tree is locked."""
    line = Goal.objects.filter(user=goal.user_id).line(parent_id)
    if not line:
        raise unknown(goal.user, parent_id)
    ids = [above.pk for above in line]
    if goal.pk in ids:
        names = [above.name for above in line[ids.index(goal.pk) :]]
        raise Conflict(
            f"{goal} cannot move below itself: {told([*names, goal.name])}.",
            code="circle",
        )


@transaction.atomic
def complete_goal(*, goal: Goal, subtree: bool = False) -> None:
    """Marks the goal as done, and with `subtree` all goals below it."""
    if subtree:
        lock_trees(goal.user_id)
    row = lock_row(goal)
    if not row.is_done:
        row.end = timezone.now()
        # One that was to start later has started by now.
        row.start = min(row.start, row.end)
    row.save()
    if subtree:
        Goal.objects.subtree(goal.pk).complete()


@transaction.atomic
def reopen_goal(*, goal: Goal) -> None:
    row = lock_row(goal)
    row.end = None
    row.save()


@transaction.atomic
def archive_goal(*, goal: Goal) -> None:
    """Takes the goal out of view, and with it all goals below it."""
    row = lock_row(goal)
    row.archived = row.archived or timezone.now()
    row.save()


@transaction.atomic
def unarchive_goal(*, goal: Goal) -> None:
    """Brings the goal back. Raises Conflict if a goal above it is archived."""
    lock_trees(goal.user_id)
    for above in Goal.objects.line(goal.pk)[:-1]:
        if above.archived:
            raise Conflict(
                f"{goal} is archived along with {above}. Unarchive that one first.",
                code="archived_along",
            )
    row = lock_row(goal)
    row.archived = None
    row.save()


@transaction.atomic
def delete_goal(goal: Goal, *, cascade: bool = False) -> None:
    """Deletes the goal, and with `cascade` all goals below it.

    Raises Conflict where sub-goals stand and `cascade` was not asked for.
    """
    lock_trees(goal.user_id)
    row = lock_row(goal)
    if cascade:
        Goal.objects.delete_below(row.pk)
    elif row.sub_goals.exists():
        raise Conflict(
            f"{goal} has sub-goals. Add ?cascade=true to delete them along.",
            code="has_sub_goals",
        )
    row.delete()


def lock_trees(*user_ids: int) -> None:
    """Lets one transaction at a time reshape these users' trees; ends with it."""
    users = User.objects.select_for_update(no_key=True).filter(pk__in=user_ids)
    list(users.order_by("pk").values_list("pk"))


def unknown(user: User, goal: object) -> NotFound:
    return NotFound(f"{user} has no goal named {goal}.")


def name_taken(user: User, name: str) -> Conflict:
    return Conflict(f"{user} already has a goal named {name}.")
