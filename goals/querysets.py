from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import AnonymousUser
from django.db import connections, models, router
from django.db.models import Count, F, Q
from django.db.models.expressions import OrderBy, RawSQL
from django.db.models.functions import Least
from django.utils import timezone

from accounts.models import User
from accounts.querysets import OwnedQuerySet, UserQuerySet
from goals.id_sets import IDs
from goals.trees import MAX_GOALS, NameRow, Node, check_goal_count, share

if TYPE_CHECKING:
    from goals.models import Goal

# Goals that are read at a time if only some trees are needed and none is larger.
CHUNK_SIZE = 5000
# UNION instead of UNION ALL ends even on a cycle.
SUBTREE = """
WITH RECURSIVE subtree(id) AS (
    SELECT id FROM goals_goal WHERE id = %s
    UNION
    SELECT goal.id FROM goals_goal goal JOIN subtree ON goal.parent_id = subtree.id
) SELECT id FROM subtree
"""
DELETE_DESCENDANTS = f"DELETE FROM goals_goal WHERE id <> %s AND id IN ({SUBTREE})"  # noqa: S608
VISIBLE_DESCENDANTS = """
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
# Reads one entry of the index for each user. For DISTINCT, and often for EXISTS,
# PostgreSQL reads all goals.
USERS_WITH_GOALS = """
WITH RECURSIVE owner(id) AS (
    SELECT MIN(user_id) FROM goals_goal
    UNION ALL
    SELECT (SELECT MIN(user_id) FROM goals_goal WHERE user_id > owner.id)
    FROM owner WHERE owner.id IS NOT NULL
) SELECT id FROM owner WHERE id IS NOT NULL
"""
# Sets a column of goals by a JSON object `{id: value}`.
RESTORE = """
UPDATE goals_goal SET "{column}" = old.value FROM ({values}) old
WHERE goals_goal.id = old.id
"""
VALUES = {
    "sqlite": "SELECT CAST(key AS INTEGER) AS id, value FROM json_each(%s)",
    "postgresql": "SELECT key::bigint AS id, value::timestamptz AS value "
    "FROM jsonb_each_text(%s::jsonb)",
}


class GoalQuerySet(OwnedQuerySet["Goal"]):
    is_open = True

    def for_api(self) -> Self:
        return self.select_related("user")

    def users_among(
        self, users: UserQuerySet, viewer: User | AnonymousUser
    ) -> UserQuerySet:
        """Return those of the users whom the goal service lists to the viewer.

        They have registered there, were imported from there, or have a goal. Viewers
        also see themselves. Users of the other services stay unknown.
        """
        has_goals = Q(pk__in=RawSQL(USERS_WITH_GOALS, []))  # noqa: S611
        return users.filter(Q(uses_goals=True) | Q(pk=viewer.pk) | has_goals)

    def complete(self, end: datetime | None = None) -> int:
        """Mark open goals as done, by default now, and return the number of those.

        A goal with a later start has started by then.
        """
        end = end or timezone.now()
        return self.filter(end=None).update(end=end, start=Least(F("start"), end))

    def reopen(self) -> int:
        """Mark done goals as open, and return the number of those."""
        return self.exclude(end=None).update(end=None)

    def archive(self, at: datetime | None = None) -> int:
        """Archive goals, and return the number of those that were not archived."""
        return self.filter(archived=None).update(archived=at or timezone.now())

    def unarchive(self) -> int:
        """Unarchive goals, and return the number of those that were archived."""
        return self.exclude(archived=None).update(archived=None)

    def subtree(self, pk: int) -> Self:
        """Return the goal and all goals below it."""
        return self.filter(pk__in=RawSQL(SUBTREE, [pk]))  # noqa: S611

    def with_ids(self, ids: Iterable[int]) -> Self:
        """Return the goals with these IDs, which may be many."""
        return self.filter(pk__in=IDs(ids))

    def delete_descendants(self, pk: int) -> None:
        """Delete all goals below a goal by one statement, which sends no signals."""
        with connections[router.db_for_write(self.model)].cursor() as cursor:
            cursor.execute(DELETE_DESCENDANTS, [pk, pk])

    def restore(self, column: str, values: Mapping[int, datetime]) -> None:
        """Set a column of goals to the value of their ID. Send no signals."""
        connection = connections[router.db_for_write(self.model)]
        to_text = connection.ops.adapt_datetimefield_value
        texts = {pk: str(to_text(value)) for pk, value in values.items()}
        with connection.cursor() as cursor:
            sql = RESTORE.format(column=column, values=VALUES[connection.vendor])
            cursor.execute(sql, [json.dumps(texts)])

    def line(self, pk: int) -> list[Goal]:
        """Return the goal and its ancestors from the top down, by one query."""
        rows = self.filter(pk__in=RawSQL(LINE, [pk]))  # noqa: S611
        goals: dict[int | None, Goal] = {goal.pk: goal for goal in rows}
        line: list[Goal] = []
        goal = goals.pop(pk, None)
        while goal is not None:
            line.append(goal)
            goal = goals.pop(goal.parent_id, None)
        return line[::-1]

    def progress(self, pk: int) -> float | None:
        """Return the share of done goals below a goal, archived ones left out."""
        below = self.filter(pk__in=RawSQL(VISIBLE_DESCENDANTS, [pk]))  # noqa: S611
        counts = below.aggregate(done=Count("end"), total=Count("pk"))
        return share(counts["done"], counts["total"])

    def in_tree_order(self, sort: str = "") -> Self:
        """Sort by user, then as siblings are sorted: by position, or first by `due`."""
        columns = ["due", "position"] if sort == "due" else ["position"]
        order = [OrderBy(F(name), nulls_last=True) for name in columns]
        return self.order_by("user_id", *order, "pk")

    def name_rows(self) -> list[NameRow]:
        """Return the columns that a tree of names needs.

        Raise Unprocessable beyond MAX_GOALS.
        """
        columns = ["pk", "parent_id", "user_id", "name", "archived"]
        rows = list(self.values_list(*columns)[: MAX_GOALS + 1])
        check_goal_count(len(rows), MAX_GOALS)
        return rows

    def nodes(self) -> list[Node]:
        """Return the nodes of a Forest. Raise Unprocessable beyond MAX_GOALS."""
        nodes = self.first_nodes(MAX_GOALS + 1)
        check_goal_count(len(nodes), MAX_GOALS)
        return nodes

    def node_chunks(self) -> Iterator[list[Node]]:
        """Yield the nodes in chunks, each with all goals of its users.

        The queryset has to be `in_tree_order()`.
        """
        last_user_id = count = 0
        while nodes := self.filter(user_id__gt=last_user_id).first_nodes(
            CHUNK_SIZE + 1
        ):
            has_more = len(nodes) > CHUNK_SIZE
            if has_more:
                nodes = self.without_partial_tree(nodes)
            count += len(nodes)
            check_goal_count(count, MAX_GOALS)
            last_user_id = nodes[-1].user_id
            yield nodes
            if not has_more:
                return

    def without_partial_tree(self, nodes: list[Node]) -> list[Node]:
        """Remove the last user's nodes. If there are no others, read all of them."""
        user_id = nodes[-1].user_id
        complete = [node for node in nodes if node.user_id != user_id]
        return complete or self.filter(user_id=user_id).nodes()

    def first_nodes(self, limit: int) -> list[Node]:
        return [Node(*row) for row in self.values_list(*Node._fields)[:limit]]
