"""One strict JSON parser for all APIs: what it accepts, every database can store.

Refused, each with 400: text that is not UTF-8 or not JSON, `NaN` and infinities,
duplicate keys, NUL characters, lone surrogates, nesting deeper than `MAX_DEPTH`.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from rest_framework.exceptions import ParseError

MAX_DEPTH = 64
# NUL, which PostgreSQL cannot store, and surrogates, which no encoder can write.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class MalformedJSON(ParseError):
    default_code = "malformed_json"


def loads(raw: bytes) -> Any:
    """The document in `raw`, or `MalformedJSON` saying what is wrong with it."""
    try:
        document = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=unique_keys,
            parse_constant=refuse_constant,
            parse_float=finite,
        )
    except UnicodeDecodeError as exc:
        raise MalformedJSON(f"Byte {exc.start} is not UTF-8.") from exc
    except RecursionError as exc:
        raise too_deep() from exc
    except ValueError as exc:
        raise MalformedJSON(str(exc)) from exc
    refuse_unstorable(document)
    return document


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise MalformedJSON(f"The key {key!r} stands twice in one object.")
        found[key] = value
    return found


def refuse_constant(name: str) -> NoReturn:
    raise MalformedJSON(f"{name} is not JSON.")


def finite(text: str) -> float:
    if math.isinf(number := float(text)):
        raise MalformedJSON("A number is too large.")
    return number


def refuse_unstorable(document: Any) -> None:
    """Walks level by level, so that depth costs no recursion."""
    level, depth = [document], 0
    while level:
        depth += 1
        below: list[Any] = []
        for value in level:
            if isinstance(value, str) and UNSTORABLE.search(value):
                raise MalformedJSON("A text holds a NUL character or half a character.")
            if not isinstance(value, dict | list):
                continue
            if depth > MAX_DEPTH:
                raise too_deep()
            below += [*value, *value.values()] if isinstance(value, dict) else value
        level = below


def too_deep() -> MalformedJSON:
    return MalformedJSON(f"The document is nested deeper than {MAX_DEPTH} levels.")
