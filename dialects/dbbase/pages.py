"""Lists under their model's name, whole or by pages.

GET /books?pageConfig={"pageSize": 2}
200  {"Book": [{…}, {…}]}
X-Total-Count: 17
Link: <…?pageConfig={"pageSize": 2, "offset": 2}>; rel="next", …
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_plus, urlencode

from django.utils.functional import cached_property
from rest_framework.request import Request
from rest_framework.response import Response

from dialects.dbbase.page_config import PageConfig
from dialects.pagination import MAX_DIGITS, NumberedPagination, Page

# Stands for an offset while a URL is written; no page begins at so large a number.
ANY_OFFSET = 10**MAX_DIGITS


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
        return Page(self.config.offset, self.config.size(self.max_rows(view)))

    def window(self, request: Request, view: Any) -> slice:
        """The rows to read: one more than a whole list has at most."""
        if page := self.requested_page(request, view):
            return slice(page.start, page.start + page.size)
        start = self.offset(request)
        return slice(start, start + self.max_rows(view) + 1)

    def page_url(self, start: int) -> str:
        """This request's URL, changed in nothing but the page's offset."""
        before, after = self.url_parts
        return f"{before}{start}{after}"

    @cached_property
    def url_parts(self) -> tuple[str, str]:
        """The URL of a page, before and after the number of its first row."""
        url = self.request.build_absolute_uri().partition("?")[0]
        name = self.config.parameter
        values = dict(self.request.query_params.lists())
        parts = {name: urlencode({name: values[name]}, doseq=True) for name in values}
        parts[name] = f"{name}={quote_plus(self.config.at(ANY_OFFSET))}"
        query = "&".join(parts[name] for name in sorted(parts))
        before, _, after = f"{url}?{query}".rpartition(str(ANY_OFFSET))
        return before, after

    def get_paginated_response(self, data: Any) -> Response:
        return super().get_paginated_response({self.model_name: data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return envelope_schema(self.model_name, schema)


def envelope_schema(model_name: str, rows: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {model_name: rows},
        "required": [model_name],
    }
