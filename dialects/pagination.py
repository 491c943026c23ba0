"""Pagination of all dialects but JSON:API: capped lists, and pages by number.

GET /bucketlists/?limit=2&page=2
200  [{…}, {…}]
Link: <…?limit=2&page=1>; rel="first", <…?limit=2&page=1>; rel="prev", …
X-Total-Count: 7
"""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Model, QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from common.http.numbers import MAX_NUMBER, parse_number
from dialects.openapi_parts import Schema, query_parameter, response_header
from dialects.rows import RowPlan

DEFAULT_PAGE_SIZE = 20
PAGE_HEADERS: list[OpenApiParameter] = [
    response_header("Link"),
    response_header("X-Total-Count"),
]


class CappedList(BasePagination):
    """The whole list in one response, as the old APIs sent it, but never unbounded.

    The body has at most `QUINTET_MAX_UNPAGED` rows. If there are more, the header
    `Link: <…?offset=1000>; rel="next"` leads to them.
    """

    offset_param = "offset"
    # For the OpenAPI document.
    response_headers: tuple[str, ...] = ("Link",)
    next_url: str | None = None
    # The plan for reading the rows of a page, set by `Dialect.list_response()`. Totals
    # are counted without it.
    plan: RowPlan | None = None

    def paginate_queryset(
        self, queryset: Any, request: Request, view: object = None
    ) -> list[Any]:
        limit = self.max_rows(view)
        offset = self.offset(request)
        rows = self.read(queryset[offset : offset + limit + 1])
        if len(rows) > limit:
            url = self.list_url(request, view)
            self.next_url = replace_query_param(url, self.offset_param, offset + limit)
        return rows[:limit]

    def read(self, rows: QuerySet[Model]) -> list[Any]:
        """Return the rows of a page, as tuples of columns if there is a plan."""
        return list(self.plan.select(rows) if self.plan else rows)

    def list_url(self, request: Request, view: object) -> str:
        return request.build_absolute_uri()

    def max_rows(self, view: object) -> int:
        """Return the maximum of rows in a response, the view's own if it is lower."""
        limit: int = settings.QUINTET_MAX_UNPAGED
        return min(limit, getattr(view, "max_rows", sys.maxsize))

    def offset(self, request: Request) -> int:
        text = request.query_params.get(self.offset_param)
        if text is None:
            return 0
        number = parse_number(text)
        if number is None:
            raise ValidationError(
                {self.offset_param: ["A whole number from 0 is expected."]}
            )
        return number

    def get_paginated_response(self, data: object) -> Response:
        return Response(data, headers=self.headers())

    def headers(self) -> dict[str, str]:
        return {"Link": link_header({"next": self.next_url})} if self.next_url else {}

    def get_schema_operation_parameters(self, view: object) -> list[Schema]:
        schema = {"type": "integer", "minimum": 0}
        description = (
            "Number of rows to skip, for lists that are longer than their limit."
        )
        return [query_parameter(self.offset_param, schema, description)]


@dataclass(frozen=True)
class Page:
    """A part of a list of `total` rows: `size` rows from the row `start` on."""

    start: int
    size: int
    total: int = 0

    def neighbors(self, *, from_start: bool) -> dict[str, int]:
        """Return the first rows of the other pages, by their relation (RFC 8288).

        The last page is a whole number of pages away from the first row of the list.
        With `from_start`, it is a whole number of pages away from this page.
        """
        shift = self.start % self.size if from_start else 0
        last = max(0, (self.total - 1 - shift) // self.size * self.size + shift)
        starts = {"first": 0}
        if self.start > 0:
            starts["prev"] = min(max(0, self.start - self.size), last)
        if self.start + self.size < self.total:
            starts["next"] = self.start + self.size
        return starts | {"last": last}


class NumberedPagination(CappedList):
    """A page if the request asks for one, otherwise the whole list.

    A page has the headers `Link` and `X-Total-Count`; the body keeps its shape.
    """

    response_headers = ("Link", "X-Total-Count")
    # See `Page.neighbors()`.
    counts_from_start = False
    page: Page | None = None
    request: Request

    @abstractmethod
    def requested_page(self, request: Request, view: object) -> Page | None:
        """Return the page that the query names, or None."""

    @abstractmethod
    def page_url(self, start: int) -> str:
        """Return this request's URL for the page that begins at the row `start`."""

    def paginate_queryset(
        self, queryset: Any, request: Request, view: object = None
    ) -> list[Any]:
        self.request = request
        requested = self.requested_page(request, view)
        if requested is None:
            return super().paginate_queryset(queryset, request, view)
        start, size = requested.start, requested.size
        self.page = Page(start, size, count_rows(queryset))
        # A start beyond the end may exceed the database's integers.
        if start >= self.page.total:
            return []
        return self.read(queryset[start : start + size])

    def headers(self) -> dict[str, str]:
        if self.page is None:
            return super().headers()
        total = {"X-Total-Count": str(self.page.total)}
        if not self.page.size:
            return total
        starts = self.page.neighbors(from_start=self.counts_from_start)
        urls = {relation: self.page_url(start) for relation, start in starts.items()}
        return {**total, "Link": link_header(urls)}


class OptionalPagination(NumberedPagination):
    """Pages by `limit` with `page` or `offset`; the links use what the request used."""

    def requested_page(self, request: Request, view: object) -> Page | None:
        query = request.query_params
        if "limit" not in query and "page" not in query:
            return None
        if "page" in query and "offset" in query:
            raise ValidationError({"page": ["Send `page` or `offset`, not both."]})
        limit = self.max_rows(view)
        size = get_number(request, "limit", min(DEFAULT_PAGE_SIZE, limit), limit)
        if "offset" in query:
            return Page(self.offset(request), size)
        return Page((get_number(request, "page", 1) - 1) * size, size)

    def page_url(self, start: int) -> str:
        url = self.request.build_absolute_uri()
        if "offset" in self.request.query_params or self.page is None:
            return replace_query_param(url, "offset", start)
        return replace_query_param(url, "page", start // self.page.size + 1)

    def get_schema_operation_parameters(self, view: object) -> list[Schema]:
        number = {"type": "integer", "minimum": 1}
        limit = self.max_rows(view)
        size = {**number, "maximum": limit, "default": min(DEFAULT_PAGE_SIZE, limit)}
        return [
            *super().get_schema_operation_parameters(view),
            query_parameter("limit", size, "Page size. Enables pagination."),
            query_parameter("page", number, "Page number, from 1."),
        ]


def get_number(
    request: Request, name: str, default: int, maximum: int = MAX_NUMBER
) -> int:
    """Return a query parameter that is a number from 1 on. Raise ValidationError."""
    number = parse_number(request.query_params.get(name, str(default)), 1, maximum)
    if number is None:
        raise ValidationError({name: [f"A number from 1 to {maximum} is expected."]})
    return number


def count_rows(queryset: QuerySet[Model]) -> int:
    """Return the number of rows, by the queryset's own `total()` if it has one."""
    return int(getattr(queryset, "total", queryset.count)())


def link_header(urls: Mapping[str, str | None], separator: str = ", ") -> str:
    """Return the value of the header `Link` for URLs by their relation (RFC 8288)."""
    return separator.join(f'<{url}>; rel="{rel}"' for rel, url in urls.items() if url)
