"""Pages by `page[number]`, and by cursor with `page[after]` and `page[before]`.

Cursors follow https://jsonapi.org/profiles/ethanresnick/cursor-pagination/. A request
uses them if it sends one, where an empty one means either end of the list, or if
`Accept` names the profile and the request has no page number.

Of rows that a page skips, only the ids are read. A page by number that is far from the
first one selects its ids by the filter and the order alone. So does a page by cursor,
unless its rows are one range in the order of their own columns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus, urlencode

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict
from django.utils.encoding import escape_uri_path
from django.utils.functional import cached_property
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from common.http.numbers import parse_number
from dialects.pagination import count_rows, link_header
from dialects.restless import old_texts
from dialects.restless.documents import document
from dialects.restless.errors import JSONAPIError, JSONObject
from dialects.restless.filters import Order, Position, number_of_ids
from dialects.restless.negotiation import MEDIA_TYPE, accepts_profile
from dialects.restless.resources import ResourceType, Rows

NUMBER, SIZE = "page[number]", "page[size]"
AFTER, BEFORE = "page[after]", "page[before]"
QUOTED = {name: quote_plus(name) for name in (NUMBER, SIZE, AFTER, BEFORE)}
PROFILE = "https://jsonapi.org/profiles/ethanresnick/cursor-pagination"
DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE = 10, 100
MAX_LINK_HEADER_LENGTH = 8000
MAX_CURSOR_LENGTH = 1000
# Up to this offset, reading whole rows is as fast as reading their ids first.
MAX_DIRECT_OFFSET = 200
Links = dict[str, str | None]
# Adds to rows what their resource objects need.
AddRelated = Callable[[Rows], Rows]


class RestlessPagination(BasePagination):
    page: Page
    total: int

    def paginate_queryset(
        self,
        queryset: Any,
        request: Request,
        view: Any = None,
        prefetch: AddRelated = QuerySet.all,
        source: Rows | None = None,
    ) -> list[Any]:
        """Return the rows of the requested page, with what `prefetch` adds to them.

        `source` has the rows of the queryset and more, without its filters.
        """
        has_cursor = AFTER in request.query_params or BEFORE in request.query_params
        has_number = NUMBER in request.query_params
        self.has_profile = accepts_profile(request, PROFILE) and not has_number
        page_class = CursorPage if has_cursor or self.has_profile else NumberPage
        self.page = page_class(request, view, queryset if source is None else source)
        self.total = count_rows(queryset)
        return self.page.rows(queryset, self.total, prefetch)

    def get_paginated_response(self, data: JSONObject) -> Response:
        """Return a collection document with these members."""
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
    """Return the `Link` header, empty if it's too long for HTTP clients."""
    header = link_header(links, separator=",")
    return header if len(header) <= MAX_LINK_HEADER_LENGTH else ""


class Page:
    """The page of a collection that a request asks for."""

    # Members of the error object if the page size is too large.
    size_error_meta: JSONObject | None = None
    size_error_links: JSONObject | None = None

    def __init__(self, request: Request, view: Any, source: Rows) -> None:
        self.request, self.source = request, source
        self.resource: ResourceType = view.collection_type
        self.order = Order.from_query(
            request.query_params, self.resource, by_position=view.keeps_order
        )
        self.size = number_in(request, SIZE, default_size(request.query_params))
        if self.size > MAX_PAGE_SIZE:
            detail = old_texts.PAGE_SIZE_TOO_LARGE.format(maximum=MAX_PAGE_SIZE)
            meta, links = self.size_error_meta, self.size_error_links
            raise page_error(detail, SIZE, meta=meta, links=links)

    def rows(self, queryset: Rows, total: int, prefetch: AddRelated) -> list[Model]:
        """Return the page of the queryset, which has `total` rows."""
        raise NotImplementedError

    def links(self, total: int) -> Links:
        raise NotImplementedError

    def url(self, name: str, value: object) -> str:
        """Return the URL of another page, with all other parameters of the request."""
        return f"{self.url_without_page}{QUOTED[name]}={quote_plus(str(value))}"

    @cached_property
    def url_without_page(self) -> str:
        params = [
            (name, value)
            for name, values in self.request.query_params.lists()
            for value in values
            if name not in QUOTED
        ]
        path = escape_uri_path(self.request.path)
        query = f"{urlencode(params)}&" if params else ""
        url = f"{self.request.build_absolute_uri(path)}?{query}"
        return f"{url}{QUOTED[SIZE]}={self.size}&"


