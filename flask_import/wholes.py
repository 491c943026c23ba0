"""Rows that are taken whole or not at all, such as an invoice with its items."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from flask_import.kinds import SKIP, Kind
from flask_import.old_rows import OldRow
from flask_import.planning import Planner, public_values
from flask_import.tables import MatchedTable

PART = Kind("part", "The row belongs to another one that is left out.")
# New rows that have a part which is left out, with the first of these.
INCOMPLETE = """
SELECT planned.old_id, left_out.old_id, MIN(left_out.rowid)
FROM left_out JOIN planned ON planned.old_table = :whole
AND planned.old_id = CAST(json_extract(left_out.old_values, :path) AS TEXT)
WHERE left_out.old_table = :parts AND planned.state = 'new'
GROUP BY planned.old_id ORDER BY planned.number
"""


class Damage(NamedTuple):
    """The old ID of a row that can't be imported, and its detail in the report."""

    old_id: str
    detail: str


def leave_out_incomplete(
    planner: Planner, parts: MatchedTable, whole: MatchedTable, incomplete: Kind
) -> None:
    """Leave out each row of `whole` that lacks a part, with all its parts."""
    parameters = {
        "whole": whole.name,
        "parts": parts.name,
        "path": f"$.{parts.old.parent}",
    }
    rows = planner.plan.connection.execute(INCOMPLETE, parameters)
    damages = [Damage(old_id, f"{parts.name} {part}") for old_id, part, _ in rows]
    leave_out_whole(planner, parts, whole, incomplete, damages)


def leave_out_whole(
    planner: Planner,
    parts: MatchedTable,
    whole: MatchedTable,
    kind: Kind,
    damages: Iterable[Damage],
) -> None:
    """Leave out these rows of `whole` with all their parts."""
    old_ids = set()
    for damage in damages:
        old_ids.add(damage.old_id)
        planner.decide(whole, damage.old_id, "id", kind, [SKIP], damage.detail)
    if not old_ids:
        return
    for row in rows_of(planner, parts):
        if row.parent in old_ids and leave_out(planner, row):
            detail = f"{whole.name} {row.parent}"
            planner.decide(parts, row.old_id, parts.old.parent, PART, [SKIP], detail)
    for row in rows_of(planner, whole):
        if row.old_id in old_ids:
            leave_out(planner, row)


def rows_of(planner: Planner, matched: MatchedTable) -> Iterable[OldRow]:
    return (OldRow(planner, matched, values) for values in planner.read(matched))


def leave_out(planner: Planner, row: OldRow) -> bool:
    """Take a planned row back. Return whether it was planned."""
    name = row.matched.name
    if planner.plan.pk_of(name, row.old_id) is None:
        return False
    values = public_values(row.matched, row.values)
    planner.plan.leave_out(name, row.old_id, values)
    return True
