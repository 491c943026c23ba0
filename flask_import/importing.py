"""The steps of an import, in their order."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from django.db import transaction

from accounts.models import User
from flask_import.arguments import options_of
from flask_import.decisions import Decisions
from flask_import.errors import NothingWritten
from flask_import.models import ImportRun
from flask_import.plan import Plan
from flask_import.planning import Planner
from flask_import.progress import Progress
from flask_import.recognition import evidence, recognize, unused_tables
from flask_import.reports import (
    all_counts,
    conflict_lines,
    write_decisions,
    write_rejects,
    write_report,
)
from flask_import.roles import Roles
from flask_import.sources import open_source
from flask_import.tables import FoundSystem
from flask_import.writing import Writer


@dataclass
class Import:
    """An import of one database, with the arguments of the command."""

    arguments: Mapping[str, Any]
    out: TextIO
    # Tables and columns of the source that Quintet has no place for, with numbers.
    unused: dict[str, int] = field(default_factory=dict)

    def run(self) -> bool:
        """Plan, report and, if asked, write. Return whether rows are left out.

        Raise NothingWritten or BrokenOff.
        """
        check_no_demo_rows()
        options = options_of(self.arguments)
        self.roles = Roles(options.roles)
        with ExitStack() as stack:
            source = stack.enter_context(open_source(self.arguments["database_url"]))
            source.name = self.arguments["source"] or source.name
            plan = Plan()
            stack.callback(plan.close)
            self.planner = Planner(source, plan, options, self.read_decisions())
            systems = self.recognize()
            self.make_plan(systems)
            self.report()
            if self.planner.open_decisions:
                raise NothingWritten("\n".join(self.planner.open_decisions))
            if self.arguments["write"]:
                self.write(systems)
            else:
                self.say("Nothing was written. To write, add --write.")
            left_out = any(each.left_out for each in all_counts(self.planner))
            return left_out or bool(self.roles.without_account)

    def say(self, *lines: str) -> None:
        for line in lines:
            self.out.write(f"{line}\n")

    def read_decisions(self) -> Decisions:
        path = self.arguments["decisions"]
        return Decisions.read(Path(path)) if path else Decisions()

    def recognize(self) -> list[FoundSystem]:
        """Say which systems the database has, and what Quintet has no place for."""
        source, options = self.planner.source, self.planner.options
        tables = source.tables()
        systems = recognize(tables, options.systems)
        for found in systems:
            self.say(*evidence(found))
        for table in unused_tables(tables, systems):
            self.unused[table.name] = source.count(table)
        for found in systems:
            for each in found.tables.values():
                for column in each.unused_columns:
                    name = f"{each.name}.{column}"
                    self.unused[name] = source.count(each.table, column)
        if self.unused:
            parts = [f"{name} ({number})" for name, number in self.unused.items()]
            self.say(f"Not imported: {', '.join(parts)}")
        return systems

    def totals(self, systems: list[FoundSystem]) -> dict[str, int]:
        tables = [each for found in systems for each in found.tables.values()]
        return {each.name: self.planner.count(each) for each in tables}

    def make_plan(self, systems: list[FoundSystem]) -> None:
        progress = Progress("read", self.totals(systems), self.out)
        self.planner.plan_systems(systems, progress)
        progress.close()
        self.roles.look_up(self.planner)

    def report(self) -> None:
        verb = "to write"
        self.say("", *(each.line(verb) for each in all_counts(self.planner)))
        self.say(*self.roles.lines(), "")
        self.say(*conflict_lines(self.planner))
        for name in sorted(self.planner.decisions.unused):
            self.say(f"No row has the conflict {name} of the decisions file.")
        self.write_files()

    def write_files(self) -> None:
        if path := self.arguments["report"]:
            write_report(Path(path), self.planner, {"unused": self.unused})
        if path := self.arguments["rejects"]:
            write_rejects(Path(path), self.planner.plan)
        if path := self.arguments["write_decisions"]:
            write_decisions(Path(path), self.planner)

    def write(self, systems: list[FoundSystem]) -> None:
        planner = self.planner
        totals = {each.table: each.read for each in all_counts(planner)}
        progress = Progress("written", totals, self.out)
        writer = Writer(planner.plan, planner.source.name, progress)
        for found in systems:
            with transaction.atomic():
                run = writer.write(found)
                self.roles.assign_after(found)
            progress.close()
            self.say(written_line(found, run))


def written_line(found: FoundSystem, run: ImportRun | None) -> str:
    if run is None:
        return f"{found.system.title}: there was nothing to write."
    parts = [f"{name} {number}" for name, number in run.counts.items()]
    return (
        f"{found.system.title}: written as import {run.pk} ({', '.join(parts)}). "
        f"To undo: manage.py import_flask --undo {run.pk}"
    )


def check_no_demo_rows() -> None:
    """Raise NothingWritten if the demo accounts are there."""
    if User.objects.filter(is_demo=True).exists():
        raise NothingWritten(
            "The database has the demo accounts. Delete them with "
            "manage.py demo --remove, or start with a new database and QUINTET_DEMO=0."
        )
