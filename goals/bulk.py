"""Changes of many goals with the goals below them, and their undo.

    plan_change(Change.COMPLETE, [ship.pk]).counts    # Counts(changed=37, unchanged=4)
    applied = change_goals(change=Change.COMPLETE, ids=[ship.pk])
    undo_change(applied=applied)                      # 37

Archiving marks the selected goals only, which hides the goals below them. So a user who
unarchives one of them gets back what was below it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import models, transaction
from django.utils import timezone

from accounts import trace
from accounts.trace import Verb
from goals.models import Goal
from goals.querysets import GoalQuerySet
from goals.services import (
    archive_goals,
    complete_goals,
    lock_trees_of,
    reopen_goals,
    unarchive_goals,
)
from goals.trees import MAX_GOALS

# The IDs of changed goals by the value that they had.
OldValues = dict[datetime | None, list[int]]


class Change(models.TextChoices):
    COMPLETE = "complete"
    REOPEN = "reopen"
    ARCHIVE = "archive"
    UNARCHIVE = "unarchive"


class Counts(NamedTuple):
    """The selected goals and those below them, each counted once.

    `blocked` are those that stay archived with a goal above them.
    """

    changed: int
    unchanged: int
    blocked: int = 0


class Plan(NamedTuple):
    """The goals that a change would affect, and the rows that it would write."""

    counts: Counts
    targets: list[Row]


class Applied(NamedTuple):
    """The effect of a change, complete enough to undo it.

    The old values are the end, the time of archiving or, where a completed goal had a
    later start, that start.
    """

    change: Change
    at: datetime
    counts: Counts
    old_values: OldValues


class TooManyGoalsError(Exception):
    """The users of the goals have more goals than one change may read."""


class OutdatedCountsError(Exception):
    """The goals have changed since they were counted."""


class Row(NamedTuple):
    pk: int
    parent_id: int | None
    start: datetime
    end: datetime | None
    archived: datetime | None


class Place(NamedTuple):
    """The relation of a goal to the selected goals and to archived ones.

    It is `selected` with a goal at or above it, and `blocked` by an archived goal that
    is above and not selected.
    """

    selected: bool = False
    hidden: bool = False
    blocked: bool = False


def plan_change(change: Change, ids: Iterable[int]) -> Plan:
    """Return what the change would do to the goals and those below them, by a query."""
    chosen = set(ids)
    places = [each for each in walk(read_rows(chosen), chosen) if each[1].selected]
    if change == Change.COMPLETE:
        return plan_of([row for row, _ in places if row.end is None], len(places))
    if change == Change.REOPEN:
        return plan_of([row for row, _ in places if row.end is not None], len(places))
    visible = [row for row, place in places if not place.hidden]
    hidden = len(places) - len(visible)
    if change == Change.ARCHIVE:
        targets = [row for row in visible if row.pk in chosen]
        return Plan(Counts(len(visible), hidden), targets)
    free = [row for row, place in places if not place.blocked]
    blocked = len(places) - len(free)
    counts = Counts(hidden - blocked, len(visible), blocked)
    return Plan(counts, [row for row in free if row.archived is not None])


def plan_of(targets: list[Row], total: int) -> Plan:
    return Plan(Counts(len(targets), total - len(targets)), targets)


def read_rows(ids: Iterable[int]) -> list[Row]:
    """Return all goals of the users whose goals these are."""
    users = Goal.objects.with_ids(ids).order_by().values("user")
    goals = Goal.objects.filter(user__in=users).values_list(*Row._fields)
    rows = [Row(*row) for row in goals[: MAX_GOALS + 1]]
    if len(rows) > MAX_GOALS:
        raise TooManyGoalsError
    return rows


def walk(rows: Iterable[Row], chosen: set[int]) -> Iterator[tuple[Row, Place]]:
    """Yield each goal with its place, from the top down without recursion."""
    children: dict[int | None, list[Row]] = defaultdict(list)
    for row in rows:
        children[row.parent_id].append(row)
    stack = [(row, Place()) for row in children[None]]
    while stack:
        row, above = stack.pop()
        selected = above.selected or row.pk in chosen
        is_archived = row.archived is not None
        place = Place(
            selected,
            hidden=above.hidden or is_archived,
            blocked=above.blocked or (is_archived and not selected),
        )
        yield row, place
        stack += [(child, place) for child in children[row.pk]]


@transaction.atomic
def change_goals(
    *, change: Change, ids: Sequence[int], expected: Counts | None = None
) -> Applied:
    """Change the goals and those below them by a constant number of queries.

    Raise OutdatedCountsError if their numbers are no longer as `expected`.
    """
    lock_trees_of(Goal.objects.with_ids(ids))
    plan = plan_change(change, ids)
    if expected is not None and plan.counts != expected:
        raise OutdatedCountsError
    now = timezone.now()
    write(change, Goal.objects.with_ids(row.pk for row in plan.targets), now)
    return Applied(change, now, plan.counts, old_values(change, plan.targets, now))


def write(change: Change, goals: GoalQuerySet, now: datetime) -> None:
    if change == Change.COMPLETE:
        complete_goals(goals=goals, end=now)
    elif change == Change.REOPEN:
        reopen_goals(goals=goals)
    elif change == Change.ARCHIVE:
        archive_goals(goals=goals, at=now)
    else:
        unarchive_goals(goals=goals)


def old_values(change: Change, rows: Iterable[Row], now: datetime) -> OldValues:
    """Return the IDs of the goals by the value that the change overwrites."""
    values: OldValues = defaultdict(list)
    for row in rows:
        value = row.end if change == Change.REOPEN else row.archived
        if change == Change.COMPLETE:
            value = row.start if row.start > now else None
        values[value].append(row.pk)
    return dict(values)


@transaction.atomic
def undo_change(*, applied: Applied) -> int:
    """Restore the goals that still are as the change left them, and return how many."""
    change, old = applied.change, values_by_id(applied.old_values)
    ids = [pk for pks in applied.old_values.values() for pk in pks]
    goals = Goal.objects.with_ids(ids)
    lock_trees_of(goals)
    if change == Change.REOPEN:
        return restore(goals.filter(end=None), "end", old)
    if change == Change.UNARCHIVE:
        return restore(goals.filter(archived=None), "archived", old)
    if change == Change.ARCHIVE:
        return unarchive_goals(goals=goals.filter(archived=applied.at))
    completed = goals.filter(end=applied.at)
    starts = {
        pk: old[pk]
        for pk, start in completed.values_list("pk", "start")
        if start == applied.at and pk in old
    }
    # First, since no goal starts after its end.
    count = reopen_goals(goals=completed)
    Goal.objects.restore("start", starts)
    return count


def values_by_id(old: OldValues) -> dict[int, datetime]:
    return {pk: value for value, pks in old.items() if value for pk in pks}


def restore(goals: GoalQuerySet, name: str, old: Mapping[int, datetime]) -> int:
    """Give `end` or `archived` its old value, and record that.

    Leave out ends before the start. Return the number of goals.
    """
    locked = goals.only("pk", "name", "start").select_for_update(no_key=True)
    restored = [
        goal
        for goal in locked.order_by("pk")
        if name != "end" or goal.start <= old[goal.pk]
    ]
    verb = Verb.COMPLETE if name == "end" else Verb.ARCHIVE
    trace.record_all(verb, [(goal, {name: (None, old[goal.pk])}) for goal in restored])
    Goal.objects.restore(name, {goal.pk: old[goal.pk] for goal in restored})
    return len(restored)
