from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from common.http.errors import Conflict
from common.tasks import database_worker, sweeps
from common.tasks.worker import WorkerStopped
from orders.handlers import bill
from orders.models import Invoice, Job, Order
from orders.serializers import OrderSerializer
from orders.services import (
    Attempt,
    JobFailed,
    cancel,
    place_order,
    retry,
    start_job,
    sweep_jobs,
)
from orders.services.jobs import OFFER_INTERVAL, claim_job, run_job
from orders.services.orders import Line
from orders.services.watch import LostJob
from tests.orders.factories import JobFactory, OrderFactory, OrderItemFactory
from tests.support import order_handler
from tests.support.jobs import claim, run

LINES: list[Line] = [
    {"part_code": "111", "units": 3, "unit_price": Decimal("0.10")},
    {"part_code": "222", "units": 1, "unit_price": Decimal("19.99")},
]


@pytest.fixture
def order(ada) -> Order:
    return place_order(owner=ada, description="two parts", items=LINES)


@pytest.fixture
def handle_by(settings) -> Iterator[Callable[[Callable[[Attempt], None]], None]]:
    """Has another function handle the orders."""

    def use(function: Callable[[Attempt], None]) -> None:
        order_handler.functions.append(function)
        settings.QUINTET_ORDER_HANDLER = order_handler.PATH

    yield use
    order_handler.functions.clear()


def failing(exc: BaseException) -> Callable[[Attempt], None]:
    """A handler that fails when all is done but the commit."""

    def fail(attempt: Attempt) -> None:
        with attempt.finish() as order:
            Invoice.objects.create(user=order.owner, invoice_date=timezone.localdate())
            raise exc

    return fail


def make_due(**columns) -> None:
    """Lets the time pass after which a sweep looks at the jobs."""
    long_ago = timezone.now() - timedelta(days=1)
    Job.objects.unfinished().update(due_at=long_ago, **columns)


def hints() -> list[list[int]]:
    """The offers to workers in order: id and fence of each job."""
    rows = DBTaskResult.objects.order_by("enqueued_at")
    return list(rows.values_list("args_kwargs__args", flat=True))


def test_an_order_with_items_becomes_an_invoice(ada_client, ada, run_worker):
    items = [{"partCode": "111", "units": 3, "unitPrice": "0.10"}]
    body = {"ownerId": ada.pk, "description": "parts", "items": items}
    url = ada_client.post("/api/v2/orders", body, "json").headers["Location"]
    run_worker()

    job = ada_client.get(url).json()
    assert job["statusId"] == Job.Status.FINISHED
    assert job["finishedAt"] >= job["startedAt"]
    assert job["order"]["statusId"] == Order.Status.FULFILLED
    [invoice] = ada_client.get("/invoices").json()["Invoice"]
    assert invoice["userId"] == ada.pk
    [item] = invoice["invoiceItems"]
    assert (item["partCode"], item["units"], item["unitPrice"]) == ("111", 3, 0.1)
    assert Invoice.objects.get().total == Decimal("0.30")


def test_an_order_without_items_is_confirmed_and_not_billed(
    ada_client, ada, run_worker
):
    ada_client.post("/api/v2/orders", {"ownerId": ada.pk, "description": "x"}, "json")
    run_worker()

    assert Order.objects.get().status == Order.Status.CONFIRMED
    assert not Invoice.objects.exists()


def test_running_an_order_again_bills_it_again(ada_client, order, run_worker):
    start_job(order=order)
    run_worker()
    body = {"ownerId": order.owner_id, "description": "again"}
    ada_client.put(f"/api/v2/orders/{order.pk}", body, "json")

    assert ada_client.get(f"/orders/{order.pk}").json()["statusId"] == Order.Status.NEW
    run_worker()
    assert Invoice.objects.count() == 2
    assert (
        ada_client.get(f"/orders/{order.pk}").json()["statusId"]
        == Order.Status.FULFILLED
    )


def test_a_job_runs_once_however_often_it_is_called(order):
    job = JobFactory(order=order)
    run(job.pk)
    run_job.call(job.pk, 0)
    run_job.call(job.pk, 1)

    assert Invoice.objects.count() == 1
    job.refresh_from_db()
    assert (job.status, job.attempts, job.progress) == (Job.Status.FINISHED, 1, 100)


