"""The steps of an import, in their order."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from django.db import Error

from flask_import.arguments import options_of
from flask_import.decisions import Decisions, check_sections
from flask_import.errors import BrokenOff, NothingWritten, first_line
from flask_import.kinds import CHANGED_SINCE, CODES
from flask_import.models import ImportRun
from flask_import.plan import Plan
from flask_import.planning import Planner
from flask_import.progress import Progress
from flask_import.recognition import evidence, recognize, unused_tables
from flask_import.reports import (
    all_counts,
    conflict_lines,
    count_lines,
    wrapped,
    write_decisions,
    write_rejects,
    write_report,
)
from flask_import.roles import Roles
from flask_import.sources import open_source
from flask_import.tables import MatchedSystem
from flask_import.target import (
    check_is_another,
    check_source_name,
    check_target,
    earlier_names,
)
from flask_import.writing import Writer

# In fewer rows, changes are no sign of another database.
MIN_ROWS_TO_COMPARE = 10


@dataclass
class Import:
    """An import of one database, with the arguments of the command."""

    arguments: Mapping[str, Any]
    out: TextIO
    # The stream that shows the progress.
    terminal: TextIO
    # Tables and columns of the source that Quintet can't store, with numbers.
    unused: dict[str, int] = field(default_factory=dict)
    written: list[ImportRun] = field(default_factory=list)

    def run(self) -> bool:
        """Plan, report and, if asked, write. Return whether rows are left out.

        Raise NothingWritten or BrokenOff.
        """
        try:
            return self.import_rows()
        except Error as exc:
            raise NothingWritten(
                f"Quintet's database can't be read: {first_line(exc)}."
            ) from exc
        except sqlite3.Error as exc:
            raise BrokenOff(
                f"The temporary file of the plan failed: {first_line(exc)}. The "
                "environment variable SQLITE_TMPDIR can name another directory."
            ) from exc

    def import_rows(self) -> bool:
        options, decisions = options_of(self.arguments), self.read_decisions()
        check_target()
        self.roles = Roles(options.roles)
        with ExitStack() as stack:
            source = stack.enter_context(open_source(self.arguments["database_url"]))
            check_is_another(source)
            source.name = self.arguments["source"] or source.name
            plan = Plan()
            stack.callback(plan.close)
            self.planner = Planner(source, plan, options, decisions)
            systems = self.recognize()
            check_source_name(source.name, systems)
            self.make_plan(systems)
            self.report()
            self.require_decisions()
            if self.arguments["write"]:
                self.write(systems)
            else:
                self.say("This was a dry run: nothing is written without --write.")
            left_out = any(each.left_out for each in all_counts(self.planner))
            return left_out or bool(self.roles.without_account)

    def say(self, *lines: str) -> None:
        for line in lines:
            self.out.write(f"{line}\n")

    @property
    def decisions_file(self) -> Path | None:
        path = self.arguments["decisions"]
        return Path(path) if path else None

    def read_decisions(self) -> Decisions:
        """Read the decisions file. A dry run creates it if it doesn't exist."""
        path = self.decisions_file
        if path is None:
            return Decisions()
        if path.exists():
            return Decisions.read(path)
        if self.arguments["write"]:
            raise NothingWritten(
                f"The file {path} doesn't exist. Create it by the same command without "
                "--write."
            )
        return Decisions()

    def recognize(self) -> list[MatchedSystem]:
        """Report the recognized systems, and the data that Quintet can't store."""
        source, options = self.planner.source, self.planner.options
        tables = source.tables()
        systems = recognize(tables, options.systems)
        for matched in systems:
            self.say(*evidence(matched))
        for table in unused_tables(tables, systems):
            self.unused[table.name] = source.count(table)
        for matched in systems:
            for each in matched.tables.values():
                for column in each.unused_columns:
                    name = f"{each.name}.{column}"
                    self.unused[name] = source.count(each.table, column)
        if self.unused:
            parts = [f"{name} ({number})" for name, number in self.unused.items()]
            self.say(*wrapped(f"Not imported: {', '.join(parts)}"))
        return systems

    def totals(self, systems: list[MatchedSystem]) -> dict[str, int]:
        tables = [each for matched in systems for each in matched.tables.values()]
        return {each.name: self.planner.count(each) for each in tables}

    def make_plan(self, systems: list[MatchedSystem]) -> None:
        totals = self.totals(systems)
        progress = Progress("read", totals, self.out, self.terminal)
        self.planner.plan_systems(systems, progress)
        progress.close()
        for name, total in totals.items():
            number = self.planner.rows_read[name]
            if number != total:
                raise NothingWritten(
                    f"The table {name} has {total} rows, but {number} could be read. "
                    "The old database may be damaged."
                )
        self.roles.look_up(self.planner)

    def report(self) -> None:
        planner = self.planner
        self.say("", *count_lines(all_counts(planner), "to write"))
        self.say(*self.roles.lines(), "")
        self.say(*conflict_lines(planner))
        check_sections(planner.decisions, known_sections(planner), CODES)
        self.say(*planner.decisions.notes())
        if path := self.arguments["report"]:
            write_report(Path(path), planner, self.unused)
        if path := self.arguments["rejects"]:
            write_rejects(Path(path), planner)
        if self.decisions_file and not self.decisions_file.exists():
            write_decisions(self.decisions_file, planner)
            self.say(
                f"Decisions to edit: {self.decisions_file}. The same command follows "
                "them."
            )

    def require_decisions(self) -> None:
        """Raise NothingWritten if the owner has something to decide."""
        planner = self.planner
        if not self.arguments["source"]:
            check_is_same(planner)
        messages = list(planner.open_decisions)
        if not messages:
            return
        messages += [
            f'Or is this the database that was imported as "{name}"? Then use '
            f"--source {name}, and only its new rows are imported."
            for name in earlier_names(planner.source.name, planner.systems)
        ]
        raise NothingWritten("\n".join(messages))

    def write(self, systems: list[MatchedSystem]) -> None:
        planner = self.planner
        totals = {each.table: each.new + each.merged for each in all_counts(planner)}
        progress = Progress("written", totals, self.out, self.terminal)
        writer = Writer(
            planner.plan, planner.source.name, progress, self.roles.assign_after
        )
        for matched in systems:
            try:
                run = writer.write(matched)
            except BrokenOff as exc:
                raise BrokenOff(f"{exc} {self.summary()}".strip()) from exc
            finally:
                progress.close()
            if run is None:
                self.say(f"{matched.system.title}: there was nothing to write.")
            else:
                self.written.append(run)
                self.say(written_line(matched, run))

    def summary(self) -> str:
        """Return which systems are in, for the case that the next one isn't."""
        if not self.written:
            return ""
        names = ", ".join(f"{each.system} (import {each.pk})" for each in self.written)
        return f"Already written, and not undone: {names}."


