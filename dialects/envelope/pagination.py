"""Pages, without a change of the body's shape.

GET /actors?page=2&per_page=10
200  X-Total-Count: 31
     Link: <…&page=1>; rel="first", <…&page=1>; rel="prev", …
"""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from common.http.numbers import MAX_NUMBER, parse_number
from dialects.envelope.errors import BadQuery
from dialects.openapi_parts import Schema, query_parameter
from dialects.pagination import CappedList, NumberedPagination, Page

DEFAULT_PAGE_SIZE = 10
MAX_PAGE_SIZE = 100


class EnvelopePagination(NumberedPagination):
    """The whole list, or a page if the request has `page` or `per_page`."""

    parameters = ("page", "per_page", CappedList.offset_param)

    def requested_page(self, request: Request, view: object) -> Page | None:
        query = request.query_params
        if request.method != "GET" or not {"page", "per_page"} & query.keys():
            return None
        if self.offset_param in query:
            text = "`offset` can't be combined with `page` or `per_page`."
            raise BadQuery({self.offset_param: [text]})
        number = self.number("page", 1, MAX_NUMBER)
        size = self.number("per_page", DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)
        return Page((number - 1) * size, size)

    def page_url(self, start: int) -> str:
        number = start // self.page.size + 1 if self.page else 1
        return replace_query_param(self.request.build_absolute_uri(), "page", number)

    def number(self, name: str, default: int, maximum: int) -> int:
        text = self.request.query_params.get(name, str(default))
        number = parse_number(text, 1, maximum)
        if number is None:
            up_to = f"from 1 to {maximum}" if maximum == MAX_PAGE_SIZE else "from 1"
            raise BadQuery({name: [f"A whole number {up_to} is expected."]})
        return number

    def offset(self, request: Request) -> int:
        """Return the rows to skip; the response to a write has the first rows."""
        if request.method != "GET":
            return 0
        try:
            return super().offset(request)
        except ValidationError as exc:
            raise BadQuery(
                {self.offset_param: ["A whole number from 0 is expected."]}
            ) from exc

    def list_url(self, request: Request, view: Any) -> str:
        """Return the list's own URL, also for the response to a write of one row."""
        if request.method == "GET":
            return super().list_url(request, view)
        return str(view.reverse_action("list"))

    def get_schema_operation_parameters(self, view: object) -> list[Schema]:
        number = {"type": "integer", "minimum": 1}
        # Without a default: generated clients would send it, which turns on pages.
        size = {**number, "maximum": MAX_PAGE_SIZE}
        text = f"Page size, {DEFAULT_PAGE_SIZE} by default. Enables pagination."
        return [
            query_parameter("page", number, "Page number, from 1."),
            query_parameter("per_page", size, text),
            *super().get_schema_operation_parameters(view),
        ]