def test_two_invoices_of_one_job_are_refused_by_the_database(order):
    job = JobFactory(order=order)
    run(job.pk)
    Job.objects.update(
        status=Job.Status.RUNNING, finished_at=None, due_at=timezone.now()
    )
    job.refresh_from_db()

    with pytest.raises(IntegrityError), transaction.atomic():
        bill(Attempt(job))


def test_a_failed_attempt_leaves_its_reason_no_effect_and_a_pause(
    order, run_worker, handle_by
):
    handle_by(failing(ValueError("no such part")))
    job = start_job(order=order)
    run_worker()

    job.refresh_from_db()
    assert (job.status, job.attempts) == (Job.Status.QUEUED, 1)
    assert job.error.endswith("ValueError: no such part")
    assert timedelta(0) < job.due_at - timezone.now() <= timedelta(seconds=2)
    assert not Invoice.objects.exists()
    assert Order.objects.get().status == Order.Status.NEW


def test_the_pauses_grow(order, handle_by):
    handle_by(failing(ValueError("no such part")))
    job = start_job(order=order)
    pauses = []
    for _ in range(4):
        run(job.pk)
        job.refresh_from_db()
        pauses.append(round((job.due_at - timezone.now()).total_seconds()))

    assert pauses == [2, 4, 8, 16]


def test_a_job_that_always_fails_is_given_up_after_some_tries(
    order, run_worker, handle_by, settings
):
    settings.QUINTET_JOB_TRIES = 3
    handle_by(failing(ValueError("no such part")))
    job = start_job(order=order)
    for _ in range(5):
        run_worker()
        make_due()

    job.refresh_from_db()
    assert (job.status, job.attempts) == (Job.Status.FAILED, 3)
    assert job.error.endswith("ValueError: no such part")
    assert job.finished_at >= job.started_at
    assert not Invoice.objects.exists()


def test_a_job_that_cannot_succeed_is_tried_once(order, run_worker, handle_by):
    handle_by(failing(JobFailed("There is no part 222.")))
    job = start_job(order=order)
    run_worker()

    job.refresh_from_db()
    assert (job.status, job.attempts) == (Job.Status.FAILED, 1)
    assert job.error == "There is no part 222."


def test_a_handler_that_wants_to_end_the_process_has_failed(order, handle_by):
    handle_by(failing(SystemExit(3)))
    job = start_job(order=order)
    run(job.pk)

    job.refresh_from_db()
    assert job.status == Job.Status.QUEUED
    assert job.error.endswith("SystemExit: 3")


def test_the_others_flow_on_past_a_failing_job(order, run_worker, handle_by):
    poison = OrderFactory()

    def bill_others(attempt: Attempt) -> None:
        if attempt.order == poison:
            raise RuntimeError("poison")
        bill(attempt)

    handle_by(bill_others)
    for each in (order, poison, OrderFactory()):
        start_job(order=each)
    run_worker()

    statuses = Job.objects.values_list("status", flat=True)
    assert list(statuses) == [2, Job.Status.QUEUED, 2]


def test_a_job_is_tried_again_where_the_database_fails(
    order, run_worker, handle_by, settings
):
    job = start_job(order=order)
    handle_by(failing(OperationalError("gone")))
    run_worker()
    job.refresh_from_db()
    assert job.status == Job.Status.QUEUED
    assert job.error.endswith("OperationalError: gone")

    handle_by(bill)
    make_due()
    run_worker()
    job.refresh_from_db()
    assert (job.status, job.error) == (Job.Status.FINISHED, "")


def test_a_failure_that_cannot_be_noted_costs_nothing_but_the_lease(
    order, handle_by, monkeypatch
):
    job = start_job(order=order)
    handle_by(failing(OperationalError("gone")))
    with monkeypatch.context() as patch:
        patch.setattr(Attempt, "fenced_rows", lambda _: broken())
        run(job.pk)

    job.refresh_from_db()
    assert job.status == Job.Status.RUNNING
    handle_by(bill)
    make_due()
    sweep_jobs()
    run(job.pk)
    assert Job.objects.get().status == Job.Status.FINISHED


def broken():
    raise OperationalError("gone")


def test_a_handler_is_interrupted_when_its_time_is_up(order, handle_by, settings):
    settings.QUINTET_JOB_SECONDS = 0.05
    handle_by(lambda attempt: time.sleep(30))
    job = start_job(order=order)
    run(job.pk)

    job.refresh_from_db()
    assert (job.status, job.error) == (
        Job.Status.QUEUED,
        "The time limit of 0.05 s was exceeded.",
    )


