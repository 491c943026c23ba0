"""The start page of the admin."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from goals.models import Goal
from orders.models import Job, Order
from tests.orders.factories import (
    InvoiceFactory,
    InvoiceItemFactory,
    JobFactory,
    OrderFactory,
)
from tests.support.factories import UserFactory


def failed_job(**columns) -> Job:
    job = JobFactory(**columns)
    columns = {"status": Job.Status.FAILED, "due_at": None, "error": "No flour.\nTrace"}
    Job.objects.filter(pk=job.pk).update(finished_at=timezone.now(), **columns)
    return job


@pytest.fixture
def page(client, staff):
    client.force_login(staff)
    return lambda: client.get("/admin/").content.decode()


@pytest.fixture
def clerk(client, db):
    """A staff user without permissions, and a function that grants some."""
    user = UserFactory(is_staff=True)
    client.force_login(user)

    def grant(*codenames: str) -> None:
        permissions = Permission.objects.filter(codename__in=codenames)
        assert len(permissions) == len(codenames)
        user.user_permissions.add(*permissions)

    return grant


def test_the_work_is_shown_with_links_to_the_lists_that_it_counts(page):
    OrderFactory.create_batch(2, status=Order.Status.CONFIRMED)
    waiting = JobFactory(started_at=timezone.now() - timedelta(hours=3))
    failed = failed_job()
    draft = InvoiceItemFactory().invoice
    shown = page()

    for link in (
        '<a href="/admin/orders/order/?status__exact=1">2</a>',
        f'<a href="/admin/orders/job/{waiting.pk}/change/">Job {waiting.pk}</a>, for',
        '<a href="/admin/orders/job/?status__exact=3">1</a>',
        f'action="/admin/jobs/{failed.pk}/retry/"',
        '<a href="/admin/orders/invoice/?state=draft">1</a>',
        f'<a href="/admin/orders/invoice/{draft.pk}/change/">Draft {draft.pk}</a>',
    ):
        assert link in shown, link
    assert "No flour." in shown
    assert "Trace" not in shown


def test_goals_are_counted_by_the_week_of_their_end(client, page, ada):
    today = timezone.now()
    start = today - timedelta(weeks=50)
    for number, days in enumerate([0, 0, 7, 300]):
        end = today - timedelta(days=days)
        Goal.objects.create(user=ada, name=f"{number}", start=start, end=end)
    shown = page()

    numbers = "0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2"
    assert f"3 goals finished in the last 12 weeks: {numbers}" in shown
    monday = timezone.localdate() - timedelta(days=timezone.localdate().weekday())
    url = f"/admin/goals/goal/?end_from={monday}&end_until={monday + timedelta(days=6)}"
    assert f'<a href="{url.replace("&", "&amp;")}">2</a>' in shown
    assert "2 goals" in client.get(url).content.decode()


def test_staff_see_only_what_they_are_allowed_to_view(client, clerk):
    failed_job()
    InvoiceFactory()
    clerk("view_order")
    shown = client.get("/admin/").content.decode()
    assert "Orders by state" in shown
    for heading in (
        "Failed jobs",
        "Jobs to watch",
        "Drafts to issue",
        "Goals finished",
    ):
        assert heading not in shown

    clerk("view_job")
    shown = client.get("/admin/").content.decode()
    assert "Failed jobs" in shown
    assert "Retry" not in shown


def test_a_failed_job_is_retried_and_a_queued_one_refused(client, page):
    job = failed_job()
    url = f"/admin/jobs/{job.pk}/retry/"

    # A login that was needed in between leads here by GET.
    assert client.get(url).headers["Location"] == "/admin/"
    assert not Job.objects.queued().exists()
    response = client.post(url, follow=True)
    assert response.redirect_chain == [("/admin/", 302)]
    assert f"Job {job.pk} is queued again." in response.content.decode()
    assert Job.objects.queued().get() == job
    refusal = unescape(client.post(url, follow=True).content.decode())
    assert "so it can't be retried." in refusal
    assert client.post("/admin/jobs/999/retry/").status_code == 404


def test_a_retry_needs_the_permission_to_change_jobs(client, clerk):
    job = failed_job()
    clerk("view_job")

    assert client.post(f"/admin/jobs/{job.pk}/retry/").status_code == 403
    assert not Job.objects.queued().exists()


def test_the_page_costs_the_same_for_any_number_of_rows(client, page):
    counts = []
    for size in (1, 20):
        for _ in range(size):
            failed_job()
            JobFactory()
            InvoiceItemFactory()
        with CaptureQueriesContext(connection) as queries:
            page()
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 12, counts


def test_lists_follow_in_the_order_of_use_and_technical_ones_last(client, page):
    page()
    apps = client.get("/admin/").context["app_list"]
    names = {app["name"]: [model["name"] for model in app["models"]] for app in apps}
    headings = list(names)

    assert headings[0] == "Orders and invoices"
    assert names["Orders and invoices"][:3] == ["Orders", "Invoices", "Jobs"]
    assert names["Accounts"] == ["Users", "Groups"]
    assert headings[-1] == "Technical"
    assert "Attempt counters" in names["Technical"]
