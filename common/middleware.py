from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any, Self, TypeGuard, cast

from django.conf import settings
from django.contrib.admindocs.views import simplify_regex
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import MiddlewareNotUsed
from django.core.signals import request_finished
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin
from django.utils.encoding import escape_uri_path

from common import request_id, security

GetResponse = Callable[[HttpRequest], HttpResponseBase]

access_log = logging.getLogger("quintet.access")

# Where one logs in, whatever is accepted.
PAGES = ("/admin", "/session")
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
            from common import metrics

            self.observers.append(metrics.count_request)
        for module in (request_id, security):
            request_finished.connect(module.end, dispatch_uid=module.__name__)
        security.connect()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        own_id = request_id.begin(request.META.get(request_id.META))
        security.begin(request)
        response = self.get_response(request)
        response.headers[request_id.HEADER] = own_id
        security.tell_refusal(response.status_code, route_of(request))
        done = partial(self.tell, request, response, started)
        if is_stream(response):
            parts = cast("Iterator[bytes]", response.streaming_content)
            response.streaming_content = Followed(parts, done)
        else:
            done()
        return response

    def tell(
        self, request: HttpRequest, response: HttpResponseBase, started: float
    ) -> None:
        seconds = time.perf_counter() - started
        for observe in self.observers:
            observe(request, response, route_of(request), seconds)


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
        "user_id": security.user_id_of(request),
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
        if settings.DEBUG:
            raise MiddlewareNotUsed("Django's own error pages carry their style along.")
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        headers = response.headers
        headers.setdefault("Content-Security-Policy", policy_of(request, response))
        if request.path_info.startswith("/auth/"):
            headers["Cache-Control"] = "no-store"
        return response


def policy_of(request: HttpRequest, response: HttpResponseBase) -> str:
    if "html" not in response.headers.get("Content-Type", ""):
        return settings.DATA_POLICY
    is_plain = request.path_info.startswith(("/admin", "/docs"))
    return settings.PAGE_POLICY if is_plain else settings.STYLED_PAGE_POLICY


class PageSessionMiddleware(SessionMiddleware):
    """Sessions are for who brings a cookie, or asks for a page where to get one."""

    def __call__(self, request: HttpRequest) -> Any:
        if asks_for_page(request):
            return super().__call__(request)
        return self.get_response(request)


def asks_for_page(request: HttpRequest) -> bool:
    has_cookie = bool(request.META.get("HTTP_COOKIE"))
    takes_page = "html" in request.META.get("HTTP_ACCEPT", "")
    return has_cookie or takes_page or request.path_info.startswith(PAGES)


class WithSession(MiddlewareMixin):
    """A middleware that passes over requests without a session."""

    def __call__(self, request: HttpRequest) -> Any:
        if hasattr(request, "session"):
            return super().__call__(request)
        return self.get_response(request)


class PageUserMiddleware(WithSession, AuthenticationMiddleware):
    pass


class PageMessageMiddleware(WithSession, MessageMiddleware):
    pass


class NoContentMiddleware:
    """Keeps `Content-Length` off 204 and 304, where HTTP forbids a length of 0."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code in {204, 304}:
            del response.headers["Content-Length"]
        return response
