"""Decisions about conflicts, from the defaults, the options and the decisions file.

The file is TOML with one section for each kind of conflict in each column:

    ["goal.name too-long"]
    default = "cut"
    exceptions = { 16 = "skip" }
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from common.suggestions import suggestion
from flask_import.errors import NothingWritten


@dataclass(frozen=True)
class Section:
    default: str = ""
    exceptions: Mapping[str, str] = field(default_factory=dict)


class Decisions:
    """The sections of a decisions file, by name."""

    def __init__(self, sections: Mapping[str, Section] | None = None) -> None:
        self.sections = dict(sections or {})
        # Sections and exceptions that no row has asked for yet.
        self.unused = set(self.sections)
        self.unused_exceptions = {
            (name, old_id)
            for name, section in self.sections.items()
            for old_id in section.exceptions
        }

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file. Raise NothingWritten if it isn't a decisions file."""
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as exc:
            raise NothingWritten(f"{path} can't be read: {exc.strerror}.") from exc
        except (UnicodeError, tomllib.TOMLDecodeError) as exc:
            raise NothingWritten(f"{path} isn't a decisions file: {exc}.") from exc
        return cls({name: read_section(name, value) for name, value in data.items()})

    def choice(self, name: str, old_id: str, choices: Sequence[str]) -> str:
        """Return the choice for a row, by default the first one.

        Raise NothingWritten if the section has another choice.
        """
        section = self.sections.get(name)
        if section is None:
            return choices[0]
        if name in self.unused:
            check_choices(name, section, choices)
            self.unused.remove(name)
        self.unused_exceptions.discard((name, old_id))
        return section.exceptions.get(old_id) or section.default or choices[0]

    def notes(self) -> Iterator[str]:
        """Return a line for each decision that made no difference."""
        for name in sorted(self.unused):
            yield f'No row has the conflict "{name}" of the decisions file.'
        for name, old_id in sorted(self.unused_exceptions):
            if name not in self.unused:
                yield f'Row {old_id} doesn\'t have the conflict "{name}".'


def read_section(name: str, value: object) -> Section:
    if isinstance(value, dict) and set(value) <= {"default", "exceptions"}:
        default, exceptions = value.get("default", ""), value.get("exceptions", {})
        if isinstance(default, str) and isinstance(exceptions, dict):
            texts = {str(key): str(each) for key, each in exceptions.items()}
            return Section(default, texts)
    raise NothingWritten(
        f'The section "{name}" of the decisions file can have `default`, a text, and '
        "`exceptions`, a table of row IDs and texts. Nothing else is allowed."
    )


def check_choices(name: str, section: Section, choices: Sequence[str]) -> None:
    for chosen in (section.default, *section.exceptions.values()):
        if chosen and chosen not in choices:
            raise NothingWritten(
                f'Unknown decision "{chosen}" for "{name}". '
                f"{suggestion(chosen, choices)} Possible: {', '.join(choices)}."
            )


def check_sections(decisions: Decisions, columns: set[str], codes: set[str]) -> None:
    """Raise NothingWritten for a section that no row can ask for.

    `columns` are those of the source, such as `goal.name`. A section that fits no row
    any more, such as after the import, is no error.
    """
    for name in decisions.sections:
        column, _, code = name.rpartition(" ")
        if column not in columns or code not in codes:
            known = (
                [f"{column} {each}" for each in codes]
                if column in columns
                else [f"{each} {code}" for each in columns]
            )
            raise NothingWritten(
                f'Unknown section "{name}" in the decisions file. '
                f"{suggestion(name, known)}".rstrip()
            )
