"""The header `Server-Timing`, which browsers show in their network panel."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack

from django.db import connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.defaultfilters import pluralize

HEADER = "Server-Timing"


class QueryTimer:
    """Counter of the queries of a request, and of their total time."""

    def __init__(self) -> None:
        self.queries, self.seconds = 0, 0.0

    def __call__(
        self,
        execute: Callable[..., object],
        sql: str,
        params: object,
        many: bool,
        context: Mapping[str, object],
    ) -> object:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.queries += 1
            self.seconds += time.perf_counter() - started


class ServerTimingMiddleware:
    """Middleware that returns the time of a request and of its queries.

    Development only: who may measure a server may learn what it does. A streamed body
    is not part of the time.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        timer, started = QueryTimer(), time.perf_counter()
        with ExitStack() as stack:
            for alias in connections:
                stack.enter_context(connections[alias].execute_wrapper(timer))
            response = self.get_response(request)
        total = time.perf_counter() - started
        response.headers[HEADER] = (
            f"app;dur={total * 1000:.1f}, db;dur={timer.seconds * 1000:.1f}"
            f';desc="{timer.queries} quer{pluralize(timer.queries, "y,ies")}"'
        )
        return response
