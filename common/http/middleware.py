from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any, Self, TypeGuard, cast

from django.conf import settings
from django.contrib.admindocs.views import simplify_regex
from django.core.signals import request_finished
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.encoding import escape_uri_path

from common.ops import request_id, security_events

GetResponse = Callable[[HttpRequest], HttpResponseBase]

access_log = logging.getLogger("quintet.access")

POLICY = "Content-Security-Policy"
QUIET = {"/livez", "/readyz", "/healthz", "/metrics", settings.STATIC_URL}


class RequestMiddleware:
    """The outermost one: a request's id, and its line in the log once it is answered.

    The id stays until the server has sent the whole answer, streams included, so that
    what is logged meanwhile carries it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.observers: list[Callable[..., None]] = [log_access]
        if settings.METRICS_TOKEN:
            from common.ops import metrics

            self.observers.append(metrics.count_request)
        security_events.connect_signals()
        request_finished.connect(forget_request, dispatch_uid="request-id")

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        own_id = request_id.begin(request.META.get(request_id.META))
        security_events.begin(request)
        response = self.get_response(request)
        response.headers[request_id.HEADER] = own_id
        route = route_of(request)
        security_events.record_refusal(response.status_code, route)
        done = partial(self.tell, request, response, route, started)
        if is_stream(response):
            parts = cast("Iterator[bytes]", response.streaming_content)
            response.streaming_content = Followed(parts, done)
        else:
            done()
        return response

    def tell(
        self,
        request: HttpRequest,
        response: HttpResponseBase,
        route: str,
        started: float,
    ) -> None:
        seconds = time.perf_counter() - started
        for observe in self.observers:
            observe(request, response, route, seconds)


def forget_request(**kwargs: Any) -> None:
    """Ends what belongs to a request, once its response was sent and closed."""
    request_id.end()
    security_events.end()


def is_stream(response: HttpResponseBase) -> TypeGuard[StreamingHttpResponse]:
    """Whether it is made while it is sent; servers send files past Python."""
    return (
        isinstance(response, StreamingHttpResponse)
        and not isinstance(response, FileResponse)
        and not response.is_async
    )


class Followed:
    """A stream that calls `done` when it is closed, by its end or by its client."""

    def __init__(self, parts: Iterator[bytes], done: Callable[[], None]) -> None:
        self.parts, self.close = parts, done

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        return next(self.parts)


def log_access(
    request: HttpRequest, response: HttpResponseBase, route: str, seconds: float
) -> None:
    level = level_of(route, response.status_code)
    if not access_log.isEnabledFor(level):
        return
    fields = {
        "method": request.method,
        "route": route,
        "status": response.status_code,
        "duration_ms": round(seconds * 1000, 1),
        "user_id": security_events.user_id_of(request),
    }
    access_log.log(level, "%s", path_of(request), extra={"fields": fields})


def level_of(route: str, status: int) -> int:
    if route in QUIET:
        return logging.DEBUG
    if status >= 500:
        return logging.ERROR
    return logging.WARNING if status >= 400 else logging.INFO


def path_of(request: HttpRequest) -> str:
    """The path without its query, and without a token that is part of it."""
    path = request.path
    match = request.resolver_match
    for name, value in (match.kwargs if match else {}).items():
        if name in {"token", "key", "uidb64"}:
            path = path.replace(str(value), "***")
    return escape_uri_path(path)


def route_of(request: HttpRequest) -> str:
    """The pattern of the URL, the same for all ids; empty for a URL that is none."""
    if match := request.resolver_match:
        return template(match.route)
    return settings.STATIC_URL if request.path.startswith(settings.STATIC_URL) else ""


@cache
def template(route: str) -> str:
    """`^actors/(?P<pk>[0-9]{1,18})/?$` as `/actors/<pk>`."""
    return simplify_regex(route).replace("\\", "").rstrip("/") or "/"


class HeadersMiddleware:
    """Says of each answer what a browser may do with it.

    Data may do nothing, pages only what they need, and tokens are kept nowhere.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path_info.startswith("/auth/"):
            response.headers["Cache-Control"] = "no-store"
        # Django's own error pages carry their style along.
        if not settings.DEBUG and POLICY not in response.headers:
            kind = response.headers.get("Content-Type", "")
            response.headers[POLICY] = policy_of(request.path_info, kind)
        return response


def policy_of(path: str, kind: str) -> str:
    if "html" not in kind:
        return settings.DATA_POLICY
    is_plain = path.startswith(("/admin", "/docs"))
    return settings.PAGE_POLICY if is_plain else settings.STYLED_PAGE_POLICY


class NoContentMiddleware:
    """Keeps `Content-Length` off 204 and 304, where HTTP forbids a length of 0."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code in {204, 304}:
            del response.headers["Content-Length"]
        return response
