"""One strict JSON parser for all APIs: what it accepts, every database can store.

Refused, each with 400: text that is not UTF-8 or not JSON, `NaN` and infinities,
duplicate keys, NUL characters, lone surrogates, nesting deeper than `MAX_DEPTH`.

And one writer: `dumps` writes what DRF's renderer would, many times faster.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.utils.encoders import JSONEncoder

MAX_DEPTH = 64
# NUL, which PostgreSQL cannot store, and surrogates, which no encoder can write.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class MalformedJSON(ParseError):
    default_code = "malformed_json"


def loads(raw: bytes, decoder: json.JSONDecoder | None = None) -> Any:
    """The document in `raw`, or `MalformedJSON` saying what is wrong with it."""
    try:
        document = (decoder or DECODER).decode(raw.decode("utf-8"))
    except UnicodeDecodeError as exc:
        raise MalformedJSON(f"Byte {exc.start} is not UTF-8.") from exc
    except RecursionError as exc:
        raise too_deep() from exc
    except ValueError as exc:
        raise MalformedJSON(str(exc)) from exc
    # Short of these there is nothing to find: decoded UTF-8 holds neither of the
    # characters, and nothing is nested deeper than it has brackets.
    if b"\\u" in raw or raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:
        refuse_unstorable(document)
    return document


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        refuse_second(key for key, _ in pairs)
    return found


def respelling(spelled: Mapping[str, str]) -> json.JSONDecoder:
    """The decoder for documents whose keys are to be spelled as it is here."""

    def make(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = {}
        for key, value in pairs:
            found[spelled[key]] = value
        if len(found) < len(pairs):
            refuse_second(key for key, _ in pairs)
        return found

    return decoder_of(make)


def refuse_second(keys: Iterable[str]) -> None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise MalformedJSON(f"The key {key!r} stands twice in one object.")
        seen.add(key)


def refuse_constant(name: str) -> NoReturn:
    raise MalformedJSON(f"{name} is not JSON.")


def finite(text: str) -> float:
    if math.isinf(number := float(text)):
        raise MalformedJSON("A number is too large.")
    return number


def decoder_of(make_object: Callable[[list[tuple[str, Any]]], Any]) -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=make_object,
        parse_constant=refuse_constant,
        parse_float=finite,
    )


DECODER = decoder_of(unique_keys)


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


class Encoder(JSONEncoder):
    """DRF's encoder, which also takes subclasses of JSON's own types."""

    def default(self, obj: Any) -> Any:
        kinds: tuple[Any, ...] = (str, dict, list, tuple, int, float)
        for kind in kinds:
            if isinstance(obj, kind):  # of a class of its own
                return kind(obj)
        return super().default(obj)


# DRF has its own ways with times, and Django lists that are none inside.
OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS
SEPARATORS = [("\u2028".encode(), b"\\u2028"), ("\u2029".encode(), b"\\u2029")]
default = Encoder().default


def dumps(document: Any, *, sort_keys: bool = False) -> bytes:
    """The document in UTF-8 without white space.

    Raises TypeError where it is too deep, or a number too long, for that writer.
    """
    options = OPTIONS | orjson.OPT_SORT_KEYS if sort_keys else OPTIONS
    body = orjson.dumps(document, default, options)
    for separator, escaped in SEPARATORS:
        # Which JSON may hold, but JavaScript may not.
        if separator in body:
            body = body.replace(separator, escaped)
    return body
