from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.exceptions import APIException, NotFound

from accounts import trace
from accounts.models import User
from accounts.trace import Verb
from common.db.locks import lock_row
from common.http.errors import Conflict
from goals.models import Goal
from goals.querysets import GoalQuerySet
from goals.trees import format_path

# Goals in one list of new goals.
MAX_ROWS = 1000
# The user and the name of a goal.
Key = tuple[int, str]


class InvalidRows(APIException):
    """Errors of single rows in a list, by row number; no row is stored.

    The status is that of the rows if it is the same for all of them, otherwise 400.
    """

    status_code = 400
    default_detail = "Some rows are invalid."
    default_code = "rows_refused"

    def __init__(self, errors: Mapping[int, APIException]) -> None:
        super().__init__()
        self.parts = tuple(errors.values())
        self.extra = {"rows": [str(number) for number in errors]}
        statuses = {error.status_code for error in self.parts}
        if len(statuses) == 1:
            self.status_code = statuses.pop()


def add_goal(*, user: User, name: str, parent_name: str = "", **columns: Any) -> Goal:
    """Create a goal, below the user's goal `parent_name` if that is given.

    Raise NotFound for an unknown parent and Conflict for a name in use.
    """
    try:
        with transaction.atomic():
            lock_trees(user.pk)
            parent = get_parent(user, parent_name) if parent_name else None
            return Goal.objects.create(user=user, parent=parent, name=name, **columns)
    except IntegrityError:
        raise name_taken_error(user, name) from None


def get_parent(user: User, name: str) -> Goal:
    parent = Goal.objects.filter(user=user, name=name).first()
    if parent is None:
        raise goal_not_found_error(user, name)
    return parent


@transaction.atomic
def add_goals(*, rows: Sequence[dict[str, Any]]) -> list[Goal]:
    """Create all of the goals or none; `rows` have the arguments of `add_goal`.

    A parent can be an earlier row. Raise InvalidRows.
    """
    lock_trees(*{row["user"].pk for row in rows})
    stored = stored_goals(rows)
    added: dict[Key, Goal] = {}
    errors: dict[int, APIException] = {}
    for number, row in enumerate(rows):
        try:
            goal = new_goal(stored, added, **row)
        except APIException as exc:
            errors[number] = exc
        else:
            added[goal.user_id, goal.name] = goal
    if errors:
        raise InvalidRows(errors)
    return insert(list(added.values()))


def stored_goals(rows: Sequence[dict[str, Any]]) -> dict[Key, Goal]:
    """Return the stored goals that the rows name."""
    names = {row["name"] for row in rows} | {row.get("parent_name") for row in rows}
    users = {row["user"].pk for row in rows}
    goals = Goal.objects.filter(user__in=users, name__in=names - {None, ""})
    return {(goal.user_id, goal.name): goal for goal in goals.only("user", "name")}


def new_goal(
    stored: Mapping[Key, Goal],
    added: Mapping[Key, Goal],
    *,
    user: User,
    name: str,
    parent_name: str = "",
    **columns: Any,
) -> Goal:
    if (user.pk, name) in stored or (user.pk, name) in added:
        raise name_taken_error(user, name)
    parent = None
    if parent_name:
        key = user.pk, parent_name
        parent = stored.get(key) or added.get(key)
        if parent is None:
            raise goal_not_found_error(user, parent_name)
    return Goal(user=user, name=name, parent=parent, **columns)


def insert(goals: list[Goal]) -> list[Goal]:
    """Store goals. A parent that is among them has an ID only after the first query."""
    with_new_parent = [
        (goal, goal.parent) for goal in goals if goal.parent and not goal.parent.pk
    ]
    for goal, _ in with_new_parent:
        goal.parent = None
    Goal.objects.bulk_create(goals)
    for goal, parent in with_new_parent:
        goal.parent = parent
    Goal.objects.bulk_update([goal for goal, _ in with_new_parent], ["parent"])
    return goals


def change_goal(*, goal: Goal, **columns: Any) -> None:
    """Write these columns and no others. `parent` is an ID, or None for the top.

    Raise NotFound for an unknown parent, Conflict for a name in use or a cycle.
    """
    try:
        with transaction.atomic():
            lock_trees(goal.user_id)
            if columns.get("parent") is not None:
                check_parent(goal, columns["parent"])
            row = lock_row(goal)
            if "parent" in columns:
                columns["parent_id"] = columns.pop("parent")
            for name, value in columns.items():
                setattr(row, name, value)
            row.save()
    except IntegrityError:
        if "name" not in columns:
            raise
        raise name_taken_error(goal.user, columns["name"]) from None


def check_parent(goal: Goal, parent_id: int) -> None:
    """Raise if the goal cannot move below that parent. The tree must be locked."""
    line = Goal.objects.filter(user=goal.user_id).line(parent_id)
    if not line:
        raise NotFound(f"{goal.user} has no goal with the ID {parent_id}.")
    ids = [ancestor.pk for ancestor in line]
    if goal.pk in ids:
        names = [ancestor.name for ancestor in line[ids.index(goal.pk) :]]
        raise Conflict(
            f"{goal} cannot move below itself: {format_path([*names, goal.name])}.",
            code="cycle",
        )


