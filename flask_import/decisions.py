"""What to do with each conflict: the defaults, the options and the decisions file.

The file is TOML with one section for each kind of conflict in each column:

    ["goal.name too-long"]
    default = "cut"
    exceptions = { 16 = "skip" }
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from flask_import.errors import NothingWritten


@dataclass(frozen=True)
class Section:
    default: str = ""
    exceptions: Mapping[str, str] = field(default_factory=dict)


class Decisions:
    """The sections of a decisions file, by name."""

    def __init__(self, sections: Mapping[str, Section] | None = None) -> None:
        self.sections = dict(sections or {})
        # Those that no conflict has asked for yet.
        self.unused = set(self.sections)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file. Raise NothingWritten if it isn't a decisions file."""
        try:
            data = tomllib.loads(path.read_text())
        except (OSError, UnicodeError, tomllib.TOMLDecodeError) as exc:
            raise NothingWritten(
                f"The decisions in {path} can't be read: {exc}"
            ) from exc
        return cls({name: read_section(name, value) for name, value in data.items()})

    def choice(
        self, name: str, old_id: str, choices: Sequence[str], preferred: str = ""
    ) -> str:
        """Return what to do with a row. Without a decision, the first of the choices.

        `preferred` is the choice of an option. Raise NothingWritten if the file says
        something else than one of the choices.
        """
        self.unused.discard(name)
        section = self.sections.get(name, Section())
        chosen = section.exceptions.get(old_id) or section.default or preferred
        if chosen and chosen not in choices:
            raise NothingWritten(
                f'The decision "{chosen}" isn\'t one of those for "{name}": '
                f"{', '.join(choices)}."
            )
        return chosen or choices[0]


def read_section(name: str, value: object) -> Section:
    if isinstance(value, dict) and set(value) <= {"default", "exceptions"}:
        default, exceptions = value.get("default", ""), value.get("exceptions", {})
        if isinstance(default, str) and isinstance(exceptions, dict):
            texts = {str(key): str(each) for key, each in exceptions.items()}
            return Section(default, texts)
    raise NothingWritten(
        f'The decision "{name}" needs `default`, a text, or `exceptions`, a table.'
    )
