"""What orchestrators and monitoring ask: `/livez`, `/readyz`, `/metrics`."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Min
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from common.db.triggers import CURE, missing
from common.http.errors import Problem
from common.ops import health
from config.errors import error_response
from config.replica_watch import watched
from orders.models import Job


def queue() -> str:
    """Jobs that are due for long: there is no worker, or it cannot keep up."""
    if not (longest := settings.QUINTET_QUEUE_SECONDS):
        return ""
    age = oldest_due_seconds()
    return f"a job is due for {age:.0f} s" if age > longest else ""


def oldest_due_seconds() -> float:
    oldest = Job.objects.due().order_by().aggregate(at=Min("due_at"))["at"]
    return (timezone.now() - oldest).total_seconds() if oldest else 0.0


def triggers() -> str:
    """Triggers that keep totals right and issued invoices as they are."""
    names = missing()
    return f"missing: {', '.join(names)}; run: {CURE}" if names else ""


READINESS = health.Readiness(
    {
        "database": health.database,
        "migrations": health.migrations,
        "triggers": triggers,
        "queue": queue,
    }
)


def plain(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain")


@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """Whether the process answers; it asks nothing of the database."""
    return plain("ok")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether requests may be sent here; `?verbose` lists the checks.

    `?exclude=queue` leaves a check out, as often as it is given. Replicas are listed,
    too, but the primary can do without them.
    """
    excluded = request.GET.getlist("exclude")
    results = {
        name: reason
        for name, reason in READINESS.results(excluded).items()
        if name not in excluded
    }
    is_ready = not any(results.values())
    if is_ready and "verbose" not in request.GET:
        return plain("ok")
    lines = [
        f"[-]{name} failed: {reason}" if reason else f"[+]{name} ok"
        for name, reason in results.items()
    ]
    lines += map(str, watched())
    last = f"readyz check {'passed' if is_ready else 'failed'}"
    return plain("\n".join([*lines, last]), 200 if is_ready else 503)


UNAUTHORIZED = Problem(
    401,
    "not_authenticated",
    "The token of METRICS_TOKEN is expected.",
    headers={"WWW-Authenticate": "Bearer"},
)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, for the bearer of `METRICS_TOKEN`; 404 without one."""
    if not settings.METRICS_TOKEN:
        raise Http404
    given = request.headers.get("Authorization", "")
    if not constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}"):
        return error_response(request, UNAUTHORIZED)
    from config.metrics import page

    text, content_type = page()
    return HttpResponse(text, content_type=content_type)
