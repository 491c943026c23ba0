"""Reports of an import: lines for people, a JSON file, and the rows left out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from textwrap import wrap
from typing import TextIO

from flask_import.accounts import masked
from flask_import.files import create_directory, create_private
from flask_import.plan import EXAMPLES, Finding, State
from flask_import.planning import Planner
from flask_import.tables import MatchedTable

WIDTH = 79
# The beginnings of the files.
REPORT, REJECT, DECISIONS = '{"report": "import_flask"', '{"table": ', "# Decisions "
# Old rows whose new row has another key.
NEW_IDS = """
SELECT old_id, pk FROM planned
WHERE old_table = ? AND state != 'kept' AND old_id != CAST(pk AS TEXT) ORDER BY number
"""
NEW_ADDRESSES = """
SELECT old_table, old_id, choice, detail, pk FROM finding JOIN planned
USING (old_table, old_id)
WHERE section LIKE '% address-%' AND choice != 'trim' ORDER BY finding.rowid
"""
# Columns with email addresses, of which a report shows the first letter only.
ADDRESSES = {"email", "mail", "email_address", "e_mail"}


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

    def cells(self, verb: str) -> list[str]:
        """Return the texts of a line, empty for zero."""
        numbers = [
            (self.merged, "merged"),
            (self.there_already, "there already"),
            (self.left_out, "left out"),
            (self.changed, "changed"),
        ]
        parts = [f"{number} {what}" if number else "" for number, what in numbers]
        return [self.table, f"{self.read} read", f"{self.new} {verb}", *parts]


def counts_of(planner: Planner, table: MatchedTable) -> Counts:
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


def count_lines(counts: Iterable[Counts], verb: str) -> Iterator[str]:
    return aligned([each.cells(verb) for each in counts])


def aligned(rows: list[list[str]]) -> Iterator[str]:
    """Return lines with the cells in columns, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    used = [number for number, width in enumerate(widths) if width]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [row[number].rjust(widths[number]) for number in used if number]
        yield "  ".join(cells).rstrip()


def wrapped(text: str, indent: str = "") -> list[str]:
    """Return the lines of a paragraph. Long names aren't broken."""
    return wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def conflict_lines(planner: Planner) -> Iterator[str]:
    """Return each kind of conflict with its number, its cure and three examples."""
    for section, choice, number in planner.plan.sections():
        yield f"{section}: {number}, {choice}"
        yield from wrapped(explanation(planner, section, choice), "  ")
        for finding in islice(planner.plan.findings(section, choice), EXAMPLES):
            yield example(finding)
        if number > EXAMPLES:
            yield f"    … and {number - EXAMPLES} more"


def explanation(planner: Planner, section: str, choice: str) -> str:
    """Return what the conflict is, and what else could be done about it."""
    kind, choices = planner.choices[section]
    others = [each for each in choices if each != choice]
    parts = [kind.text]
    if others:
        parts.append(f"Instead: {', '.join(others)}.")
    if kind.option:
        parts.append(f"Options: {kind.option}.")
    return " ".join(parts)


def example(finding: Finding) -> str:
    detail = f": {finding.detail}" if finding.detail else ""
    return f"    {finding.old_id}{detail}"


def write_report(path: Path, planner: Planner, unused: Mapping[str, int]) -> None:
    """Write everything that the import knows, as JSON."""
    with create_private(path, REPORT) as file:
        file.write(f"{REPORT},\n")
        write_member(file, "source", planner.source.name)
        write_member(file, "not_imported", unused)
        write_member(file, "tables", [asdict(each) for each in all_counts(planner)])
        write_member(file, "kinds", kinds_of(planner))
        write_list(file, "new_ids", new_ids(planner))
        write_list(file, "new_addresses", new_addresses(planner))
        rows = (each._asdict() for each in planner.plan.findings())
        write_list(file, "rows", rows, end="\n}\n")


def write_member(file: TextIO, name: str, value: object) -> None:
    text = json.dumps(value, ensure_ascii=False)
    file.write(f"{json.dumps(name)}: {printable(text)},\n")


