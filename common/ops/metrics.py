"""Counts of requests, for Prometheus. Imported only where `METRICS_TOKEN` is set.

Labels come from the URL table and from short lists, so that no request, however odd,
adds a series that others did not foresee.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import Counter, Histogram, disable_created_metrics

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
REFUSALS = {401, 403, 429}
# Their URLs are many and of no interest one by one.
GROUPED = {"/admin": "admin", settings.STATIC_URL.rstrip("/"): "static"}

disable_created_metrics()

REQUESTS = Counter(
    "quintet_http_requests",
    "Requests answered.",
    ["app", "route", "method", "status"],
)
SECONDS = Histogram(
    "quintet_http_request_seconds",
    "How long answers took, streams to their end.",
    ["app", "method"],
    buckets=[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
)
REFUSED = Counter(
    "quintet_http_refusals",
    "Requests without a valid login (401), without permission (403), throttled (429).",
    ["app", "status"],
)


def count_request(
    request: HttpRequest, response: HttpResponseBase, route: str, seconds: float
) -> None:
    status = response.status_code
    app, route = labels_of(request, route)
    REQUESTS.labels(app, route, method_of(request, status), f"{status // 100}xx").inc()
    SECONDS.labels(app, method_of(request, status)).observe(seconds)
    if status in REFUSALS:
        REFUSED.labels(app, status).inc()


def method_of(request: HttpRequest, status: int) -> str:
    """The method, or `other` where the URL or the whole of HTTP knows no such one."""
    is_known = request.method in METHODS and status != 405
    return str(request.method) if is_known else "other"


def labels_of(request: HttpRequest, route: str) -> tuple[str, str]:
    """The app that answers a URL, and the URL's pattern."""
    for prefix, app in GROUPED.items():
        if route == prefix or route.startswith(f"{prefix}/"):
            return app, f"{prefix}/…"
    match = request.resolver_match
    if match is None:
        return "none", ""
    view = getattr(match.func, "cls", None) or getattr(
        match.func, "view_class", match.func
    )
    return view.__module__.partition(".")[0], route
