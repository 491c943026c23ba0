"""The variables that docs/reference/settings.md lists."""

from __future__ import annotations

import re
from typing import NamedTuple

from tests.support.guide_pages import page

HEADING = re.compile(r"^### `(\w+)`$(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
ROW = re.compile(
    r"^\| Type \| Default \| Example \|\n\|[-|]+\|\n\| (.*) \| (.*) \| `(.*)`.* \|$",
    re.MULTILINE,
)
CODE = re.compile(r"`([^`]*)`")
RANGE = re.compile(r"(?:integer|seconds|hours|days), ([\d.]+)(?: or more| to ([\d.]+))")


class Variable(NamedTuple):
    name: str
    type: str
    default: str
    example: str

    def default_in(self, kind: str) -> str | None:
        """Return the default in `production` or `development`, None without one."""
        general, _, production = self.default.partition("; ")
        if kind == "production" and production:
            found = re.fullmatch("`(.*)` in production", production)
        else:
            found = re.match(r"`([^`]*)`(?: \(.*\))?$", general)
        return found[1] if found else None

    @property
    def limits(self) -> list[str]:
        """Return the smallest and the greatest number, if the type names any."""
        found = RANGE.match(self.type)
        return [limit for limit in found.groups() if limit] if found else []

    @property
    def refused(self) -> list[str]:
        """Return numbers just outside of the limits."""
        if not self.limits:
            return []
        low, *high = map(float, self.limits)
        return [f"{low - 1:.10g}", *(f"{each + 1:.10g}" for each in high)]


def read_variables() -> list[Variable]:
    variables = []
    for name, text in HEADING.findall(page("reference/settings")):
        [(kind, default, example)] = ROW.findall(text)
        variables.append(Variable(name, kind, default, example.replace("\\|", "|")))
    return variables


VARIABLES = read_variables()
