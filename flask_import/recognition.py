"""Recognition of the old systems in a database, by the columns of its tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from flask_import.errors import NothingWritten
from flask_import.sources.base import Table
from flask_import.systems import SYSTEMS
from flask_import.tables import MatchedSystem, MatchedTable, OldTable, System

Tables = Mapping[str, Table]


def recognize(tables: Tables, wanted: Iterable[str] = ()) -> list[MatchedSystem]:
    """Return the systems that the tables belong to, or the requested ones among them.

    Raise NothingWritten without any, if a requested one is missing, and if two tables
    look the same.
    """
    candidates = [each for each in SYSTEMS if not wanted or each.name in wanted]
    matched = [each for system in candidates if (each := find_system(system, tables))]
    missing = sorted(set(wanted) - {each.system.name for each in matched})
    if missing or not matched:
        raise NothingWritten(not_found(candidates, missing, tables))
    return matched


def find_system(system: System, tables: Tables) -> MatchedSystem | None:
    """Return the system's tables, or None if one that it needs is missing."""
    matched: dict[str, MatchedTable] = {}
    for old in system.tables:
        match = find_table(system, old, tables, matched)
        if match:
            matched[old.role] = match
        elif old.is_required:
            return None
    return MatchedSystem(system, matched)


def find_table(
    system: System, old: OldTable, tables: Tables, matched: Mapping[str, MatchedTable]
) -> MatchedTable | None:
    if old.is_needed and not old.is_needed(tables):
        return None
    matches = [
        MatchedTable(system, old, table, names)
        for table in tables.values()
        if (names := old.names_in(table, matched))
    ]
    # Other tables refer to the right one.
    targets = {
        target for each in tables.values() for target in each.references.values()
    }
    if len(matches) > 1:
        matches = [each for each in matches if each.name in targets] or matches
    if len(matches) > 1:
        raise NothingWritten(
            f"Several tables look like the table {old.role} of {system.title}: "
            f"{', '.join(each.name for each in matches)}. Copy the database without "
            "those that aren't in use."
        )
    return matches[0] if matches else None


def not_found(
    candidates: Iterable[System], missing: Iterable[str], tables: Tables
) -> str:
    """Return what the database lacks for the systems that come nearest."""
    wanted = set(missing)
    lines = [
        "The database belongs to none of the systems that Quintet knows."
        if not wanted
        else f"The database has no tables of {', '.join(sorted(wanted))}."
    ]
    named = [each for each in candidates if each.name in wanted]
    for system in named or nearest_systems(candidates, tables):
        lines += [
            line for old in system.tables for line in nearest(system, old, tables)
        ]
    lines.append(f"It has: {', '.join(tables) or 'no tables'}.")
    return "\n".join(lines)


def nearest_systems(systems: Iterable[System], tables: Tables) -> list[System]:
    """Return the systems that lack the smallest part of their columns, at most half."""
    parts = [(part_lacking(each, tables), each) for each in systems]
    least = min((part for part, _ in parts), default=1)
    return [each for part, each in parts if part == least <= Fraction(1, 2)]


def part_lacking(system: System, tables: Tables) -> Fraction:
    """Return the part of the columns of the required tables that is missing."""
    required = [old for old in system.tables if old.is_required]
    number = sum(len(least_lacking(old, tables)) for old in required)
    return Fraction(number, sum(len(old.columns) for old in required))


def least_lacking(old: OldTable, tables: Tables) -> list[str]:
    """Return the columns that the most similar table lacks.

    A table that has less than half of the columns is no similar one.
    """
    found = [lacking_in(old, table) for table in tables.values()]
    near = [each for each in found if len(each) * 2 <= len(old.columns)]
    return min(near, key=len, default=list(old.columns))


def lacking_in(old: OldTable, table: Table) -> list[str]:
    """Return the columns that the table lacks; all, if it belongs to another system."""
    if old.names_in(table, {}):
        return []
    is_other = old.without & set(table.columns)
    return list(old.columns) if is_other else old.missing_in(table)


def nearest(system: System, old: OldTable, tables: Tables) -> list[str]:
    """Return a line about each of the most similar tables, if a column is missing."""
    least = len(least_lacking(old, tables))
    return [
        f"  {table.name} would be {old.role} of {system.name}, but lacks "
        f"{', '.join(lacking)}."
        for table in tables.values()
        if (lacking := lacking_in(old, table))
        and len(lacking) == least < len(old.columns)
    ]


def evidence(matched: MatchedSystem) -> list[str]:
    """Return a line about each table, saying why it was recognized."""
    return [
        f"{matched.system.title} ({matched.system.name})",
        *(
            f"  {each.name} by its columns {', '.join(each.names.values())}"
            for each in matched.tables.values()
        ),
    ]


def unused_tables(tables: Tables, systems: Iterable[MatchedSystem]) -> list[Table]:
    used = {each.table.name for matched in systems for each in matched.tables.values()}
    return [table for table in tables.values() if table.name not in used]
