"""The project's middleware; `MIDDLEWARE` in `config/settings.py` has the order."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Self, TypeGuard, cast

from django.conf import settings
from django.contrib.admindocs.views import simplify_regex
from django.core.signals import request_finished
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.utils.encoding import escape_uri_path

from accounts.attempt_limits import TooManyAttempts
from accounts.pages import render_message
from common.http.errors import Problem
from common.http.policies import PAGE_POLICY, POLICY_HEADER
from common.ops import request_id, security_events
from config.browser_headers import DATA_POLICY, STYLED_PAGE_POLICY
from config.errors import error_response, is_page
from config.wsgi_wrapper import PROBLEM

GetResponse = Callable[[HttpRequest], HttpResponseBase]
# Called with request, response, route and duration in seconds.
Observer = Callable[[HttpRequest, HttpResponseBase, str, float], None]

access_log = logging.getLogger("quintet.access")

# Routes whose requests are logged as DEBUG.
QUIET_ROUTES = {"/livez", "/readyz", "/healthz", "/metrics", settings.STATIC_URL}

METHOD_OVERRIDE = "HTTP_X_HTTP_METHOD_OVERRIDE"
OVERRIDING_METHODS = ("PATCH", "PUT", "DELETE", "POST")
UNKNOWN_OVERRIDE = Problem(
    400,
    "bad_request",
    f"X-HTTP-Method-Override must be one of {', '.join(OVERRIDING_METHODS[:3])}.",
    source={"header": "X-HTTP-Method-Override"},
)


class RequestMiddleware:
    """The outermost middleware: request ID, access log and metrics.

    The ID stays until the server has sent the whole response, streams included, so
    log entries written in the meantime have it, too.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.observers: list[Observer] = [log_access]
        if settings.METRICS_TOKEN:
            # prometheus_client is an optional requirement.
            from common.ops import metrics

            self.observers.append(metrics.count_request)
        security_events.connect_signals()
        request_finished.connect(forget_request, dispatch_uid="request-id")

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        current_id = request_id.begin(request.META.get(request_id.META))
        security_events.begin(request)
        response = self.get_response(request)
        response.headers[request_id.HEADER] = current_id
        route = route_of(request)
        security_events.record_refusal(response.status_code, route)
        observe = partial(self.observe, request, response, route, started)
        if is_stream(response):
            parts = cast("Iterator[bytes]", response.streaming_content)
            response.streaming_content = ClosingIterator(parts, observe)
        else:
            observe()
        return response

    def observe(
        self,
        request: HttpRequest,
        response: HttpResponseBase,
        route: str,
        started: float,
    ) -> None:
        seconds = time.perf_counter() - started
        for observer in self.observers:
            observer(request, response, route, seconds)


def forget_request(**kwargs: object) -> None:
    """Clear the request's ID and security events after its response was closed."""
    request_id.end()
    security_events.end()


def is_stream(response: HttpResponseBase) -> TypeGuard[StreamingHttpResponse]:
    """Return whether the body is generated while it is sent, which files are not."""
    return (
        isinstance(response, StreamingHttpResponse)
        and not isinstance(response, FileResponse)
        and not response.is_async
    )


class ClosingIterator:
    """An iterator that calls `on_close` when the server closes the response."""

    def __init__(self, parts: Iterator[bytes], on_close: Callable[[], None]) -> None:
        self.parts, self.close = parts, on_close

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
    if route in QUIET_ROUTES:
        return logging.DEBUG
    if status >= 500:
        return logging.ERROR
    return logging.WARNING if status >= 400 else logging.INFO


def path_of(request: HttpRequest) -> str:
    """Return the path without query, with any token in it replaced by `***`."""
    path = request.path
    match = request.resolver_match
    for name, value in (match.kwargs if match else {}).items():
        if name in {"token", "key", "uidb64"}:
            path = path.replace(str(value), "***")
    return escape_uri_path(path)


def route_of(request: HttpRequest) -> str:
    """Return the URL's pattern, the same for all ids; empty for an unknown URL."""
    if match := request.resolver_match:
        return format_route(match.route)
    return settings.STATIC_URL if request.path.startswith(settings.STATIC_URL) else ""


@cache
def format_route(route: str) -> str:
    """Return `^actors/(?P<pk>[0-9]{1,18})/?$` as `/actors/<pk>`."""
    return simplify_regex(route).replace("\\", "").rstrip("/") or "/"


class HeadersMiddleware:
    """Middleware for the Content Security Policy and for caches of tokens."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path_info.startswith("/auth/"):
            response.headers["Cache-Control"] = "no-store"
        # Django's debug pages contain inline styles.
        if not settings.DEBUG and POLICY_HEADER not in response.headers:
            content_type = response.headers.get("Content-Type", "")
            response.headers[POLICY_HEADER] = policy_of(request.path_info, content_type)
        return response


def policy_of(path: str, content_type: str) -> str:
    if "html" not in content_type:
        return DATA_POLICY
    # The page of Scalar contains inline styles.
    return STYLED_PAGE_POLICY if path.startswith("/reference") else PAGE_POLICY


class RefusalMiddleware:
    """Return an error for a request that `config/wsgi_wrapper.py` has refused."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if problem := request.META.get(PROBLEM):
            response = error_response(request, problem)
            response.headers["Content-Length"] = str(len(response.content))
            return response
        return self.get_response(request)


class MethodOverrideMiddleware:
    """Let a POST to an API have the method that `X-HTTP-Method-Override` names.

    Some proxies and clients send GET and POST only. Logins and requests with a session
    stay as they are. Everything that follows sees the new method alone.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if can_override_method(request):
            method = request.META[METHOD_OVERRIDE].strip().upper()
            if method not in OVERRIDING_METHODS:
                return error_response(request, UNKNOWN_OVERRIDE)
            request.method = request.META["REQUEST_METHOD"] = method
        return self.get_response(request)


def can_override_method(request: HttpRequest) -> bool:
    return (
        request.method == "POST"
        and METHOD_OVERRIDE in request.META
        and request.path_info.rstrip("/") != "/auth/login"
        and not is_page(request)
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
    )


class NoContentMiddleware:
    """Remove `Content-Length` from 204 and 304, where HTTP forbids a length of 0."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code in {204, 304}:
            del response.headers["Content-Length"]
        return response


class LoginLimitMiddleware:
    """Middleware that renders an error page after too many attempts on a login page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        if not isinstance(exception, TooManyAttempts):
            return None
        heading = "Too many failed logins"
        page = render_message(request, heading, str(exception.detail), 429)
        page.headers["Retry-After"] = str(exception.wait)
        return page