def write_list(
    file: TextIO, name: str, items: Iterable[object], *, end: str = ",\n"
) -> None:
    """Write an item a line, without keeping them all in memory."""
    file.write(f"{json.dumps(name)}: [")
    separator = "\n"
    for item in items:
        file.write(separator + printable(json.dumps(item, ensure_ascii=False)))
        separator = ",\n"
    file.write(f"]{end}")


def printable(text: str) -> str:
    """Return the text without halves of characters, which UTF-8 lacks."""
    return text.encode("utf-8", "backslashreplace").decode()


def kinds_of(planner: Planner) -> list[dict[str, object]]:
    return [
        {
            "kind": section,
            "choice": choice,
            "rows": number,
            "text": planner.choices[section][0].text,
            "choices": list(planner.choices[section][1]),
            "option": planner.choices[section][0].option,
        }
        for section, choice, number in planner.plan.sections()
    ]


def new_ids(planner: Planner) -> Iterator[dict[str, object]]:
    """Return each row that doesn't keep its ID, old and new."""
    for system in planner.systems:
        for table in system.tables.values():
            if table.old.keeps_id:
                for old_id, pk in planner.plan.select(NEW_IDS, table.name):
                    yield {"table": table.name, "old": old_id, "new": pk}


def new_addresses(planner: Planner) -> Iterator[dict[str, object]]:
    """Return each person who logs in with another address."""
    names = ["table", "id", "choice", "address", "account"]
    for row in planner.plan.select(NEW_ADDRESSES):
        yield dict(zip(names, row, strict=True))


def write_rejects(directory: Path, planner: Planner) -> None:
    """Write one file for each table, with a line of JSON for each row left out."""
    create_directory(directory)
    with ExitStack() as stack:
        files = {
            table.name: stack.enter_context(
                create_private(directory / f"{file_name(table.name)}.jsonl", REJECT)
            )
            for system in planner.systems
            for table in system.tables.values()
        }
        for table, old_id, values in planner.plan.rows_left_out():
            why = planner.plan.findings_of(table, old_id)
            row = {
                "table": table,
                "id": old_id,
                "row": without_addresses(json.loads(values)),
                "why": [{"kind": each.section, "detail": each.detail} for each in why],
            }
            files[table].write(json.dumps(row) + "\n")


def without_addresses(row: dict[str, object]) -> dict[str, object]:
    return {
        name: masked(value) if name in ADDRESSES and isinstance(value, str) else value
        for name, value in row.items()
    }


def file_name(table: str) -> str:
    return "".join(char if char.isalnum() or char in "-_" else "_" for char in table)


def write_decisions(path: Path, planner: Planner) -> None:
    """Write a decisions file with a section for each kind of conflict.

    Its lines are comments that explain the defaults and how to change them.
    """
    with create_private(path, DECISIONS) as file:
        file.writelines(f"{line}\n" for line in decision_lines(planner))


def decision_lines(planner: Planner) -> Iterator[str]:
    yield (
        f"{DECISIONS}about {comment(planner.source.name)}. "
        "Uncomment what you want to change."
    )
    seen: set[str] = set()
    for section, choice, number in planner.plan.sections():
        kind, choices = planner.choices[section]
        if len(choices) < 2 or section in seen:
            continue
        seen.add(section)
        yield ""
        yield from wrapped(f"{choice}: {number}. {kind.text}", "# ")
        yield f"[{toml_text(section)}]"
        yield f"# default = {toml_text(choice)}  # one of: {', '.join(choices)}"
        yield f"# exceptions = {{ {example_exceptions(planner, section, choice)} }}"


def comment(text: str) -> str:
    return " ".join(text.split())


def example_exceptions(planner: Planner, section: str, choice: str) -> str:
    _, choices = planner.choices[section]
    other = next(each for each in choices if each != choice)
    findings = islice(planner.plan.findings(section, choice), EXAMPLES)
    ids: Iterable[str] = (finding.old_id for finding in findings)
    return ", ".join(f"{toml_text(each)} = {toml_text(other)}" for each in ids)


def toml_text(text: str) -> str:
    # TOML's basic strings are JSON's, but for characters beyond 16 bits.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
