"""Pages: by `page[number]`, or by `page[after]` and `page[before]` from row to row.

The cursors follow https://jsonapi.org/profiles/ethanresnick/cursor-pagination/. They
are used where one is sent, an empty one meaning either end, or where `Accept` names
the profile and no page number is asked for.

Rows that are not shown are not read, except for their ids. A page by number that is far
from the first selects the ids of its rows by the filter and the order alone. So does a
page by cursor, unless its rows are one range in the order of their own columns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus, urlencode

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.encoding import escape_uri_path
from django.utils.functional import cached_property
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from dialects.pagination import count_rows, link_header, parse_number
from dialects.restless.cursors import cursor_at, place_at
from dialects.restless.documents import document
from dialects.restless.errors import JSONAPIError
from dialects.restless.resources import ResourceType
from dialects.restless.sorting import Order
from dialects.restless.wire import MEDIA_TYPE, accepts_profile

NUMBER, SIZE = "page[number]", "page[size]"
AFTER, BEFORE = "page[after]", "page[before]"
QUOTED = {name: quote_plus(name) for name in (NUMBER, SIZE, AFTER, BEFORE)}
PROFILE = "https://jsonapi.org/profiles/ethanresnick/cursor-pagination"
DEFAULT_SIZE, MAX_SIZE = 10, 100
Links = dict[str, str | None]
# Adds to rows what has to be loaded with them.
Load = Callable[[QuerySet[Any]], QuerySet[Any]]
MAX_HEADER = 8000
# So many rows are skipped as quickly with all that they hold as by their ids alone.
NEAR = 200


def as_they_are(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows


class RestlessPagination(BasePagination):
    page: Page
    total: int

    def paginate_queryset(
        self,
        queryset: Any,
        request: Request,
        view: Any = None,
        load: Load = as_they_are,
    ) -> list[Any]:
        """The rows of a page of the queryset, with what `load` adds to them."""
        by_cursor = AFTER in request.query_params or BEFORE in request.query_params
        is_numbered = NUMBER in request.query_params
        self.has_profile = accepts_profile(request, PROFILE) and not is_numbered
        kind = CursorPage if by_cursor or self.has_profile else NumberedPage
        self.page = kind(request, view.listed)
        self.total = count_rows(queryset)
        return self.page.rows(queryset, self.total, load)

    def get_paginated_response(self, data: Any) -> Response:
        """A collection document of the given members."""
        links = self.page.links(self.total)
        body = document(
            **data,
            meta={"total": self.total},
            links=links | {"self": escape_uri_path(self.page.request.path)},
        )
        response = Response(body, headers={"Link": page_link_header(links)})
        if self.has_profile and self.page.request.accepted_media_type == MEDIA_TYPE:
            response.content_type = f'{MEDIA_TYPE}; profile="{PROFILE}/"'
        return response


def page_link_header(links: Links) -> str:
    """The links once more, unless no client's parser would take so long a header."""
    header = link_header(links, separator=",")
    return header if len(header) <= MAX_HEADER else ""


class Page:
    """The part of a list that a request asks for."""

    # More members of the error.
    on_large_size: dict[str, Any] = {}

    def __init__(self, request: Request, resource: ResourceType) -> None:
        self.request, self.resource = request, resource
        self.order = Order.of(request.query_params, resource)
        self.size = integer(request, SIZE, DEFAULT_SIZE)
        if self.size > MAX_SIZE:
            detail = f"Page size must not exceed the server's maximum: {MAX_SIZE}"
            raise bad_page(detail, SIZE, **self.on_large_size)

    def rows(self, found: QuerySet[Any], total: int, load: Load) -> list[Any]:
        """The page's part of the rows that were found, which are `total`."""
        raise NotImplementedError

    def links(self, total: int) -> Links:
        raise NotImplementedError

    def url(self, name: str, value: Any) -> str:
        """This page's URL with all its parameters, but at another place."""
        return f"{self.without_place}{QUOTED[name]}={quote_plus(str(value))}"

    @cached_property
    def without_place(self) -> str:
        kept = [
            (name, value)
            for name, values in self.request.query_params.lists()
            for value in values
            if name not in QUOTED
        ]
        path = escape_uri_path(self.request.path)
        query = f"{urlencode(kept)}&" if kept else ""
        url = f"{self.request.build_absolute_uri(path)}?{query}"
        return f"{url}{QUOTED[SIZE]}={self.size}&"


