"""Pages by choice: who does not ask gets the whole list, as ever.

    GET /bucketlists/?limit=2&page=2
    200  [{…}, {…}]
    Link: <…?limit=2&page=1>; rel="first", <…?limit=2&page=1>; rel="prev", …
    X-Total-Count: 7

`limit` and `offset` do the same by row; the links then speak of rows, too.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from dialects.base import Unpaged, link_header

ROWS_OF_A_PAGE = 20
PAGE_HEADERS = [
    OpenApiParameter(
        "Link",
        str,
        OpenApiParameter.HEADER,
        response=[200],
        description="Other pages of the list: `first`, `prev`, `next` and `last`.",
    ),
    OpenApiParameter(
        "X-Total-Count",
        int,
        OpenApiParameter.HEADER,
        response=[200],
        description="The rows of all pages, where `page` or `limit` was sent.",
    ),
]


class OptionalPages(Unpaged):
    """`limit` with `page` or `offset`; the body is an array either way."""

    is_paged = False

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any]:
        query = request.query_params
        self.is_paged = "limit" in query or "page" in query
        if not self.is_paged:
            return super().paginate_queryset(queryset, request, view)
        if "page" in query and "offset" in query:
            raise ValidationError({"page": ["Send a page or an offset, not both."]})
        self.request = request
        most = self.most_rows(view)
        self.limit = number(request, "limit", min(ROWS_OF_A_PAGE, most), most)
        self.start = self.offset(request)
        if "offset" not in query:
            self.start = (number(request, "page", 1) - 1) * self.limit
        self.total = queryset.count()
        # Beyond the end may be beyond a database's integers.
        if self.start >= self.total:
            return []
        return self.read(queryset[self.start : self.start + self.limit])

    def get_paginated_response(self, data: Any) -> Response:
        if not self.is_paged:
            return super().get_paginated_response(data)
        urls = {rel: self.url_of(row) for rel, row in self.steps()}
        headers = {"Link": link_header(urls), "X-Total-Count": str(self.total)}
        return Response(data, headers=headers)

    def steps(self) -> list[tuple[str, int]]:
        """The other pages there are, by their first row."""
        last = max(self.total - 1, 0) // self.limit * self.limit
        following, previous = self.start + self.limit, self.start - self.limit
        found = [("first", 0)]
        if self.start:
            found.append(("prev", max(min(previous, last), 0)))
        if following < self.total:
            found.append(("next", following))
        return [*found, ("last", last)]

    def url_of(self, row: int) -> str:
        url = self.request.build_absolute_uri()
        if "offset" in self.request.query_params:
            return replace_query_param(url, "offset", row)
        return replace_query_param(url, "page", row // self.limit + 1)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        texts = {
            "limit": f"Rows of a page; without it {ROWS_OF_A_PAGE}.",
            "page": "The page, counted from 1.",
        }
        return super().get_schema_operation_parameters(view) + [
            {
                "name": name,
                "in": "query",
                "schema": {"type": "integer", "minimum": 1},
                "description": text,
            }
            for name, text in texts.items()
        ]


def number(request: Request, name: str, default: int, most: int = 10**18 - 1) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:19]) <= most):
        raise ValidationError({name: [f"A number from 1 to {most} is expected."]})
    return int(text)
