"""What an import says: lines for people, a JSON file, and the rows left out."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from flask_import.errors import NothingWritten
from flask_import.plan import EXAMPLES, Plan, State
from flask_import.planning import Planner
from flask_import.tables import FoundTable


@dataclass(frozen=True)
class Counts:
    """Numbers of rows of an old table."""

    system: str
    table: str
    read: int
    new: int
    merged: int
    there_already: int
    left_out: int
    changed: int

    def line(self, verb: str) -> str:
        parts = [f"{self.read} read", f"{self.new} {verb}"]
        parts += [
            f"{number} {what}"
            for number, what in [
                (self.merged, "merged"),
                (self.there_already, "there already"),
                (self.left_out, "left out"),
                (self.changed, "changed"),
            ]
            if number
        ]
        return "  ".join([self.table, *parts])


def counts_of(planner: Planner, table: FoundTable) -> Counts:
    plan, name = planner.plan, table.name
    numbers = {state: plan.count(name, state) for state in State}
    return Counts(
        table.system.name,
        name,
        planner.rows_read.get(name, 0),
        numbers[State.NEW],
        numbers[State.MERGED],
        numbers[State.KEPT],
        plan.count_left_out(name),
        plan.count_changed(name),
    )


def all_counts(planner: Planner) -> list[Counts]:
    return [
        counts_of(planner, table)
        for system in planner.systems
        for table in system.tables.values()
    ]


def conflict_lines(planner: Planner) -> Iterator[str]:
    """Return each kind of conflict with its number, its cure and three examples."""
    for section, choice, number in planner.plan.sections():
        kind, choices = planner.choices[section]
        others = [each for each in choices if each != choice]
        cure = f"; instead: {', '.join(others)}" if others else ""
        option = f"; {kind.option}" if kind.option else ""
        yield f"{section}: {number}, {choice}{cure}{option}. {kind.text}"
        findings = planner.plan.findings(section, choice)
        for finding in islice(findings, EXAMPLES):
            detail = f": {finding.detail}" if finding.detail else ""
            yield f"    {finding.old_id}{detail}"


def write_report(path: Path, planner: Planner, extra: dict[str, object]) -> None:
    """Write everything that was found out, as JSON."""
    report = {
        "source": planner.source.name,
        **extra,
        "tables": [asdict(each) for each in all_counts(planner)],
        "kinds": [
            {"kind": section, "choice": choice, "rows": number}
            for section, choice, number in planner.plan.sections()
        ],
        "rows": [finding._asdict() for finding in planner.plan.findings()],
    }
    with open_private(path) as file:
        json.dump(report, file, ensure_ascii=False, indent=1)
        file.write("\n")


def write_rejects(directory: Path, plan: Plan) -> None:
    """Write one file for each table, with a line of JSON for each row left out."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    files: dict[str, TextIO] = {}
    try:
        for table, old_id, values in plan.rows_left_out():
            if table not in files:
                files[table] = open_private(directory / f"{file_name(table)}.jsonl")
            why = [each._asdict() for each in plan.findings_of(table, old_id)]
            row = {"id": old_id, "row": json.loads(values), "why": why}
            files[table].write(json.dumps(row) + "\n")
    finally:
        for file in files.values():
            file.close()


def file_name(table: str) -> str:
    return "".join(char if char.isalnum() or char in "-_" else "_" for char in table)


def open_private(path: Path) -> TextIO:
    """Create a file that only its owner can read."""
    try:
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError as exc:
        raise NothingWritten(f"{path} can't be written: {exc.strerror}.") from exc
    return os.fdopen(handle, "w", encoding="utf-8")


def write_decisions(path: Path, planner: Planner) -> None:
    """Write a decisions file with a section for each kind of conflict.

    Its lines are comments: they say what happens, and how to change it.
    """
    with open_private(path) as file:
        file.writelines(f"{line}\n" for line in decision_lines(planner))


def decision_lines(planner: Planner) -> Iterator[str]:
    yield f"# Decisions about {planner.source.name}. Uncomment what you want to change."
    for section, choice, number in planner.plan.sections():
        kind, choices = planner.choices[section]
        if len(choices) < 2:
            continue
        yield ""
        yield f"# {number} rows. {kind.text}"
        yield f"[{toml_text(section)}]"
        yield f"# default = {toml_text(choice)}  # one of: {', '.join(choices)}"
        yield f"# exceptions = {{ {example_exceptions(planner, section, choice)} }}"


def example_exceptions(planner: Planner, section: str, choice: str) -> str:
    _, choices = planner.choices[section]
    other = next(each for each in choices if each != choice)
    findings = islice(planner.plan.findings(section, choice), EXAMPLES)
    ids: Iterable[str] = (finding.old_id for finding in findings)
    return ", ".join(f"{toml_text(each)} = {toml_text(other)}" for each in ids)


def toml_text(text: str) -> str:
    # TOML's basic strings are JSON's, but for characters beyond 16 bits.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
