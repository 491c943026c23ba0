"""JSON of any depth. Python's own writer takes a frame for each level, and how many
are left depends on who calls it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

# What stands before each value of a list or object, and the value.
Parts = Iterator[tuple[str, Any]]


def written(document: Any, write_leaf: Callable[[Any], str]) -> str:
    """The document without white space; `write_leaf` writes all but lists and objects.

    Names of members are text.
    """
    parts: list[str] = []
    waiting: list[tuple[str, Parts]] = [("", iter([("", document)]))]
    while waiting:
        end, rest = waiting[-1]
        prefix, value = next(rest, (None, None))
        if prefix is None:
            parts.append(end)
            waiting.pop()
        elif isinstance(value, dict):
            parts.append(f"{prefix}{{")
            waiting.append(("}", members(value, write_leaf)))
        elif isinstance(value, list | tuple):
            parts.append(f"{prefix}[")
            waiting.append(("]", zip(commas(), value, strict=False)))
        else:
            parts.append(f"{prefix}{write_leaf(value)}")
    return "".join(parts)


def members(found: dict[str, Any], write_leaf: Callable[[Any], str]) -> Parts:
    for comma, (name, value) in zip(commas(), found.items(), strict=False):
        yield f"{comma}{write_leaf(name)}:", value


def commas() -> Iterator[str]:
    yield ""
    while True:
        yield ","