class NumberedPage(Page):
    def __init__(self, request: Request, resource: ResourceType) -> None:
        super().__init__(request, resource)
        self.number = max(1, integer(request, NUMBER, 1))
        if self.size == 0 and self.number > 1:
            raise bad_page("Without a page size there is one page only", NUMBER)

    def rows(self, found: QuerySet[Any], total: int, load: Load) -> list[Any]:
        if self.size == 0:
            check_unpaged(total)
        start = (self.number - 1) * self.size
        if start >= total:
            return []
        window = slice(start, start + (self.size or total))
        ordered = self.order.sort(found)
        if start < NEAR:
            return list(load(ordered)[window])
        rows = self.resource.queryset.filter(pk__in=ordered.values("pk")[window])
        return list(load(self.order.sort(rows)))

    def links(self, total: int) -> Links:
        if self.size == 0:
            return {}
        last = max(1, -(-total // self.size))
        return {
            "first": self.url(NUMBER, 1),
            "last": self.url(NUMBER, last),
            "prev": self.url(NUMBER, self.number - 1) if self.number > 1 else None,
            "next": self.url(NUMBER, self.number + 1) if self.number < last else None,
        }


class CursorPage(Page):
    on_large_size = {
        "meta": {"page": {"maxSize": MAX_SIZE}},
        "links": {"type": [f"{PROFILE}/max-size-exceeded"]},
    }
    first: Any = None
    last: Any = None

    def __init__(self, request: Request, resource: ResourceType) -> None:
        super().__init__(request, resource)
        params = request.query_params
        if NUMBER in params:
            raise bad_page(f"{NUMBER} does not go with a cursor", NUMBER)
        if AFTER in params and BEFORE in params:
            links = {"type": [f"{PROFILE}/range-pagination-not-supported"]}
            raise bad_page(f"{AFTER} does not go with {BEFORE}", BEFORE, links=links)
        if self.size == 0:
            raise bad_page(f"{SIZE} must be a number from 1", SIZE)
        self.name = BEFORE if BEFORE in params else AFTER
        self.cursor = str(params.get(self.name, ""))

    def rows(self, found: QuerySet[Any], total: int, load: Load) -> list[Any]:
        """One more than fit are read, to know whether the list goes on."""
        is_backward = self.name == BEFORE
        order = self.order.reversed() if is_backward else self.order
        window = slice(0, self.size + 1)
        match self.ranges(order):
            case [only] if order.is_of_own_columns:
                rows = found.filter(only)
            case ranges:
                ids = order.sort(found).values("pk")
                parts = [ids.filter(condition)[window] for condition in ranges]
                rows = self.resource.queryset.filter(pk__in=union(parts))
        page = list(load(order.sort(order.with_places(rows)))[window])
        self.goes_on = len(page) > self.size
        page = page[: self.size][:: -1 if is_backward else 1]
        if page:
            self.first, self.last = page[0], page[-1]
        return page

    def ranges(self, order: Order) -> list[Q]:
        """What all rows beyond the cursor have in common, range by range."""
        if not self.cursor:
            return [Q()]
        place = place_at(self.cursor, self.resource, self.order)
        if place is None:
            raise bad_page(
                f"{self.name} must be a cursor from a link of this list, "
                "in the same order",
                self.name,
            )
        return order.beyond(place)

    def links(self, total: int) -> Links:
        is_backward = self.name == BEFORE
        # Where a cursor led here, there was a row on its other side.
        has_prev = self.goes_on if is_backward else self.cursor != ""
        has_next = self.cursor != "" if is_backward else self.goes_on
        return {
            "first": self.url(AFTER, ""),
            "last": self.url(BEFORE, ""),
            "prev": self.url_from(BEFORE, self.first) if has_prev else None,
            "next": self.url_from(AFTER, self.last) if has_next else None,
        }

    def url_from(self, name: str, row: Any) -> str:
        if row is None:
            return self.url(name, "")
        place = self.order.place_of(row)
        return self.url(name, cursor_at(place, self.resource, self.order))


def union(ids: list[QuerySet[Any]]) -> QuerySet[Any]:
    """One query of several that are each cut, which not every database can join."""
    if len(ids) == 1:
        return ids[0]
    rows = ids[0].model._base_manager.order_by()
    first, *others = (rows.filter(pk__in=found).values("pk") for found in ids)
    return first.union(*others, all=True)


def check_unpaged(total: int) -> None:
    limit = settings.QUINTET_MAX_UNPAGED
    if total > limit:
        raise bad_page(
            f"Page size 0 gives everything, but at most {limit} resources; "
            f"{total} match",
            SIZE,
        )


def integer(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    number = parse_number(text)
    if number is None:
        raise bad_page(f"{name} must be a number from 0", name)
    return number


def bad_page(detail: str, parameter: str, **members: Any) -> JSONAPIError:
    return JSONAPIError(400, "bad_page", detail, parameter=parameter, **members)