class NumberPage(Page):
    def __init__(self, request: Request, view: Any, source: Rows) -> None:
        super().__init__(request, view, source)
        self.number = max(1, number_in(request, NUMBER, 1))
        if self.size == 0 and self.number > 1:
            detail = f"With {SIZE}=0 there is only page 1, not {self.number}."
            raise page_error(detail, NUMBER)

    def rows(self, queryset: Rows, total: int, prefetch: AddRelated) -> list[Model]:
        if self.size == 0:
            check_unpaged(total)
        start = (self.number - 1) * self.size
        if start >= total:
            return []
        window = slice(start, start + (self.size or total))
        ordered = self.order.sort(queryset)
        if start < MAX_DIRECT_OFFSET:
            return list(prefetch(ordered)[window])
        rows = self.source.filter(pk__in=ordered.values("pk")[window])
        return list(prefetch(self.order.sort(rows)))

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
    size_error_meta = {"page": {"maxSize": MAX_PAGE_SIZE}}
    size_error_links = {"type": [f"{PROFILE}/max-size-exceeded"]}
    first_row: Model | None = None
    last_row: Model | None = None

    def __init__(self, request: Request, view: Any, source: Rows) -> None:
        super().__init__(request, view, source)
        params = request.query_params
        if NUMBER in params:
            detail = f"{NUMBER} can't be combined with a cursor."
            raise page_error(detail, NUMBER)
        if AFTER in params and BEFORE in params:
            detail = f"{AFTER} can't be combined with {BEFORE}."
            links: JSONObject = {"type": [f"{PROFILE}/range-pagination-not-supported"]}
            raise page_error(detail, BEFORE, links=links)
        if self.size == 0:
            raise page_error(f"{SIZE} must be at least 1 with a cursor.", SIZE)
        self.name = BEFORE if BEFORE in params else AFTER
        self.cursor = str(params.get(self.name, ""))
        self.is_backward = self.name == BEFORE

    def rows(self, queryset: Rows, total: int, prefetch: AddRelated) -> list[Model]:
        """Return the page. One more row is read, to know whether there is another."""
        order = self.order.reverse() if self.is_backward else self.order
        window = slice(0, self.size + 1)
        ranges = self.ranges(order)
        if len(ranges) == 1 and order.has_only_own_columns:
            rows = queryset.filter(ranges[0])
        else:
            ids = order.sort(queryset).values("pk")
            parts = [ids.filter(condition)[window] for condition in ranges]
            rows = self.source.filter(pk__in=union_all(parts))
        page = list(prefetch(order.sort(order.annotate_position(rows)))[window])
        self.has_more = len(page) > self.size
        page = page[: self.size][:: -1 if self.is_backward else 1]
        if page:
            self.first_row, self.last_row = page[0], page[-1]
        return page

    def ranges(self, order: Order) -> list[Q]:
        """Return the conditions of the rows beyond the cursor, by range."""
        if not self.cursor:
            return [Q()]
        position = decode_cursor(self.cursor, self.resource, self.order, self.source)
        if position is None:
            detail = (
                f"{self.name} must be a cursor from a link of this list, "
                "in the same order."
            )
            raise page_error(detail, self.name)
        return order.after(position)

    def links(self, total: int) -> Links:
        # The cursor stands for a row, which is on the page before or after this one.
        has_prev = self.has_more if self.is_backward else self.cursor != ""
        has_next = self.cursor != "" if self.is_backward else self.has_more
        return {
            "first": self.url(AFTER, ""),
            "last": self.url(BEFORE, ""),
            "prev": self.url_from(BEFORE, self.first_row) if has_prev else None,
            "next": self.url_from(AFTER, self.last_row) if has_next else None,
        }

    def url_from(self, name: str, row: Model | None) -> str:
        if row is None:
            return self.url(name, "")
        position = self.order.position_of(row)
        return self.url(name, encode_cursor(position, self.resource, self.order))


def encode_cursor(position: Position, resource: ResourceType, order: Order) -> str:
    """Return the position as a text, signed for this type and order.

    It holds the values of the row or, if they are long, only its key.
    """
    values = [None if value is None else str(value) for value in position]
    signer = cursor_signer(resource, order)
    cursor: str = signer.sign_object(values)
    is_long = len(cursor) > MAX_CURSOR_LENGTH
    return str(signer.sign_object(values[-1:])) if is_long else cursor


def decode_cursor(
    cursor: str, resource: ResourceType, order: Order, source: Rows
) -> Position | None:
    """Return the position, or None if the cursor isn't of this type and order."""
    try:
        values = cursor_signer(resource, order).unsign_object(cursor)
    except BadSignature:
        return None
    if len(values) < len(order.fields):
        rows = order.annotate_position(source)
        row = rows.filter(pk=values[-1]).first()
        return None if row is None else order.position_of(row)
    return [
        None if value is None else field.model_field.to_python(value)
        for field, value in zip(order.fields, values, strict=True)
    ]


def cursor_signer(resource: ResourceType, order: Order) -> Signer:
    return Signer(sep=".", salt=f"{resource.name}:{order}")


def union_all(ids: list[QuerySet[Any]]) -> QuerySet[Any]:
    """Return the ids of all queries, which are sliced: SQLite can't join them as is."""
    if len(ids) == 1:
        return ids[0]
    rows = ids[0].model._base_manager.order_by()
    first, *others = (rows.filter(pk__in=part).values("pk") for part in ids)
    union: QuerySet[Any] = first.union(*others, all=True)
    return union


def check_unpaged(total: int) -> None:
    limit = settings.QUINTET_MAX_UNPAGED
    if total > limit:
        detail = f"{SIZE} can be 0 for at most {limit} resources, but {total} match."
        raise page_error(detail, SIZE)


def default_size(params: QueryDict) -> int:
    """Return the size of a page without `page[size]`: all rows of a list of ids fit."""
    return min(MAX_PAGE_SIZE, max(DEFAULT_PAGE_SIZE, number_of_ids(params)))


def number_in(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    number = parse_number(text)
    if number is None:
        raise page_error(f'{name} must be a whole number from 0, not "{text}".', name)
    return number


def page_error(
    detail: str,
    parameter: str,
    *,
    meta: JSONObject | None = None,
    links: JSONObject | None = None,
) -> JSONAPIError:
    return JSONAPIError(
        400, "bad_page", detail, parameter=parameter, meta=meta, links=links
    )