@transaction.atomic
def complete_goal(
    *, goal: Goal, subtree: bool = False, end: datetime | None = None
) -> None:
    """Mark the goal as done, and with `subtree` the open goals below it.

    Without an `end`, a goal that is done keeps its own.
    """
    if subtree:
        lock_trees(goal.user_id)
    row = lock_row(goal)
    before = row.end
    if end or not row.is_done:
        row.end = end or timezone.now()
        # A goal with a later start has started by then.
        row.start = min(row.start, row.end)
    row.save()
    record_change(row, "end", before)
    if subtree:
        complete_goals(goals=Goal.objects.subtree(goal.pk), end=end)


@transaction.atomic
def reopen_goal(*, goal: Goal) -> None:
    row = lock_row(goal)
    before, row.end = row.end, None
    row.save()
    record_change(row, "end", before)


@transaction.atomic
def archive_goal(*, goal: Goal) -> None:
    """Archive the goal, which hides the goals below it as well."""
    row = lock_row(goal)
    before, row.archived = row.archived, row.archived or timezone.now()
    row.save()
    record_change(row, "archived", before)


@transaction.atomic
def unarchive_goal(*, goal: Goal) -> None:
    """Unarchive the goal. Raise Conflict if a goal above it is archived."""
    lock_trees(goal.user_id)
    for ancestor in Goal.objects.line(goal.pk)[:-1]:
        if ancestor.archived:
            raise Conflict(
                f"{goal} is archived with {ancestor}. Unarchive {ancestor} first.",
                code="archived_along",
            )
    row = lock_row(goal)
    before, row.archived = row.archived, None
    row.save()
    record_change(row, "archived", before)


@transaction.atomic
def complete_goals(*, goals: GoalQuerySet, end: datetime | None = None) -> int:
    """Mark the open ones of the goals as done. Return the number of those."""
    end, rows = end or timezone.now(), without_joins(goals)
    record_changes(rows, "end", end)
    return rows.complete(end)


@transaction.atomic
def reopen_goals(*, goals: GoalQuerySet) -> int:
    """Mark the done ones of the goals as open. Return the number of those."""
    rows = without_joins(goals)
    record_changes(rows, "end", None)
    return rows.reopen()


@transaction.atomic
def archive_goals(*, goals: GoalQuerySet, at: datetime | None = None) -> int:
    """Archive those of the goals that are not archived. Return their number."""
    at, rows = at or timezone.now(), without_joins(goals)
    record_changes(rows, "archived", at)
    return rows.archive(at)


@transaction.atomic
def unarchive_goals(*, goals: GoalQuerySet) -> int:
    """Unarchive the archived ones of the goals. Return the number of those."""
    rows = without_joins(goals)
    record_changes(rows, "archived", None)
    return rows.unarchive()


def without_joins(goals: GoalQuerySet) -> GoalQuerySet:
    """Return the same goals by their keys, so that they can be locked and updated."""
    return Goal.objects.filter(pk__in=goals.order_by().values("pk"))


# By column: the action that sets it, and the one that clears it.
VERBS = {
    "end": (Verb.COMPLETE, Verb.REOPEN),
    "archived": (Verb.ARCHIVE, Verb.UNARCHIVE),
}


def verb_of(name: str, after: datetime | None) -> Verb:
    set_verb, clear_verb = VERBS[name]
    return set_verb if after else clear_verb


def record_change(goal: Goal, name: str, before: datetime | None) -> None:
    """Record that `end` or `archived` has changed, if it has."""
    after = getattr(goal, name)
    if after != before:
        trace.record(verb_of(name, after), goal, {name: (before, after)})


def record_changes(goals: GoalQuerySet, name: str, after: datetime | None) -> None:
    """Lock the goals, and record those whose column will be set or cleared."""
    locked = goals.only("pk", "name", name).select_for_update(no_key=True)
    rows = [(goal, getattr(goal, name)) for goal in locked.order_by("pk")]
    trace.record_all(
        verb_of(name, after),
        [
            (goal, {name: (before, after)})
            for goal, before in rows
            if (before is None) is (after is not None)
        ],
    )


@transaction.atomic
def delete_goal(goal: Goal, *, cascade: bool = False) -> None:
    """Delete the goal, and with `cascade` all goals below it.

    Raise Conflict for a goal with sub-goals without `cascade`.
    """
    lock_trees(goal.user_id)
    row = lock_row(goal)
    if cascade:
        Goal.objects.delete_descendants(row.pk)
    elif row.sub_goals.exists():
        raise Conflict(
            f"{goal} has sub-goals. Add ?cascade=true to delete them as well.",
            code="has_sub_goals",
        )
    row.delete()


def lock_trees_of(goals: QuerySet[Goal]) -> None:
    """Lock the trees that the goals are in."""
    lock_trees(*goals.order_by().values_list("user", flat=True).distinct())


def lock_trees(*user_ids: int) -> None:
    """Lock the trees of these users until the transaction ends."""
    users = User.objects.select_for_update(no_key=True).filter(pk__in=user_ids)
    list(users.order_by("pk").values_list("pk"))


def goal_not_found_error(user: User, name: str) -> NotFound:
    return NotFound(f"{user} has no goal named {name}.")


def name_taken_error(user: User, name: str) -> Conflict:
    return Conflict(f"{user} already has a goal named {name}.", code="name_taken")
