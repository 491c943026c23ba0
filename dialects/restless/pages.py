"""Pages: by `page[number]`, or by `page[after]` and `page[before]` from row to row.

The cursors follow https://jsonapi.org/profiles/ethanresnick/cursor-pagination/. They
are used where one is sent, an empty one meaning either end, or where `Accept` names
the profile and no page number is asked for.

Either way rows that are not shown are not read, but for their ids: a page by number
that is not near the first finds the ids of its rows by the filter and the order alone,
and so does one by cursor, unless its rows are one range of their own columns.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote_plus, urlencode

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.encoding import escape_uri_path
from django.utils.functional import cached_property
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from common.statements import rows_of
from dialects.queries import page_of, total_of
from dialects.restless.cursors import cursor_at, place_at
from dialects.restless.documents import document
from dialects.restless.errors import Refusal
from dialects.restless.resources import ResourceType
from dialects.restless.sorting import Order
from dialects.restless.wire import MEDIA_TYPE, accepts_profile

NUMBER, SIZE = "page[number]", "page[size]"
AFTER, BEFORE = "page[after]", "page[before]"
QUOTED = {name: quote_plus(name) for name in (NUMBER, SIZE, AFTER, BEFORE)}
PROFILE = "https://jsonapi.org/profiles/ethanresnick/cursor-pagination"
DEFAULT_SIZE, MAX_SIZE = 10, 100
# Eighteen digits are as far as a database's integers go.
INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
Links = dict[str, str | None]
MAX_HEADER = 8000
# No database takes a larger number; nothing is there anyway.
FARTHEST = 2**63 - 1
# So many rows are skipped as quickly with all that they hold as by their ids alone.
NEAR = 200


class RestlessPagination(BasePagination):
    page: Page
    total: int

    def paginate_queryset(
        self,
        queryset: Any,
        request: Request,
        view: Any = None,
        shown: QuerySet[Any] | None = None,
    ) -> list[Any]:
        """The rows of a page of the queryset, loaded as `shown` loads them."""
        by_cursor = AFTER in request.query_params or BEFORE in request.query_params
        is_numbered = NUMBER in request.query_params
        self.has_profile = accepts_profile(request, PROFILE) and not is_numbered
        kind = CursorPage if by_cursor or self.has_profile else NumberedPage
        self.page = kind(request, view.listed)
        self.total, rows = self.page.rows(
            queryset, queryset if shown is None else shown
        )
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        """A collection document of the given members."""
        links = self.page.links(self.total)
        body = document(
            **data,
            meta={"total": self.total},
            links=links | {"self": escape_uri_path(self.page.request.path)},
        )
        response = Response(body, headers={"Link": link_header(links)})
        if self.has_profile and self.page.request.accepted_media_type == MEDIA_TYPE:
            response.content_type = f'{MEDIA_TYPE}; profile="{PROFILE}/"'
        return response


def link_header(links: Links) -> str:
    """The links once more, unless no client's parser would take so long a header."""
    header = ",".join(f'<{url}>; rel="{name}"' for name, url in links.items() if url)
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

    def rows(self, found: QuerySet[Any], shown: QuerySet[Any]) -> tuple[int, list[Any]]:
        """The number of all rows that were found, and those of the page as shown."""
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

    def rows(self, found: QuerySet[Any], shown: QuerySet[Any]) -> tuple[int, list[Any]]:
        start = min((self.number - 1) * self.size, FARTHEST)
        ordered = self.order.sort(found)
        part = beginning(ordered, start) if start >= NEAR else None
        if self.size and (part or start < NEAR):
            skipped = 0 if part else start
            window = slice(skipped, skipped + self.size)
            page, total = page_of(loaded_as(shown, ordered), window, part)
            return total, page
        total, rows = from_row(ordered, start)
        if self.size == 0:
            check_unpaged(total)
        if start >= total:
            return total, []
        page = rows[: self.size or total]
        if page.query.low_mark < NEAR:
            return total, list(loaded_as(shown, page))
        ids = [pk for (pk,) in rows_of(page, ["pk"])]
        return total, list(self.order.sort(shown.filter(pk__in=ids)))

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

    def rows(self, found: QuerySet[Any], shown: QuerySet[Any]) -> tuple[int, list[Any]]:
        """One more than fit are read, to know whether the list goes on."""
        is_backward = self.name == BEFORE
        order = self.order.reversed() if is_backward else self.order
        window = slice(0, self.size + 1)
        match self.ranges(order):
            case [only] if order.is_of_own_columns:
                rows = order.sort(loaded_as(shown, order.with_places(found)))
                page, total = page_of(rows, window, only)
            case ranges:
                ids = order.sort(found).values("pk")
                parts = [ids.filter(condition)[window] for condition in ranges]
                rows = order.with_places(shown).filter(pk__in=union(parts))
                page, total = list(order.sort(rows)[window]), total_of(found)
        self.goes_on = len(page) > self.size
        page = page[: self.size][:: -1 if is_backward else 1]
        if page:
            self.first, self.last = page[0], page[-1]
        return total, page

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


def loaded_as(shown: Any, rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows with all that `shown` loads along."""
    found: Any = rows.all()
    found._iterable_class = shown._iterable_class
    found._prefetch_related_lookups = shown._prefetch_related_lookups
    found.query.select_related = shown.query.select_related
    return found


def beginning(rows: Any, number: int) -> Q | None:
    """What the rows from a number on have in common, if a queryset can tell at once."""
    return rows.beginning(number) if hasattr(rows, "beginning") else None


def from_row(rows: Any, number: int) -> tuple[int, Any]:
    """The total, and the rows from a number on; a queryset may know a short cut."""
    if hasattr(rows, "from_row"):
        total, rest = rows.from_row(number)
        return int(total), rest
    return total_of(rows), rows[number:]


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
    if not INTEGER.fullmatch(text) or int(text) < 0:
        raise bad_page(f"{name} must be a number from 0", name)
    return int(text)


def bad_page(detail: str, parameter: str, **members: Any) -> Refusal:
    return Refusal(400, "bad_page", detail, parameter=parameter, **members)