def check_is_same(planner: Planner) -> None:
    """Raise NothingWritten if an earlier import was of another database, it seems."""
    changed = {
        section: number
        for section, _, number in planner.plan.sections()
        if section.endswith(f" {CHANGED_SINCE.code}")
    }
    for each in all_counts(planner):
        number = changed.get(f"{each.table}.row {CHANGED_SINCE.code}", 0)
        if number * 2 > each.there_already >= MIN_ROWS_TO_COMPARE:
            name = planner.source.name
            raise NothingWritten(
                f'Most rows of {each.table} aren\'t as they were when "{name}" was '
                "imported. If this is another database, give it another name with "
                f"--source. If it is the same one, confirm that: --source {name}."
            )


def known_sections(planner: Planner) -> set[str]:
    """Return the columns about which there can be a decision."""
    asked = {section.rpartition(" ")[0] for section in planner.choices}
    return asked | {
        f"{table.name}.{column}"
        for system in planner.systems
        for table in system.tables.values()
        for column in ("id", "row", *table.names.values())
    }


def written_line(matched: MatchedSystem, run: ImportRun) -> str:
    parts = [f"{name} {number}" for name, number in run.counts.items()]
    return (
        f"{matched.system.title}: written as import {run.pk} ({', '.join(parts)}). "
        f"To undo: manage.py import_flask --undo {run.pk}"
    )
