"""`pageConfig`: how a list is ordered, cut and shown.

    pageConfig={"orderBy": ["-pubYear", "title"], "pageSize": 2, "offset": 4,
                "serialFields": ["id", "title"]}

Also read: `page_config`, snake_case keys, numbers as text, and a Python dict as
`print` shows it. `limit` counts more than `pageSize`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from json import dumps
from typing import Any

from django.http import QueryDict
from rest_framework.exceptions import ParseError

from common.http import json
from dialects.dbbase.names import camel, snake
from dialects.pagination import parse_number

PARAMETERS = ("pageConfig", "page_config")
MAX_LENGTH, MAX_BRACKETS, MAX_ORDER = 10_000, 20, 10


@dataclass(frozen=True)
class PageConfig:
    parameter: str
    # What was sent, as it was understood: names and keys in snake_case.
    values: dict[str, Any]

    @classmethod
    def of(cls, params: QueryDict) -> PageConfig:
        for name in PARAMETERS:
            if texts := params.getlist(name):
                return cls(name, understood(document(str(texts[0]))))
        return cls(PARAMETERS[0], {})

    @property
    def order_by(self) -> list[str]:
        return list(self.values.get("order_by", []))

    @property
    def serial_fields(self) -> list[str] | None:
        return self.values.get("serial_fields")

    @property
    def debug(self) -> bool:
        return bool(self.values.get("debug"))

    @property
    def is_page(self) -> bool:
        return not {"page_size", "limit", "offset"}.isdisjoint(self.values)

    @property
    def offset(self) -> int:
        return int(self.values.get("offset", 0))

    def size(self, most: int) -> int:
        """Rows of a page, no more than a list has at most."""
        return min(self.values.get("limit", self.values.get("page_size", most)), most)

    def at(self, offset: int) -> str:
        """The same as JSON, for the page that begins there."""
        values = self.values | {"offset": offset}
        return dumps({camel(key): value for key, value in values.items()})


def document(text: str) -> dict[str, Any]:
    """The object that the text holds, as JSON or as Python prints it."""
    if len(text) > MAX_LENGTH:
        raise unknown(f"it is longer than {MAX_LENGTH} characters")
    try:
        found = json.loads(text.encode())
    except json.MalformedJSON:
        found = printed(text)
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise unknown(f"{text[:100]!r} is not a JSON object")
    return found


def printed(text: str) -> Any:
    if "'" not in text or sum(map(text.count, "([{")) > MAX_BRACKETS:
        return None
    try:
        found = ast.literal_eval(text.strip())
        json.refuse_unstorable(found)
    except (ValueError, SyntaxError, TypeError, MemoryError, json.MalformedJSON):
        return None
    return found


def understood(sent: dict[str, Any]) -> dict[str, Any]:
    values = {}
    for key, value in sent.items():
        name = snake(key)
        if name not in READERS:
            raise unknown(name[:100])
        values[name] = READERS[name](name, value)
    return values


def number(name: str, value: Any) -> int:
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, bool) or not isinstance(text, int | str):
        raise wrong(name, value, "a number from 0 on")
    parsed = parse_number(str(text))
    if parsed is None:
        raise wrong(name, value, "a number from 0 on")
    return parsed


def names(name: str, value: Any) -> list[str]:
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(
        isinstance(entry, str) for entry in found
    ):
        raise wrong(name, value, "a name or a list of names")
    if name == "order_by" and len(found) > MAX_ORDER:
        raise wrong(name, value, f"at most {MAX_ORDER} names")
    return [snake(entry) for entry in found]


def flag(name: str, value: Any) -> bool:
    found = str(value).lower()
    if found not in {"true", "false"}:
        raise wrong(name, value, "true or false")
    return found == "true"


READERS: dict[str, Callable[[str, Any], Any]] = {
    "order_by": names,
    "page_size": number,
    "limit": number,
    "offset": number,
    "serial_fields": names,
    "debug": flag,
}


def wrong(name: str, value: Any, expected: str) -> ParseError:
    return unknown(f"{str(value)[:100]!r} for {name}, which must be {expected}")


def unknown(what: str) -> ParseError:
    return ParseError(f"Unknown page config value: {what}", code="bad_page_config")
