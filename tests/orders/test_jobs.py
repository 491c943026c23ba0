from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from common.tasks import LOST_AFTER, rescue
from orders import services
from orders.models import Invoice, Job, Order
from orders.serializers import OrderSerializer
from orders.services import place_order, run, start_job
from orders.tasks import run_job
from tests.orders.factories import JobFactory, OrderFactory, OrderItemFactory

LINES = [
    {"part_code": "111", "units": 3, "unit_price": Decimal("0.10")},
    {"part_code": "222", "units": 1, "unit_price": Decimal("19.99")},
]


@pytest.fixture
def order(ada) -> Order:
    return place_order(owner=ada, description="two parts", items=LINES)


def failing(exc: Exception):
    def fulfil(order: Order, job: Job) -> None:
        Invoice.objects.create(user=order.owner, invoice_date=timezone.localdate())
        raise exc

    return fulfil


def test_an_order_with_items_becomes_an_invoice(adas, ada, work):
    items = [{"partCode": "111", "units": 3, "unitPrice": "0.10"}]
    body = {"ownerId": ada.pk, "description": "parts", "items": items}
    url = adas.post("/api/v2/orders", body, "json").headers["Location"]
    work()

    job = adas.get(url).json()
    assert job["statusId"] == Job.Status.FINISHED
    assert job["finishedAt"] >= job["startedAt"]
    assert job["order"]["statusId"] == Order.Status.FULFILLED
    [invoice] = adas.get("/invoices").json()["Invoice"]
    assert invoice["userId"] == ada.pk
    [item] = invoice["invoiceItems"]
    assert (item["partCode"], item["units"], item["unitPrice"]) == ("111", 3, 0.1)
    assert Invoice.objects.get().total == Decimal("0.30")


def test_an_order_without_items_is_confirmed_and_not_billed(adas, ada, work):
    adas.post("/api/v2/orders", {"ownerId": ada.pk, "description": "x"}, "json")
    work()

    assert Order.objects.get().status == Order.Status.CONFIRMED
    assert not Invoice.objects.exists()


def test_running_an_order_again_bills_it_again(adas, order, work):
    start_job(order=order)
    work()
    body = {"ownerId": order.owner_id, "description": "again"}
    adas.put(f"/api/v2/orders/{order.pk}", body, "json")

    assert adas.get(f"/orders/{order.pk}").json()["statusId"] == Order.Status.NEW
    work()
    assert Invoice.objects.count() == 2
    assert adas.get(f"/orders/{order.pk}").json()["statusId"] == Order.Status.FULFILLED


def test_a_job_runs_once_however_often_it_is_called(order):
    job = JobFactory(order=order)
    run(job=job)
    run(job=Job(pk=job.pk, order=order))
    run_job.call(job.pk)

    assert Invoice.objects.count() == 1


def test_two_invoices_of_one_job_are_refused_by_the_database(order):
    job = JobFactory(order=order)
    run(job=job)

    with pytest.raises(IntegrityError), transaction.atomic():
        services.fulfil(order, job)


def test_a_job_that_raises_fails_with_its_reason_and_no_effect(
    order, work, monkeypatch
):
    monkeypatch.setattr(services, "fulfil", failing(ValueError("no such part")))
    job = start_job(order=order)
    work()

    job.refresh_from_db()
    assert (job.status, job.error) == (Job.Status.FAILED, "ValueError: no such part")
    assert job.finished_at is not None
    assert job.finished_at >= job.started_at
    assert not Invoice.objects.exists()
    assert Order.objects.get().status == Order.Status.NEW


def test_the_others_flow_on_past_a_failing_job(order, work, monkeypatch):
    poison = OrderFactory()
    fulfil = services.fulfil

    def fulfil_others(order: Order, job: Job) -> None:
        if order == poison:
            raise RuntimeError("poison")
        fulfil(order, job)

    monkeypatch.setattr(services, "fulfil", fulfil_others)
    for each in (order, poison, OrderFactory()):
        start_job(order=each)
    work()

    statuses = Job.objects.values_list("status", flat=True)
    assert list(statuses) == [2, Job.Status.FAILED, 2]


def test_a_job_waits_where_the_database_fails(order, work, monkeypatch):
    job = start_job(order=order)
    with monkeypatch.context() as patch:
        patch.setattr(services, "fulfil", failing(OperationalError("gone")))
        work()
    job.refresh_from_db()
    assert job.status == Job.Status.QUEUED

    work()
    job.refresh_from_db()
    assert job.status == Job.Status.FINISHED


def test_an_order_that_is_rolled_back_leaves_no_task(ada):
    with transaction.atomic():
        start_job(order=OrderFactory(owner=ada))
        assert DBTaskResult.objects.exists()
        transaction.set_rollback(True)

    assert not DBTaskResult.objects.exists()


def test_a_job_whose_order_is_gone_does_nothing(order, work):
    start_job(order=order)
    order.delete()
    work()

    assert DBTaskResult.objects.get().status == TaskResultStatus.SUCCESSFUL


