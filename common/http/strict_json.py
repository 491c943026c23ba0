"""JSON of all APIs: one strict parser, one writer, and DRF's classes for both.

The parser accepts what every database can store. It refuses with 400: text that is not
UTF-8 or not JSON, `NaN` and infinities, duplicate keys, NUL characters, lone
surrogates, and nesting deeper than `MAX_DEPTH`. It ignores a byte order mark.

The writer returns the bytes of DRF's `JSONRenderer`, many times faster.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, Any, NoReturn

import orjson
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.utils.encoders import JSONEncoder

MAX_DEPTH = 64
BYTE_ORDER_MARK = "\ufeff"
# NUL, which PostgreSQL cannot store, and surrogates, which no encoder can write.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

# The members of an object in the order of the text.
Pairs = list[tuple[str, object]]


class MalformedJSON(ParseError):
    default_code = "malformed_json"


def loads(raw: bytes, decoder: json.JSONDecoder | None = None) -> Any:
    """Return the document in `raw`. Raise MalformedJSON with the reason."""
    try:
        # JSON lets a parser ignore a byte order mark (RFC 8259, 8.1).
        text = raw.decode("utf-8").removeprefix(BYTE_ORDER_MARK)
        document = (decoder or DECODER).decode(text)
    except UnicodeDecodeError as exc:
        raise MalformedJSON(f"Byte {exc.start} is not UTF-8.") from exc
    except RecursionError as exc:
        raise too_deep_error() from exc
    except ValueError as exc:
        raise MalformedJSON(str(exc)) from exc
    # UTF-8 cannot hold the refused characters unless escaped, and a document is not
    # deeper than it has brackets.
    if b"\\u" in raw or raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:
        check_storable(document)
    return document


def unique_keys(pairs: Pairs) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        check_unique(key for key, _ in pairs)
    return members


def make_renaming_decoder(names: Mapping[str, str]) -> json.JSONDecoder:
    """Return a decoder that replaces each key of a document by `names[key]`."""

    def make_object(pairs: Pairs) -> dict[str, object]:
        members = {names[key]: value for key, value in pairs}
        if len(members) < len(pairs):
            check_unique(key for key, _ in pairs)
        return members

    return make_decoder(make_object)


def check_unique(keys: Iterable[str]) -> None:
    """Raise MalformedJSON, which names the key, for a duplicate."""
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise MalformedJSON(f"Duplicate key {key!r}.")
        seen.add(key)


def parse_constant(name: str) -> NoReturn:
    """Raise MalformedJSON for `NaN` and infinities, which are not JSON."""
    raise MalformedJSON(f"{name} is not JSON.")


def parse_float(text: str) -> float:
    if math.isinf(number := float(text)):
        raise MalformedJSON("A number is too large.")
    return number


def make_decoder(make_object: Callable[[Pairs], object]) -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=make_object,
        parse_constant=parse_constant,
        parse_float=parse_float,
    )


DECODER = make_decoder(unique_keys)


def check_storable(document: object) -> None:
    """Raise MalformedJSON for a string that cannot be stored, or too deep nesting.

    Walks level by level, since recursion would limit the depth.
    """
    level, depth = [document], 0
    while level:
        depth += 1
        below: list[object] = []
        for value in level:
            if isinstance(value, str) and UNSTORABLE.search(value):
                raise MalformedJSON(
                    "A string contains a NUL character or a lone surrogate."
                )
            if not isinstance(value, dict | list):
                continue
            if depth > MAX_DEPTH:
                raise too_deep_error()
            below += [*value, *value.values()] if isinstance(value, dict) else value
        level = below


def too_deep_error() -> MalformedJSON:
    return MalformedJSON(f"The document is nested deeper than {MAX_DEPTH} levels.")


class StrictJSONParser(JSONParser):
    """`application/json` in UTF-8, read by the strict parser of all dialects."""

    decoder = DECODER

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, object] | None = None,
    ) -> Any:
        request = (parser_context or {}).get("request")
        if isinstance(request, Request):
            charset = (request.content_params or {}).get("charset", "utf-8")
            if charset.lower() not in {"utf-8", "utf8"}:
                raise UnsupportedMediaType(media_type or "")
        return loads(stream.read(), self.decoder)


class Encoder(JSONEncoder):
    """DRF's encoder, which also takes subclasses of JSON types."""

    def default(self, obj: object) -> object:
        types: tuple[Any, ...] = (str, dict, list, tuple, int, float)
        for json_type in types:
            if isinstance(obj, json_type):
                return json_type(obj)
        return super().default(obj)


# DRF formats times differently, and some of Django's lists do not subclass `list`.
OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS
# JSON allows these line separators in strings, JavaScript does not.
SEPARATORS = [("\u2028".encode(), b"\\u2028"), ("\u2029".encode(), b"\\u2029")]
default = Encoder().default


def dumps(document: object, *, sort_keys: bool = False) -> bytes:
    """Return the document in UTF-8 without white space.

    Raise TypeError for a document that orjson cannot write, because it is too deep or
    contains a number of more than 64 bits.
    """
    options = OPTIONS | orjson.OPT_SORT_KEYS if sort_keys else OPTIONS
    return escape_separators(orjson.dumps(document, default, options))


def escape_separators(body: bytes) -> bytes:
    for separator, escaped in SEPARATORS:
        if separator in body:
            body = body.replace(separator, escaped)
    return body


def canonical_json(document: object) -> bytes:
    """Return JSON with sorted keys, equal for equal documents."""
    try:
        return dumps(document, sort_keys=True)
    except TypeError:
        return json.dumps(document, sort_keys=True, cls=Encoder).encode()


class CompactRenderer(JSONRenderer):
    """DRF's renderer, with `dumps()` for every document that it can write."""

    encoder_class = Encoder

    def render(
        self,
        data: object,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, object] | None = None,
    ) -> bytes:
        # Browsable pages, and clients that ask for it, get an indent.
        is_indented = ";" in (accepted_media_type or "") or (
            renderer_context and "indent" in renderer_context
        )
        if data is not None and not is_indented:
            try:
                return dumps(data)
            except TypeError:
                pass
        return super().render(data, accepted_media_type, renderer_context)


# The text before each value of an array or object, and the value.
Parts = Iterator[tuple[str, object]]


def dumps_deep(document: object) -> bytes:
    """Return the document as `dumps()` does, at any depth. Keys must be strings.

    Python's own encoder needs a stack frame for each level.
    """
    texts: list[str] = []
    stack: list[tuple[str, Parts]] = [("", iter([("", document)]))]
    while stack:
        end, parts = stack[-1]
        prefix, value = next(parts, (None, None))
        if prefix is None:
            texts.append(end)
            stack.pop()
        elif brackets := brackets_of(value):
            start, end, parts = brackets
            texts.append(prefix + start)
            stack.append((end, parts))
        else:
            texts.append(prefix + dump_leaf(value))
    return escape_separators("".join(texts).encode())


def brackets_of(value: object) -> tuple[str, str, Parts] | None:
    """Return the brackets and the parts of an object or array; None for a leaf."""
    if isinstance(value, dict):
        return "{", "}", members_of(value)
    if isinstance(value, list | tuple):
        return "[", "]", zip(commas(), value, strict=False)
    return None


def members_of(members: dict[str, object]) -> Parts:
    for comma, (name, value) in zip(commas(), members.items(), strict=False):
        yield f"{comma}{dump_leaf(name)}:", value


def dump_leaf(value: object) -> str:
    return json.dumps(value, cls=Encoder, ensure_ascii=False)


def commas() -> Iterator[str]:
    yield ""
    while True:
        yield ","
