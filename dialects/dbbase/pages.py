"""Lists under their model's name, whole or by pages.

GET /books?pageConfig={"pageSize": 2}
200  {"Book": [{…}, {…}]}
X-Total-Count: 17
Link: <…?pageConfig={"pageSize": 2, "offset": 2}>; rel="next", …
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_plus, urlencode

from rest_framework.request import Request
from rest_framework.response import Response

from dialects.base import Unpaged, link_header
from dialects.dbbase.page_config import MAX_DIGITS, PageConfig
from dialects.queries import total_of

# Stands for an offset while a URL is written; no page begins at so large a number.
ANY_OFFSET = 10**MAX_DIGITS


class DbbasePagination(Unpaged):
    """A page where `pageConfig` asks for one, else the whole list."""

    model_name: str
    page_links: dict[str, str] = {}

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any]:
        self.model_name = queryset.model.__name__
        config: PageConfig = view.page_config
        if not config.is_page:
            return super().paginate_queryset(queryset, request, view)
        rows = self.read(queryset[self.window(request, view)])
        total = total_of(queryset)
        self.page_links = {"X-Total-Count": str(total)}
        if size := config.size(self.most_rows(view)):
            urls = urls_of(request, config, size, total)
            self.page_links["Link"] = link_header(urls)
        return rows

    def window(self, request: Request, view: Any) -> slice:
        """The rows that are read: one more than shown, where all are asked for."""
        config, most = view.page_config, self.most_rows(view)
        if config.is_page:
            return slice(config.offset, config.offset + config.size(most))
        start = self.offset(request)
        return slice(start, start + most + 1)

    def links(self) -> dict[str, str]:
        return self.page_links or super().links()

    def get_paginated_response(self, data: Any) -> Response:
        return super().get_paginated_response({self.model_name: data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return envelope_schema(self.model_name, schema)


def urls_of(
    request: Request, config: PageConfig, size: int, total: int
) -> dict[str, str]:
    """The URLs of the other pages, each changed in nothing but its offset."""
    url = request.build_absolute_uri().partition("?")[0]
    parts = {
        name: urlencode({name: texts}, doseq=True)
        for name, texts in request.query_params.lists()
    }
    start, end = quote_plus(config.at(ANY_OFFSET)).split(str(ANY_OFFSET))
    found = {}
    for rel, offset in neighbours(config.offset, size, total).items():
        parts[config.parameter] = f"{config.parameter}={start}{offset}{end}"
        found[rel] = f"{url}?{'&'.join(parts[name] for name in sorted(parts))}"
    return found


def neighbours(offset: int, size: int, total: int) -> dict[str, int]:
    """Where the other pages begin, in steps of this one's size."""
    over = offset % size
    last = max(0, (total - 1 - over) // size * size + over)
    found = {"first": 0}
    if offset > 0:
        found["prev"] = min(max(0, offset - size), last)
    if offset + size < total:
        found["next"] = offset + size
    return found | {"last": last}


def envelope_schema(model_name: str, rows: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {model_name: rows},
        "required": [model_name],
    }