def test_no_except_exception_keeps_a_handler_alive(order, handle_by, settings):
    settings.QUINTET_JOB_SECONDS = 0.05

    def stubborn(attempt: Attempt) -> None:
        for _ in range(2):
            try:
                time.sleep(30)
            except Exception:
                continue

    handle_by(stubborn)
    job = start_job(order=order)
    run(job.pk)

    job.refresh_from_db()
    assert job.error == "The time limit of 0.05 s was exceeded."


def test_the_time_limit_ends_with_the_handler(order):
    run(start_job(order=order).pk)

    assert Job.objects.get().status == Job.Status.FINISHED
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_a_report_shows_and_meets_a_cancelled_job(order, handle_by):
    seen = []

    def half(attempt: Attempt) -> None:
        attempt.report(50)
        seen.append(Job.objects.get().progress)
        cancel(job=attempt.job)
        attempt.report(60)
        seen.append("never")

    handle_by(half)
    job = start_job(order=order)
    run(job.pk)

    job.refresh_from_db()
    assert seen == [50]
    assert (job.status, job.progress) == (Job.Status.CANCELLED, 50)


def test_a_job_cancelled_while_it_runs_has_no_effect(order, handle_by):
    def late(attempt: Attempt) -> None:
        cancel(job=attempt.job)
        bill(attempt)

    handle_by(late)
    job = start_job(order=order)
    run(job.pk)

    job.refresh_from_db()
    assert job.status == Job.Status.CANCELLED
    assert not Invoice.objects.exists()
    assert Order.objects.get().status == Order.Status.NEW


def test_a_job_that_is_over_cannot_be_cancelled(order):
    job = start_job(order=order)
    run(job.pk)

    with pytest.raises(Conflict, match="finished"):
        cancel(job=job)


def test_a_job_whose_order_was_deleted_meanwhile_is_let_go(order, handle_by):
    def late(attempt: Attempt) -> None:
        Order.objects.all().delete()
        bill(attempt)

    handle_by(late)
    run(start_job(order=order).pk)

    assert not Job.objects.exists()
    assert not Invoice.objects.exists()


def test_only_one_of_two_workers_gets_a_job(order, monkeypatch):
    job = start_job(order=order)
    first = Job.objects.select_related("order").get()
    assert claim_job(job.pk, first.fence)

    monkeypatch.setattr("orders.querysets.JobQuerySet.first", lambda *_: first)
    assert claim_job(job.pk, first.fence) is None


def test_a_worker_given_up_for_dead_changes_nothing_any_more(order):
    job = start_job(order=order)
    zombie = claim(job.pk)
    make_due()
    sweep_jobs()
    for write in (lambda: zombie.report(50), zombie.renew_lease, lambda: bill(zombie)):
        with pytest.raises(LostJob):
            write()

    living = claim(job.pk)
    for write in (lambda: zombie.report(50), zombie.renew_lease, lambda: bill(zombie)):
        with pytest.raises(LostJob):
            write()
    zombie.fail(ValueError("late"))
    zombie.release()
    bill(living)

    job.refresh_from_db()
    assert (job.status, job.attempts, job.error) == (Job.Status.FINISHED, 2, "")
    assert Invoice.objects.count() == 1


def test_a_worker_told_to_stop_at_once_hands_its_job_back(order, handle_by):
    handle_by(failing(WorkerStopped()))
    job = start_job(order=order)
    with pytest.raises(WorkerStopped):
        run(job.pk)

    job.refresh_from_db()
    assert (job.status, job.attempts) == (Job.Status.QUEUED, 0)
    assert job.due_at <= timezone.now()
    assert not Invoice.objects.exists()


def test_a_job_that_kills_its_workers_is_given_up_after_some_tries(order, settings):
    settings.QUINTET_JOB_TRIES = 2
    job = start_job(order=order)
    for _ in range(4):
        claim(job.pk)
        make_due()
        sweep_jobs()

    job.refresh_from_db()
    assert (job.status, job.attempts) == (Job.Status.FAILED, 2)
    assert job.error == "The worker died or stopped responding in 2 attempts."


