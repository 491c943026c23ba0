"""Lists under their model's name, and `pageConfig`: their order, pages and fields.

    GET /books?pageConfig={"orderBy": ["-pubYear", "title"], "pageSize": 2,
                           "offset": 4, "serialFields": ["id", "title"]}
    200  {"Book": [{…}, {…}]}
    X-Total-Count: 17
    Link: <…?pageConfig={… "offset": 6}>; rel="next", …

As in Flask-RESTful-DBBase, the parameter can also be `page_config`, its keys can be in
snake_case and its numbers text, and it can be a Python dict as `print` shows it.
`limit` takes precedence over `pageSize`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from json import dumps
from typing import Any
from urllib.parse import quote_plus, urlencode

from django.http import QueryDict
from django.utils.functional import cached_property
from rest_framework.request import Request
from rest_framework.response import Response

from common.http import strict_json
from common.http.numbers import MAX_DIGITS, parse_number
from common.suggestions import suggestion
from dialects.dbbase import old_texts
from dialects.dbbase.camel_case import to_camel, to_snake
from dialects.dbbase.columns import no_column_error
from dialects.dbbase.errors import QueryError
from dialects.dbbase.serializers import DbbaseModelSerializer
from dialects.pagination import NumberedPagination, Page

PARAMETERS = ("pageConfig", "page_config")
MAX_LENGTH, MAX_BRACKETS, MAX_ORDER = 10_000, 20, 10
PYTHON_TEXT = re.compile(r"""'(\\.|[^'\\])*'|"(\\.|[^"\\])*\"""", re.DOTALL)
# Python reads `1_0` and `0x10`, but never prints them.
UNPRINTED_NUMBER = re.compile(r"\d_|0[box]", re.IGNORECASE)
# Stands for an offset while a URL is built. No page starts at such a large number.
ANY_OFFSET = 10**MAX_DIGITS
Json = dict[str, object]


@dataclass(frozen=True)
class PageConfig:
    """The value of `pageConfig`."""

    parameter: str
    # Values from the client, with names and keys in snake_case.
    values: dict[str, Any]

    @classmethod
    def from_query(cls, params: QueryDict) -> PageConfig:
        for name in PARAMETERS:
            if texts := params.getlist(name):
                return cls(name, clean_values(parse_object(str(texts[0]))))
        return cls(PARAMETERS[0], {})

    @property
    def order_by(self) -> list[str]:
        return list(self.values.get("order_by", []))

    @property
    def serial_fields(self) -> list[str] | None:
        return self.values.get("serial_fields")

    def check_serial_fields(
        self, serializer_class: type[DbbaseModelSerializer]
    ) -> None:
        """Raise ParseError if `serialFields` names a field that the rows don't have."""
        if not self.serial_fields:
            return
        serializer = serializer_class()
        for name in self.serial_fields:
            if name not in serializer.fields:
                raise no_column_error(name, serializer.model, serializer.fields)

    @property
    def debug(self) -> bool:
        return bool(self.values.get("debug"))

    @property
    def is_page(self) -> bool:
        return not {"page_size", "limit", "offset"}.isdisjoint(self.values)

    @property
    def offset(self) -> int:
        return int(self.values.get("offset", 0))

    def page_size(self, max_rows: int) -> int:
        size = self.values.get("limit", self.values.get("page_size", max_rows))
        return min(int(size), max_rows)

    def to_json(self, offset: int) -> str:
        """Return the value of `pageConfig` for the page that starts at `offset`."""
        values = self.values | {"offset": offset}
        return dumps({to_camel(key): value for key, value in values.items()})


def parse_object(text: str) -> Json:
    """Return the object in a text: JSON, or a dict as Python prints it."""
    if len(text) > MAX_LENGTH:
        raise page_config_error(f"it is longer than {MAX_LENGTH} characters")
    try:
        document = strict_json.loads(text.encode())
    except strict_json.MalformedJSON:
        document = parse_python(text)
    if isinstance(document, dict) and all(isinstance(key, str) for key in document):
        return document
    raise page_config_error(f"{text[:100]!r} is not a JSON object")


