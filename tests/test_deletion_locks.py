"""Deletions while another transaction writes what they delete, on PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.services import issue_tokens
from bucketlists.models import Bucketlist
from bucketlists.services import change_item, touch_and_lock_list
from goals.models import Goal
from goals.services import change_goal, lock_trees
from orders.models import Job, Order
from orders.services.jobs import claim_job
from tests.orders.factories import InvoiceItemFactory, JobFactory
from tests.support.factories import UserFactory

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite has one writer at a time"
    ),
]
Send = Callable[[], Any]
WAITING = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def begin(send: Send) -> Future[Any]:
    """Send a request in a thread. Return once it waits for a lock, or has ended."""

    def run() -> Any:
        try:
            return send()
        finally:
            connections.close_all()

    pool = ThreadPoolExecutor(1)
    future = pool.submit(run)
    pool.shutdown(wait=False)
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if future.done() or cursor.fetchone()[0]:
                break
        time.sleep(0.02)
    return future


def admin_client() -> Client:
    client = Client()
    client.force_login(
        User.objects.filter(is_superuser=True).first()
        or UserFactory.create(is_staff=True, is_superuser=True)
    )
    return client


def in_admin(row: Any) -> Send:
    client = admin_client()
    meta = row._meta
    url = reverse(f"admin:{meta.app_label}_{meta.model_name}_delete", args=[row.pk])
    return lambda: client.post(url, {"post": "yes"})


def selected_in_admin(row: Any) -> Send:
    client = admin_client()
    meta = row._meta
    url = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    form = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    return lambda: client.post(url, form)


def over_the_api(user: User, path: str, body: Any = None) -> Send:
    token = issue_tokens(user).access
    client = Client(headers={"authorization": f"Bearer {token}"})
    return lambda: client.delete(path, body, content_type="application/json")


DELETIONS: dict[str, Callable[[Job], Send]] = {
    "order in the admin": lambda job: in_admin(job.order),
    "selected order in the admin": lambda job: selected_in_admin(job.order),
    "job in the admin": in_admin,
    "selected job in the admin": selected_in_admin,
    "user in the admin": lambda job: in_admin(job.owner),
    "selected user in the admin": lambda job: selected_in_admin(job.owner),
    "order": lambda job: over_the_api(job.owner, f"/orders/{job.order_id}"),
    "order with jobs": lambda job: over_the_api(
        job.owner, f"/api/v2/orders/{job.order_id}"
    ),
    "account": lambda job: over_the_api(
        job.owner, "/auth/me", {"password": "correct horse"}
    ),
}


@pytest.mark.parametrize("name", DELETIONS)
def test_a_job_finishes_while_it_is_deleted(name):
    user = UserFactory.create(password="correct horse")
    job = JobFactory(order__owner=user)
    attempt = claim_job(job.pk, job.fence)
    assert attempt
    send = DELETIONS[name](job)

    # The order is locked here, as by a handler.
    with attempt.finish() as order:
        deletion = begin(send)
        assert order.pk == job.order_id
        assert not deletion.done()
        order.save(update_fields=["status"])
        attempt.report(50)

    assert deletion.result(timeout=20).status_code in {200, 302}
    assert not Job.objects.filter(pk=job.pk).exists()
    is_kept = name.endswith("job in the admin")
    assert Order.objects.filter(pk=job.order_id).exists() == is_kept


@pytest.mark.parametrize("way", [in_admin, selected_in_admin])
def test_an_item_changes_while_its_invoice_is_deleted(way):
    item = InvoiceItemFactory()
    for row in (item, item.invoice):
        send = way(row)
        with transaction.atomic():
            type(item.invoice).objects.select_for_update().get(pk=item.invoice_id)
            deletion = begin(send)
            type(item).objects.filter(pk=item.pk).update(units=3)
        assert deletion.result(timeout=20).status_code == 302
        assert not type(row).objects.filter(pk=row.pk).exists()


LIST_DELETIONS: dict[str, Callable[[Bucketlist], Send]] = {
    "list in the admin": in_admin,
    "selected list in the admin": selected_in_admin,
    "list": lambda row: over_the_api(row.created_by, f"/bucketlists/{row.pk}"),
    "user": lambda row: in_admin(row.created_by),
}


@pytest.mark.parametrize("name", LIST_DELETIONS)
def test_an_item_changes_while_its_bucket_list_is_deleted(name):
    row = Bucketlist.objects.create(name="x", created_by=UserFactory())
    item = row.items.create(name="x")
    send = LIST_DELETIONS[name](row)

    with transaction.atomic():
        touch_and_lock_list(row)
        deletion = begin(send)
        change_item(item, name="y")

    assert deletion.result(timeout=20).status_code in {200, 302}
    assert not Bucketlist.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("of_user", [False, True])
@pytest.mark.parametrize("way", [in_admin, selected_in_admin])
def test_a_goal_changes_while_it_is_deleted(way, of_user):
    goal = Goal.objects.create(name="x", user=UserFactory())
    send = way(goal.user if of_user else goal)

    with transaction.atomic():
        lock_trees(goal.user_id)
        deletion = begin(send)
        change_goal(goal=goal, name="y")

    assert deletion.result(timeout=20).status_code == 302
    assert not Goal.objects.filter(pk=goal.pk).exists()