def test_a_failed_job_can_be_retried_with_all_its_tries(order, handle_by, settings):
    settings.QUINTET_JOB_TRIES = 1
    handle_by(failing(ValueError("no such part")))
    job = start_job(order=order)
    run(job.pk)
    job.refresh_from_db()
    retry(job=job)

    job.refresh_from_db()
    assert (job.status, job.attempts, job.error) == (Job.Status.QUEUED, 0, "")
    handle_by(bill)
    run_job.call(*hints()[-1])
    assert Job.objects.get().status == Job.Status.FINISHED
    with pytest.raises(Conflict, match="finished"):
        retry(job=job)


def test_a_hint_older_than_the_last_claim_is_void(order, handle_by):
    """However many there are of them, they do not shorten the pause after a failure."""
    handle_by(failing(ValueError("no such part")))
    start_job(order=order)
    run_job.call(*hints()[0])
    run_job.call(*hints()[0])

    assert Job.objects.get().attempts == 1


def test_jobs_are_offered_again_after_longer_and_longer_waits(order):
    start_job(order=order, started_at=timezone.now() - timedelta(days=700_000))
    waits = []
    for _ in range(12):
        make_due()
        sweep_jobs()
        waits.append(Job.objects.get().due_at - timezone.now())

    assert [round(wait / OFFER_INTERVAL) for wait in waits[:4]] == [1, 2, 4, 8]
    assert round(waits[-1].total_seconds()) == 3600
    assert hints() == [[Job.objects.get().pk, 0]] * 13


def test_a_sweep_leaves_alone_what_is_not_due(order, django_assert_num_queries):
    start_job(order=order)
    claim(start_job(order=order).pk)

    with django_assert_num_queries(1):
        sweep_jobs()
    assert len(hints()) == 2


def test_two_sweeps_at_once_offer_a_job_once(order, monkeypatch):
    start_job(order=order)
    make_due()
    seen = list(Job.objects.due())
    sweep_jobs()
    monkeypatch.setattr("orders.querysets.JobQuerySet.__getitem__", lambda *_: seen)
    sweep_jobs()

    assert len(hints()) == 2


def test_a_job_made_due_by_the_databases_clock_is_found(order):
    job = start_job(order=order)
    claim(job.pk).release()
    while Job.objects.get().due_at >= timezone.now() - timedelta(milliseconds=2):
        threading.Event().wait(0.001)
    sweep_jobs()

    assert hints() == [[job.pk, 0], [job.pk, 1]]


def test_an_order_that_is_rolled_back_leaves_no_task(ada):
    with transaction.atomic():
        start_job(order=OrderFactory(owner=ada))
        assert DBTaskResult.objects.exists()
        transaction.set_rollback(True)

    assert not DBTaskResult.objects.exists()


def test_a_job_whose_order_is_gone_does_nothing(order, run_worker):
    start_job(order=order)
    order.delete()
    run_worker()

    assert DBTaskResult.objects.get().status == TaskResultStatus.SUCCESSFUL


def test_a_queued_job_without_a_task_is_found_at_start(order, run_worker):
    JobFactory(order=order)
    run_worker()

    assert Job.objects.get().status == Job.Status.FINISHED


def test_what_a_killed_worker_left_behind_is_run(order, run_worker):
    start_job(order=order)
    DBTaskResult.objects.update(status=TaskResultStatus.RUNNING)
    run_worker()
    assert Job.objects.get().status == Job.Status.QUEUED

    make_due()
    run_worker()
    assert Job.objects.get().status == Job.Status.FINISHED


