"""Prometheus metrics of requests. Imported only if `METRICS_TOKEN` is set.

Label values come from the URL configuration and from fixed lists, so that requests
can't add an unlimited number of time series.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import Counter, Histogram, disable_created_metrics

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
REFUSALS = {401, 403, 429}
# URLs that are counted together, by prefix.
GROUPS = {"/admin": "admin", settings.STATIC_URL.rstrip("/"): "static"}

disable_created_metrics()

REQUESTS = Counter(
    "quintet_http_requests",
    "Number of requests.",
    ["app", "route", "method", "status"],
)
SECONDS = Histogram(
    "quintet_http_request_seconds",
    "Request duration in seconds; for streams, until the stream ends.",
    ["app", "method"],
    buckets=[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
)
REFUSED = Counter(
    "quintet_http_refusals",
    "Number of requests refused as unauthenticated (401), forbidden (403) or "
    "throttled (429).",
    ["app", "status"],
)


def count_request(
    request: HttpRequest, response: HttpResponseBase, route: str, seconds: float
) -> None:
    status = response.status_code
    app, route = labels_of(request, route)
    method = method_of(request, status)
    REQUESTS.labels(app, route, method, f"{status // 100}xx").inc()
    SECONDS.labels(app, method).observe(seconds)
    if status in REFUSALS:
        REFUSED.labels(app, status).inc()


def method_of(request: HttpRequest, status: int) -> str:
    """Return the method, or `other` if it isn't allowed or not one of HTTP's."""
    is_allowed = request.method in METHODS and status != 405
    return str(request.method) if is_allowed else "other"


def labels_of(request: HttpRequest, route: str) -> tuple[str, str]:
    """Return the app of the view, and the URL pattern or the group of URLs."""
    for prefix, app in GROUPS.items():
        if route == prefix or route.startswith(f"{prefix}/"):
            return app, f"{prefix}/…"
    match = request.resolver_match
    if match is None:
        return "none", ""
    view = getattr(match.func, "cls", None) or getattr(
        match.func, "view_class", match.func
    )
    return view.__module__.partition(".")[0], route