def test_a_queued_job_without_a_task_is_found_at_start(order, work):
    JobFactory(order=order)
    work()

    assert Job.objects.get().status == Job.Status.FINISHED


def test_what_a_killed_worker_left_behind_is_run(order, work):
    start_job(order=order)
    long_ago = timezone.now() - LOST_AFTER - timedelta(seconds=1)
    DBTaskResult.objects.update(status=TaskResultStatus.RUNNING, started_at=long_ago)
    work()

    assert Job.objects.get().status == Job.Status.FINISHED
    assert DBTaskResult.objects.get().status == TaskResultStatus.SUCCESSFUL


def test_a_task_that_runs_is_not_rescued(order, work):
    start_job(order=order)
    DBTaskResult.objects.update(
        status=TaskResultStatus.RUNNING, started_at=timezone.now()
    )

    assert rescue() == 0
    work()
    assert Job.objects.get().status == Job.Status.QUEUED


def test_a_job_can_be_posted_for_an_own_order(adas, order, work):
    body = {"ownerId": order.owner_id, "orderId": str(order.pk), "statusId": 4}
    answer = adas.post("/api/v2/jobs", body, "json")

    assert (answer.status_code, answer.json()["statusId"]) == (201, 0)
    work()
    assert Job.objects.get().status == Job.Status.FINISHED


def test_a_start_still_to_come_does_not_end_before_itself(adas, order, work):
    start = "2999-01-01 00:00:00"
    body = {"ownerId": order.owner_id, "orderId": order.pk, "startedAt": start}
    url = f"/api/v2/jobs/{adas.post('/api/v2/jobs', body, 'json').json()['id']}"
    work()

    job = adas.get(url).json()
    assert (job["startedAt"], job["finishedAt"], job["statusId"]) == (start, start, 2)
    later = adas.patch(url, {"startedAt": "2999-01-02"}, "json")
    assert (later.status_code, later.json()) == (
        400,
        {"message": "A value is not allowed."},
    )


@pytest.mark.parametrize("stranger", [True, False])
def test_a_job_for_no_order_of_ones_own_is_400(bobs, bob, order, stranger):
    order_id = order.pk if stranger else order.pk + 1
    body = {"ownerId": bob.pk, "orderId": order_id}
    answer = bobs.post("/api/v2/jobs", body, "json")

    text = f'Invalid pk "{order_id}" - object does not exist.'
    assert (answer.status_code, answer.json()) == (
        400,
        {"message": [{"order_id": text}]},
    )
    assert not Job.objects.exists()


def test_staff_start_a_job_for_the_orders_owner_only(client_of, staff, bob, order):
    client = client_of(staff)
    body = {"ownerId": bob.pk, "orderId": order.pk}

    assert client.post("/api/v2/jobs", body, "json").status_code == 400
    answer = client.post("/api/v2/jobs", body | {"ownerId": order.owner_id}, "json")
    assert answer.status_code == 201


def test_a_job_keeps_its_order(adas, order):
    job = JobFactory(order=order)
    other = OrderFactory(owner=order.owner)
    url = f"/api/v2/jobs/{job.pk}"
    answer = adas.patch(url, {"orderId": other.pk}, "json")

    assert (answer.status_code, answer.json()) == (
        400,
        {"message": [{"order_id": "A job keeps its order."}]},
    )
    body = {"ownerId": order.owner_id, "orderId": order.pk, "finishedAt": "2020-01-01"}
    assert adas.put(url, body, "json").json()["finishedAt"] is None


def test_a_deleted_job_leaves_its_invoice(adas, order):
    job = JobFactory(order=order)
    OrderItemFactory(order=order)
    run(job=job)

    assert adas.delete(f"/api/v2/jobs/{job.pk}").status_code == 200
    assert Invoice.objects.get().job is None


@pytest.mark.parametrize(
    "state",
    [
        {"status": 5},
        {"status": 2, "finished_at": None},
        {"status": 0, "finished_at": timezone.now()},
        {"status": 2, "finished_at": timezone.now() - timedelta(days=1)},
    ],
)
def test_the_database_refuses_impossible_jobs(order, state):
    with pytest.raises(IntegrityError), transaction.atomic():
        JobFactory(order=order, **state)


@pytest.mark.parametrize("method", ["patch", "put"])
def test_a_change_writes_no_column_that_was_not_sent(adas, order, monkeypatch, method):
    """A worker may set the status while a client changes the description."""
    update = OrderSerializer.update

    def update_after_the_worker(self, instance, validated_data):
        Order.objects.update(status=Order.Status.FULFILLED)
        return update(self, instance, validated_data)

    monkeypatch.setattr(OrderSerializer, "update", update_after_the_worker)
    body = {"ownerId": order.owner_id, "description": "new"}
    getattr(adas, method)(f"/orders/{order.pk}", body, "json")

    order.refresh_from_db()
    assert (order.description, order.status) == ("new", Order.Status.FULFILLED)
