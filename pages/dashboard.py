"""Pending work, on the start page of the admin.

Each section needs the permission to view its rows, and reads few of them by an index.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.contrib.admin import AdminSite
from django.db.models import Count, Model
from django.db.models.functions import TruncWeek
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from common.admin_lists import midnight
from goals.models import Goal
from orders.models import Invoice, Job, Order
from pages import charts

MAX_ROWS = 5
WEEKS = 12


def sections(site: AdminSite, request: HttpRequest) -> dict[str, Any]:
    """Return the sections of the start page that the user is allowed to view."""

    def is_visible(model: type[Model]) -> bool:
        options = site.get_model_admin(model)
        return bool(options.has_view_permission(request))

    shown: dict[str, Any] = {}
    if is_visible(Order):
        shown["orders"] = orders_by_state()
    if is_visible(Job):
        can_retry = site.get_model_admin(Job).has_change_permission(request)
        shown["jobs"] = jobs() | {"can_retry": can_retry}
    if is_visible(Invoice):
        shown["drafts"] = drafts()
    if is_visible(Goal):
        shown["weeks"] = goals_by_week(timezone.localdate())
    return shown


def orders_by_state() -> list[charts.Bar]:
    # Sorted by the index that counts them.
    states = Order.objects.order_by("status").values_list("status")
    counts = dict(states.annotate(count=Count("pk")))
    url = reverse("admin:orders_order_changelist")
    return charts.lines(
        (state.label, counts.get(state, 0), f"{url}?status__exact={state}")
        for state in Order.Status
    )


def jobs() -> dict[str, Any]:
    """Return the numbers of unfinished and failed jobs, and those that need a look."""
    watched = [Job.Status.QUEUED, Job.Status.RUNNING, Job.Status.FAILED]
    rows = Job.objects.filter(status__in=watched).order_by("status")
    counts = dict(rows.values_list("status").annotate(count=Count("pk")))
    url = reverse("admin:orders_job_changelist")
    failed = Job.objects.filter(status=Job.Status.FAILED).order_by("-pk")
    return {
        # The held ones are counted on their own, so that an index is enough for each.
        "bars": job_bars(counts, Job.objects.held().count(), url),
        "oldest": Job.objects.queued().order_by("pk").first(),
        "failed": failed[:MAX_ROWS],
        "failed_count": counts.get(Job.Status.FAILED, 0),
        "failed_url": f"{url}?status__exact={Job.Status.FAILED}",
    }


def job_bars(counts: dict[int, int], held: int, url: str) -> list[charts.Bar]:
    """Return the bars of jobs. In `counts`, the held ones are among the queued."""
    queued, running, failed = Job.Status.QUEUED, Job.Status.RUNNING, Job.Status.FAILED
    waiting = max(counts.get(queued, 0) - held, 0)
    numbers = [
        (queued.label, waiting, f"{url}?status__exact={queued}&is_held__exact=0"),
        *(
            (state.label, counts.get(state, 0), f"{url}?status__exact={state}")
            for state in (running, failed)
        ),
    ]
    if held:
        numbers.append(("Held", held, f"{url}?is_held__exact=1"))
    return charts.lines(numbers)


def drafts() -> dict[str, Any]:
    rows = Invoice.objects.filter(issued_at=None)
    return {
        "count": rows.count(),
        "rows": rows.select_related("user").order_by("pk")[:MAX_ROWS],
        "url": reverse("admin:orders_invoice_changelist") + "?state=draft",
    }


def goals_by_week(today: date) -> dict[str, Any]:
    """Return how many goals were finished in each of the last weeks, and in all."""
    first = monday(today) - timedelta(weeks=WEEKS - 1)
    ended = Goal.objects.filter(end__gte=midnight(first))
    by_week = ended.annotate(week=TruncWeek("end")).order_by("week")
    counts = {
        week.date(): count
        for week, count in by_week.values_list("week").annotate(count=Count("pk"))
    }
    bars = charts.columns(weeks(first, counts))
    return {"bars": bars, "total": sum(bar.count for bar in bars)}


def weeks(first: date, counts: dict[date, int]) -> Iterator[tuple[str, int, str]]:
    url = reverse("admin:goals_goal_changelist")
    for number in range(WEEKS):
        start = first + timedelta(weeks=number)
        end = start + timedelta(days=6)
        query = f"?end_from={start}&end_until={end}"
        yield start.isoformat(), counts.get(start, 0), url + query


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
