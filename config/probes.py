"""The views `/livez`, `/readyz` and `/metrics`, for orchestrators and monitoring."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from common.db.triggers import INSTALL_COMMAND, missing_triggers
from common.http.errors import Problem
from common.ops import health
from config.errors import error_response
from config.replica_watch import watched_replicas
from orders.models import Job


def queue() -> str:
    """Fail if a job is overdue: no worker is running, or they can't keep up."""
    if not (limit := settings.QUINTET_QUEUE_SECONDS):
        return ""
    age = Job.objects.oldest_due_seconds()
    return f"a job has been due for {age:.0f} s" if age > limit else ""


def triggers() -> str:
    """Fail if a trigger is missing that maintains totals or protects invoices."""
    names = missing_triggers()
    return f"missing: {', '.join(names)}; run: {INSTALL_COMMAND}" if names else ""


READINESS = health.Readiness(
    {
        "database": health.database,
        "migrations": health.migrations,
        "triggers": triggers,
        "queue": queue,
    }
)


def plain_response(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain")


@csrf_exempt
@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """Return 200 if the process responds. Doesn't use the database."""
    return plain_response("ok")


@csrf_exempt
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Return 200 if the process can serve requests, else 503 with the failed checks.

    `?verbose` lists all checks; `?exclude=queue`, which may be repeated, skips one.
    Replicas are listed but never fail, because the primary can replace them.
    """
    excluded = request.GET.getlist("exclude")
    results = {
        name: error
        for name, error in READINESS.results(excluded).items()
        if name not in excluded
    }
    is_ready = not any(results.values())
    if is_ready and "verbose" not in request.GET:
        return plain_response("ok")
    lines = [*map(to_line, results.items()), *map(str, watched_replicas())]
    lines.append(f"readyz check {'passed' if is_ready else 'failed'}")
    return plain_response("\n".join(lines), 200 if is_ready else 503)


def to_line(result: tuple[str, str]) -> str:
    name, error = result
    return f"[-]{name} failed: {error}" if error else f"[+]{name} ok"


# The texts of `not_authenticated` speak of an account, which has no access to metrics.
UNAUTHORIZED = Problem(
    401,
    "metrics_token_required",
    "Send METRICS_TOKEN as a bearer token.",
    headers={"WWW-Authenticate": "Bearer"},
)


@csrf_exempt
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the metrics for the token `METRICS_TOKEN`, or 404 if it isn't set."""
    if not settings.METRICS_TOKEN:
        raise Http404
    authorization = request.headers.get("Authorization", "")
    if not constant_time_compare(authorization, f"Bearer {settings.METRICS_TOKEN}"):
        return error_response(request, UNAUTHORIZED)
    # prometheus_client is installed only where METRICS_TOKEN is set.
    from config.prometheus import render_metrics

    text, content_type = render_metrics()
    return HttpResponse(text, content_type=content_type)
