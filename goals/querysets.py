from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Count, F
from django.db.models.expressions import OrderBy, RawSQL
from django.db.models.functions import Least
from django.utils import timezone

from goals.trees import MAX_GOALS, Name, Node, refuse_too_many, share

if TYPE_CHECKING:
    from goals.models import Goal

# Goals that are read at a time where only some trees are needed, if none is larger.
PORTION = 5000
# UNION rather than UNION ALL: it would end even on a circle.
SUBTREE = """
WITH RECURSIVE subtree(id) AS (
    SELECT id FROM goals_goal WHERE id = %s
    UNION
    SELECT goal.id FROM goals_goal goal JOIN subtree ON goal.parent_id = subtree.id
) SELECT id FROM subtree
"""
IN_VIEW_BELOW = """
WITH RECURSIVE below(id) AS (
    SELECT id FROM goals_goal WHERE parent_id = %s AND archived IS NULL
    UNION
    SELECT goal.id FROM goals_goal goal JOIN below ON goal.parent_id = below.id
    WHERE goal.archived IS NULL
) SELECT id FROM below
"""
LINE = """
WITH RECURSIVE line(id, parent_id) AS (
    SELECT id, parent_id FROM goals_goal WHERE id = %s
    UNION
    SELECT goal.id, goal.parent_id FROM goals_goal goal
    JOIN line ON goal.id = line.parent_id
) SELECT id FROM line
"""


class GoalQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """The user's own goals; all of them for staff and, in `open`, for anybody."""
        if not user.is_authenticated or user.is_staff:
            return self
        return self.filter(user=user)

    def complete(self) -> int:
        """Marks goals as done, keeping earlier times; the number of those changed.

        One that was to start later has started by now.
        """
        now = timezone.now()
        return self.filter(end=None).update(end=now, start=Least(F("start"), now))

    def reopen(self) -> int:
        """Marks goals as not done; the number of those changed."""
        return self.exclude(end=None).update(end=None)

    def archive(self) -> int:
        """Takes goals and what is below them from view; how many were not archived."""
        return self.filter(archived=None).update(archived=timezone.now())

    def unarchive(self) -> int:
        return self.exclude(archived=None).update(archived=None)

    def subtree(self, pk: int) -> Self:
        """The goal and all goals below it."""
        return self.filter(pk__in=RawSQL(SUBTREE, [pk]))  # noqa: S611

    def line(self, pk: int) -> list[Goal]:
        """The goal and those above it, from the top down, in one query."""
        rows: Any = self.filter(pk__in=RawSQL(LINE, [pk]))  # noqa: S611
        found: dict[int | None, Goal] = {goal.pk: goal for goal in rows}
        line: list[Goal] = []
        above = found.pop(pk, None)
        while above is not None:
            line.append(above)
            above = found.pop(above.parent_id, None)
        return line[::-1]

    def progress(self, pk: int) -> float | None:
        """The share of the goals below that are done, but for archived ones."""
        below = self.filter(pk__in=RawSQL(IN_VIEW_BELOW, [pk]))  # noqa: S611
        counts = below.aggregate(done=Count("end"), total=Count("pk"))
        return share(counts["done"], counts["total"])

    def in_tree_order(self, sort: str = "") -> Self:
        """User by user, siblings as they stand or, with `due`, the next due first."""
        columns = ["due", "position"] if sort == "due" else ["position"]
        order = [OrderBy(F(name), nulls_last=True) for name in columns]
        return self.order_by("user_id", *order, "pk")

    def names(self) -> list[Name]:
        """What a tree of nothing but names takes; Unprocessable beyond `MAX_GOALS`."""
        columns = ["pk", "parent_id", "user_id", "name", "archived"]
        found: list[Any] = list(self.values_list(*columns)[: MAX_GOALS + 1])
        refuse_too_many(len(found), MAX_GOALS)
        return found

    def names_of(self, users: Any) -> list[Any]:
        """The same of some users, and their names; one row of nulls without goals."""
        order = OrderBy(F("goals__position"), nulls_last=True)
        columns = ["goals__pk", "goals__parent_id", "pk", "goals__name"]
        rows = users.order_by("pk", order, "goals__pk")
        rows = rows.values_list(*columns, "goals__archived", "name")
        found = list(rows[: MAX_GOALS + 1])
        refuse_too_many(len(found), MAX_GOALS)
        return found

    def nodes(self) -> list[Node]:
        """What trees are put together from; Unprocessable beyond `MAX_GOALS`."""
        found = self.first_nodes(MAX_GOALS + 1)
        refuse_too_many(len(found), MAX_GOALS)
        return found

    def portions(self) -> Iterator[list[Node]]:
        """The same in the order of users, who each stand in one portion as a whole."""
        last = passed = 0
        while found := self.filter(user_id__gt=last).first_nodes(PORTION + 1):
            has_more = len(found) > PORTION
            if has_more:
                cut = found[-1].user_id
                whole = [node for node in found if node.user_id != cut]
                found = whole or self.filter(user_id=cut).nodes()
            passed += len(found)
            refuse_too_many(passed, MAX_GOALS)
            last = found[-1].user_id
            yield found
            if not has_more:
                return

    def first_nodes(self, most: int) -> list[Node]:
        return [Node(*row) for row in self.values_list(*Node._fields)[:most]]
