"""The parents of rows that form trees, once all rows of the table are planned."""

from __future__ import annotations

from typing import NamedTuple

from flask_import import kinds
from flask_import.kinds import Kind
from flask_import.plan import Plan, State
from flask_import.planning import Planner
from flask_import.tables import MatchedTable

CIRCLE = Kind("circle", "The row is above itself.")
BATCH_SIZE = 1000
# New rows with parents and what is planned of the parent, in the order of the table.
CHILDREN = """
SELECT child.number, child.old_id, child.parent,
    json_extract(child.new_values, :path), parent.pk, parent.state,
    json_extract(parent.new_values, :path)
FROM planned AS child LEFT JOIN planned AS parent
ON parent.old_table = child.old_table AND parent.old_id = child.parent
WHERE child.old_table = :old_table AND child.state = 'new'
AND child.parent IS NOT NULL AND child.number > :number
ORDER BY child.number LIMIT :limit
"""
# Rows that no root is above are in circles, or below one.
CIRCLES = """
WITH RECURSIVE reached (old_id) AS (
    SELECT child.old_id FROM planned AS child LEFT JOIN planned AS parent
    ON parent.old_table = child.old_table AND parent.old_id = child.parent
    WHERE child.old_table = :old_table AND parent.old_id IS NULL
    UNION ALL
    SELECT planned.old_id FROM planned JOIN reached ON planned.parent = reached.old_id
    WHERE planned.old_table = :old_table
)
SELECT old_id, parent FROM planned WHERE old_table = :old_table
AND old_id NOT IN (SELECT old_id FROM reached) ORDER BY number
"""


class Child(NamedTuple):
    number: int
    old_id: str
    old_parent: str
    owner: object
    parent: int | str | None
    parent_state: str | None
    parent_owner: object


def set_parents(
    planner: Planner, matched: MatchedTable, owner: str, other_owner: Kind
) -> None:
    """Set the column of the parent in all new rows.

    It stays empty for a parent that is missing or, by the column `owner`, of another
    user. A circle is cut above its first row.
    """
    cut_circles(planner, matched)
    number = 0
    while children := next_children(planner.plan, matched, owner, number):
        stored = stored_owners(matched, owner, children)
        for child in children:
            parent = allowed_parent(planner, matched, child, other_owner, stored)
            if parent is not None:
                changes: dict[str, object] = {matched.old.parent: parent}
                planner.plan.change(matched.name, child.old_id, changes)
        number = children[-1].number


def next_children(
    plan: Plan, matched: MatchedTable, owner: str, number: int
) -> list[Child]:
    rows = plan.connection.execute(
        CHILDREN,
        {
            "path": f"$.{owner}",
            "old_table": matched.name,
            "number": number,
            "limit": BATCH_SIZE,
        },
    )
    return [Child(*row) for row in rows]


def stored_owners(
    matched: MatchedTable, owner: str, children: list[Child]
) -> dict[str, object]:
    """Return the owners of the parents that an earlier run has written, by key."""
    keys = [each.parent for each in children if each.parent_state == State.KEPT]
    rows = matched.old.model._default_manager.filter(pk__in=keys)
    return {str(pk): value for pk, value in rows.values_list("pk", owner)}


def allowed_parent(
    planner: Planner,
    matched: MatchedTable,
    child: Child,
    other_owner: Kind,
    stored: dict[str, object],
) -> int | str | None:
    """Return the key of the parent, or None after noting why it isn't set."""
    column = matched.old.parent
    if child.parent is None:
        detail = f"{matched.old.role} {child.old_parent}"
        planner.decide(
            matched, child.old_id, column, kinds.NO_SUCH_ROW, ["clear"], detail
        )
        return None
    owner = stored.get(str(child.parent), child.parent_owner)
    if str(owner) != str(child.owner):
        planner.decide(matched, child.old_id, column, other_owner, ["clear"])
        return None
    return child.parent


def cut_circles(planner: Planner, matched: MatchedTable) -> None:
    plan = planner.plan
    rows = plan.connection.execute(CIRCLES, {"old_table": matched.name})
    parents: dict[str, str] = dict(rows)
    while circle := find_circle(parents):
        first = min(circle, key=lambda old_id: (len(old_id), old_id))
        planner.decide(matched, first, matched.old.parent, CIRCLE, ["clear"])
        plan.connection.execute(
            "UPDATE planned SET parent = NULL WHERE old_table = ? AND old_id = ?",
            (matched.name, first),
        )
        for old_id in circle:
            del parents[old_id]


def find_circle(parents: dict[str, str]) -> list[str]:
    """Return the rows of one circle. The rows below circles are forgotten."""
    while parents:
        # A dict keeps the order and finds a row at once in a long path.
        path: dict[str, None] = {}
        old_id = next(iter(parents))
        while old_id in parents and old_id not in path:
            path[old_id] = None
            old_id = parents[old_id]
        if old_id in path:
            line = list(path)
            return line[line.index(old_id) :]
        for each in path:
            del parents[each]
    return []