def test_rows_of_old_tasks_are_deleted_in_portions(
    order, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(database_worker, "DELETE_BATCH_SIZE", 2)
    old = timezone.now() - database_worker.RESULT_TTL - timedelta(seconds=1)
    for _ in range(5):
        start_job(order=order)
    DBTaskResult.objects.update(
        status=TaskResultStatus.SUCCESSFUL, started_at=old, finished_at=old
    )
    dead = start_job(order=order)
    DBTaskResult.objects.filter(status=TaskResultStatus.READY).update(
        status=TaskResultStatus.RUNNING, started_at=old
    )
    fresh = start_job(order=order)
    with django_assert_num_queries(7):
        database_worker.delete_old_results()

    assert hints() == [[fresh.pk, 0]]
    assert Job.objects.filter(pk=dead.pk).exists()


def test_one_sweep_that_fails_stops_none_of_the_others(
    order, settings, monkeypatch, caplog
):
    monkeypatch.setattr(sweeps, "broken", broken, raising=False)
    monkeypatch.setattr(sweeps, "close_old_connections", lambda: None)
    settings.SWEEPS = {"common.tasks.sweeps.broken": 1, "orders.services.sweep_jobs": 1}
    start_job(order=order)
    make_due()
    sweeps.Sweeper().sweep()

    assert len(hints()) == 2
    assert "broken failed: OperationalError: gone" in caplog.text


def test_a_job_can_be_posted_for_an_own_order(ada_client, order, run_worker):
    body = {"ownerId": order.owner_id, "orderId": str(order.pk), "statusId": 4}
    Order.objects.update(status=Order.Status.CONFIRMED)
    response = ada_client.post("/api/v2/jobs", body, "json")

    assert (response.status_code, response.json()["statusId"]) == (201, 0)
    job = ada_client.get(f"/api/v2/jobs/{response.json()['id']}")
    assert (response.json(), response["ETag"]) == (job.json(), job["ETag"])
    run_worker()
    assert Job.objects.get().status == Job.Status.FINISHED


def test_a_start_still_to_come_does_not_end_before_itself(
    ada_client, order, run_worker
):
    start = "2999-01-01 00:00:00"
    body = {"ownerId": order.owner_id, "orderId": order.pk, "startedAt": start}
    url = f"/api/v2/jobs/{ada_client.post('/api/v2/jobs', body, 'json').json()['id']}"
    run_worker()

    job = ada_client.get(url).json()
    assert (job["startedAt"], job["finishedAt"], job["statusId"]) == (start, start, 2)
    later = ada_client.patch(url, {"startedAt": "2999-01-02"}, "json")
    assert (later.status_code, later.json()) == (
        400,
        {"message": "A value is not allowed."},
    )


@pytest.mark.parametrize("stranger", [True, False])
def test_a_job_for_no_order_of_ones_own_is_400(bob_client, bob, order, stranger):
    order_id = order.pk if stranger else order.pk + 1
    body = {"ownerId": bob.pk, "orderId": order_id}
    response = bob_client.post("/api/v2/jobs", body, "json")

    text = f'Invalid pk "{order_id}" - object does not exist.'
    assert (response.status_code, response.json()) == (
        400,
        {"message": [{"order_id": text}]},
    )
    assert not Job.objects.exists()


def test_staff_start_a_job_for_the_orders_owner_only(client_of, staff, bob, order):
    client = client_of(staff)
    body = {"ownerId": bob.pk, "orderId": order.pk}

    assert client.post("/api/v2/jobs", body, "json").status_code == 400
    response = client.post("/api/v2/jobs", body | {"ownerId": order.owner_id}, "json")
    assert response.status_code == 201


def test_a_job_keeps_its_order(ada_client, order):
    job = JobFactory(order=order)
    other = OrderFactory(owner=order.owner)
    url = f"/api/v2/jobs/{job.pk}"
    response = ada_client.patch(url, {"orderId": other.pk}, "json")

    assert (response.status_code, response.json()) == (
        400,
        {"message": [{"order_id": "The order of a job can't be changed."}]},
    )
    body = {"ownerId": order.owner_id, "orderId": order.pk, "finishedAt": "2020-01-01"}
    assert ada_client.put(url, body, "json").json()["finishedAt"] is None


def test_a_deleted_job_leaves_its_invoice(ada_client, order):
    job = JobFactory(order=order)
    OrderItemFactory(order=order)
    run(job.pk)

    assert ada_client.delete(f"/api/v2/jobs/{job.pk}").status_code == 200
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
def test_a_change_writes_no_column_that_was_not_sent(
    ada_client, order, monkeypatch, method
):
    """A worker may set the status while a client changes the description."""
    update = OrderSerializer.update

    def update_after_the_worker(self, instance, validated_data):
        Order.objects.update(status=Order.Status.FULFILLED)
        return update(self, instance, validated_data)

    monkeypatch.setattr(OrderSerializer, "update", update_after_the_worker)
    body = {"ownerId": order.owner_id, "description": "new"}
    getattr(ada_client, method)(f"/orders/{order.pk}", body, "json")

    order.refresh_from_db()
    assert (order.description, order.status) == ("new", Order.Status.FULFILLED)
