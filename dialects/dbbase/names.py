"""One spelling inside, another on the wire."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from common.remembered import remembered

NESTED = (dict, list, tuple)


@cache
def camel(name: str) -> str:
    """`pub_year` as `pubYear`."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


@remembered(most=1000, longest=50)
def snake(name: str) -> str:
    """`pubYear` as `pub_year`; what is snake_case already stays."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


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
