"""Keys in camelCase for clients, and in snake_case in the code.

A body may have its keys in either case, on every level. A response has camelCase, but
for errors, which name columns in snake_case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import IO, Any

from rest_framework.exceptions import ParseError

from common.http.strict_json import (
    CompactRenderer,
    StrictJSONParser,
    make_renaming_decoder,
)

MAX_CACHED_NAMES, MAX_CACHED_LENGTH = 1000, 50
ONE_OR_MORE = "A JSON object, or a list of at least one,"
SCALARS = {str, int, float, bool, Decimal, type(None)}


def to_camel(name: str) -> str:
    """Return `pubYear` for `pub_year`."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def to_snake(name: str) -> str:
    """Return `pub_year` for `pubYear` and for `pub_year`."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


class NameCache(dict[str, str]):
    """Converted names by the original ones.

    Clients invent names, so only short ones are kept, and only a limited number.
    """

    def __init__(self, convert: Callable[[str], str]) -> None:
        self.convert = convert

    def __missing__(self, name: str) -> str:
        converted = self.convert(name)
        if len(self) >= MAX_CACHED_NAMES:
            self.clear()
        if len(name) <= MAX_CACHED_LENGTH:
            self[name] = converted
        return converted


SNAKE_NAMES, CAMEL_NAMES = NameCache(to_snake), NameCache(to_camel)


class Verbatim(dict[str, object]):
    """An object whose keys are not renamed, on any level."""


def rename_keys(data: object, names: Mapping[str, str]) -> object:
    """Return the data with every key, on every level, replaced by its new name."""
    if isinstance(data, Verbatim):
        return data
    if isinstance(data, dict):
        return {
            names[key]: value if type(value) in SCALARS else rename_keys(value, names)
            for key, value in data.items()
        }
    if isinstance(data, list | tuple):
        return [rename_keys(value, names) for value in data]
    return data


class DbbaseParser(StrictJSONParser):
    """Parser of `application/json` and `application/…+json`."""

    # `check_media_type()` of the views refuses the other types, also without a body.
    media_type = "*/*"
    decoder = make_renaming_decoder(SNAKE_NAMES)

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, object] | None = None,
    ) -> Any:
        document = super().parse(stream, media_type, parser_context)
        view = (parser_context or {}).get("view")
        takes_list = getattr(view, "adds_rows", False)
        is_list = takes_list and isinstance(document, list) and document
        if not (isinstance(document, dict) or is_list):
            expected = ONE_OR_MORE if takes_list else "A JSON object"
            raise ParseError(f"{expected} is expected.", code="malformed_json")
        return document


class DbbaseRenderer(CompactRenderer):
    def render(
        self,
        data: object,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, object] | None = None,
    ) -> bytes:
        response = (renderer_context or {}).get("response")
        is_error = getattr(response, "exception", True)
        return super().render(
            data if is_error else rename_keys(data, CAMEL_NAMES),
            accepted_media_type,
            renderer_context,
        )
