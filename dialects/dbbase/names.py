"""One spelling inside, another on the wire."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

# Of the names that clients make up.
MOST, LONGEST = 1000, 50
# What has no keys.
SINGLE = {str, int, float, bool, Decimal, type(None)}


@cache
def camel(name: str) -> str:
    """`pub_year` as `pubYear`."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def snake(name: str) -> str:
    """`pubYear` as `pub_year`; what is snake_case already stays."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


class Spellings(dict[str, str]):
    """Names in another spelling, of which so many are kept: clients make them up."""

    def __init__(self, spell: Callable[[str], str]) -> None:
        self.spell = spell

    def __missing__(self, name: str) -> str:
        found = self.spell(name)
        if len(self) >= MOST:
            self.clear()
        if len(name) <= LONGEST:
            self[name] = found
        return found


snakes, camels = Spellings(snake), Spellings(camel)


class AsIs(dict[str, Any]):
    """An object whose keys leave as they are spelled here."""


def rename(data: Any, spelled: Mapping[str, str]) -> Any:
    """The same data with every key, on every level, spelled as it is here."""
    kind = type(data)
    if kind is AsIs:
        return data
    if kind is dict or isinstance(data, dict):
        return {
            spelled[key]: value if type(value) in SINGLE else rename(value, spelled)
            for key, value in data.items()
        }
    if isinstance(data, list | tuple):
        return [rename(value, spelled) for value in data]
    return data