def parse_python(text: str) -> object:
    """Return the value of a Python literal, or None if it isn't an acceptable one."""
    if "'" not in text or sum(map(text.count, "([{")) > MAX_BRACKETS:
        return None
    if UNPRINTED_NUMBER.search(PYTHON_TEXT.sub("", text)):
        return None
    try:
        value: object = ast.literal_eval(text.strip())
        strict_json.check_storable(value)
    except (ValueError, SyntaxError, TypeError, MemoryError, strict_json.MalformedJSON):
        return None
    return value


def clean_values(document: Json) -> Json:
    values = {}
    for key, value in document.items():
        name = to_snake(key)
        if name not in KEYS:
            raise page_config_error(name[:100], suggestion(name, KEYS))
        values[name] = KEYS[name](name, value)
    return values


def clean_number(name: str, value: object) -> int:
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, int | str) and not isinstance(text, bool):
        number = parse_number(str(text))
        if number is not None:
            return number
    raise invalid_value_error(name, value, "a whole number from 0")


def clean_names(name: str, value: object) -> list[str]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(item, str) for item in names):
        raise invalid_value_error(name, value, "a name or a list of names")
    if name == "order_by" and len(names) > MAX_ORDER:
        raise invalid_value_error(name, value, f"at most {MAX_ORDER} names")
    return [to_snake(item) for item in names]


def clean_flag(name: str, value: object) -> bool:
    text = str(value).lower()
    if text not in {"true", "false"}:
        raise invalid_value_error(name, value, "true or false")
    return text == "true"


KEYS: dict[str, Callable[[str, object], object]] = {
    "order_by": clean_names,
    "page_size": clean_number,
    "limit": clean_number,
    "offset": clean_number,
    "serial_fields": clean_names,
    "debug": clean_flag,
}


def invalid_value_error(name: str, value: object, expected: str) -> QueryError:
    return page_config_error(
        f"{str(value)[:100]!r} for {name}, which must be {expected}"
    )


def page_config_error(detail: str, hint: str = "") -> QueryError:
    text = old_texts.BAD_PAGE_CONFIG.format(detail=detail)
    return QueryError(text, "bad_page_config", hint)


class DbbasePagination(NumberedPagination):
    """A page if `pageConfig` asks for one, otherwise the whole list."""

    counts_from_start = True
    model_name: str
    config: PageConfig

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any]:
        self.model_name = queryset.model.__name__
        return super().paginate_queryset(queryset, request, view)

    def requested_page(self, request: Request, view: Any) -> Page | None:
        self.config = view.page_config
        if not self.config.is_page:
            return None
        return Page(self.config.offset, self.config.page_size(self.max_rows(view)))

    def window(self, request: Request, view: Any) -> slice:
        """Return the rows to read: for a whole list, one more than its maximum."""
        if page := self.requested_page(request, view):
            return slice(page.start, page.start + page.size)
        start = self.offset(request)
        return slice(start, start + self.max_rows(view) + 1)

    def page_url(self, start: int) -> str:
        """Return the URL of this request with another offset."""
        before, after = self.url_parts
        return f"{before}{start}{after}"

    @cached_property
    def url_parts(self) -> tuple[str, str]:
        """Return the parts of a page's URL before and after its offset."""
        url = self.request.build_absolute_uri().partition("?")[0]
        name = self.config.parameter
        others = sorted(self.request.query_params.lists())
        parts = [(key, urlencode({key: texts}, doseq=True)) for key, texts in others]
        head = "".join(f"{part}&" for key, part in parts if key < name)
        tail = "".join(f"&{part}" for key, part in parts if key > name)
        # Only in this value: another parameter may have the same digits.
        start, end = quote_plus(self.config.to_json(ANY_OFFSET)).split(str(ANY_OFFSET))
        return f"{url}?{head}{name}={start}", f"{end}{tail}"

    def get_paginated_response(self, data: object) -> Response:
        return super().get_paginated_response({self.model_name: data})

    def get_paginated_response_schema(self, schema: Json) -> Json:
        return envelope_schema(self.model_name, schema)


def envelope_schema(model_name: str, rows: Json) -> Json:
    return {
        "type": "object",
        "properties": {model_name: rows},
        "required": [model_name],
    }
