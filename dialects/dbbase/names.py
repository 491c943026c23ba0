"""One spelling inside, another on the wire."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

LONGEST_NAME = 50
NESTED = (dict, list, tuple)


@cache
def camel(name: str) -> str:
    """`pub_year` as `pubYear`."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def snake(name: str) -> str:
    """`pubYear` as `pub_year`; what is snake_case already stays."""
    # Clients make names up, so only so many short ones are remembered.
    return snake_of_short(name) if len(name) <= LONGEST_NAME else snake_of(name)


def snake_of(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


snake_of_short = lru_cache(1000)(snake_of)


class AsIs(dict[str, Any]):
    """An object whose keys leave as they are spelled here."""


def rename(data: Any, spell: Callable[[str], str]) -> Any:
    """The same data with every key, on every level, spelled anew."""
    if isinstance(data, AsIs):
        return data
    if isinstance(data, dict):
        return {
            spell(key): rename(value, spell) if isinstance(value, NESTED) else value
            for key, value in data.items()
        }
    if isinstance(data, list | tuple):
        return [rename(value, spell) for value in data]
    return data
