"""`page[number]` and `page[size]`, and the links from page to page."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import QuerySet
from django.utils.encoding import escape_uri_path
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from dialects.restless.documents import document
from dialects.restless.errors import Refusal

NUMBER = "page[number]"
SIZE = "page[size]"
# Eighteen digits are as far as a database's integers go.
INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)


class RestlessPagination(BasePagination):
    default_size = 10
    max_size = 100

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any]:
        self.request = request
        self.number = max(1, integer(request, NUMBER, 1))
        self.size = integer(request, SIZE, self.default_size)
        self.check_page()
        self.total = queryset.count()
        if self.size == 0:
            return self.everything(queryset)
        start = (self.number - 1) * self.size
        # A database takes no offset beyond its integers; nothing is there anyway.
        return list(queryset[start : start + self.size]) if start < self.total else []

    def check_page(self) -> None:
        if self.size > self.max_size:
            raise bad_page(
                f"Page size must not exceed the server's maximum: {self.max_size}", SIZE
            )
        if self.size == 0 and self.number > 1:
            raise bad_page("Without a page size there is one page only", NUMBER)

    def everything(self, queryset: QuerySet[Any]) -> list[Any]:
        limit = settings.QUINTET_MAX_UNPAGED
        if self.total > limit:
            raise bad_page(
                f"Page size 0 gives everything, but at most {limit} resources; "
                f"{self.total} match",
                SIZE,
            )
        return list(queryset)

    def get_paginated_response(self, data: Any) -> Response:
        """A collection document of the given members."""
        links = self.links()
        header = ",".join(
            f'<{url}>; rel="{name}"' for name, url in links.items() if url
        )
        body = document(
            **data,
            meta={"total": self.total},
            links=links | {"self": escape_uri_path(self.request.path)},
        )
        return Response(body, headers={"Link": header})

    def links(self) -> dict[str, str | None]:
        if self.size == 0:
            return {}
        last = max(1, -(-self.total // self.size))
        return {
            "first": self.url(1),
            "last": self.url(last),
            "prev": self.url(self.number - 1) if self.number > 1 else None,
            "next": self.url(self.number + 1) if self.number < last else None,
        }

    def url(self, number: int) -> str:
        """This page's URL with all its parameters, but for another number."""
        kept = [
            (name, value)
            for name, values in self.request.query_params.lists()
            for value in values
            if name not in {NUMBER, SIZE}
        ]
        query = urlencode([*kept, (SIZE, self.size), (NUMBER, number)])
        path = escape_uri_path(self.request.path)
        return f"{self.request.build_absolute_uri(path)}?{query}"


def integer(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not INTEGER.fullmatch(text) or int(text) < 0:
        raise bad_page(f"{name} must be a number from 0", name)
    return int(text)


def bad_page(detail: str, parameter: str) -> Refusal:
    return Refusal(400, "bad_page", detail, parameter=parameter)
