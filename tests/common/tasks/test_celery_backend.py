"""The Celery backend without a broker; tests/faults starts real ones."""

from __future__ import annotations

import pytest
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError, transaction
from django_tasks import TaskResultStatus
from kombu.exceptions import OperationalError as BrokerError

from common.tasks import celery_backend

pytest.importorskip("celery")

from celery.exceptions import Reject

from common.tasks.celery_backend import CeleryBackend, run_task
from common.tasks.database_worker import delete_old_results
from orders.services import jobs
from orders.services.jobs import run_job


@pytest.fixture
def backend(monkeypatch) -> CeleryBackend:
    monkeypatch.setattr(CeleryBackend, "down_until", 0.0)
    return CeleryBackend("default", {})


@pytest.fixture
def sent(monkeypatch) -> list[tuple]:
    """What the broker was given."""
    found: list[tuple] = []
    monkeypatch.setattr(
        run_task, "apply_async", lambda message, **_: found.append(message)
    )
    return found


@pytest.fixture
def refused(monkeypatch) -> list[tuple]:
    """What the broker was offered in vain."""
    found: list[tuple] = []

    def refuse(message, **_):
        found.append(message)
        raise BrokerError("Connection refused")

    monkeypatch.setattr(run_task, "apply_async", refuse)
    return found


@pytest.mark.django_db(transaction=True)
def test_a_task_is_sent_when_the_transaction_is_committed(backend, sent):
    with transaction.atomic():
        backend.enqueue(run_job, (7, 0), {})
        assert sent == []

    assert sent == [("orders.services.jobs.run_job", [7, 0], {})]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_rolled_back_sends_nothing(backend, sent):
    with transaction.atomic():
        backend.enqueue(run_job, (7, 0), {})
        transaction.set_rollback(True)

    assert sent == []


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_breaks_nothing_and_is_left_alone(
    backend, refused, caplog
):
    with transaction.atomic():
        backend.enqueue(run_job, (7, 0), {})
    again = backend.enqueue(run_job, (8, 0), {})

    assert again.status == TaskResultStatus.FAILED
    assert len(refused) == 1
    [record] = [
        each for each in caplog.records if each.name == "common.tasks.celery_backend"
    ]
    assert record.getMessage() == "The broker rejected a task: Connection refused"


@pytest.mark.parametrize(
    "path", ["os.getcwd", "common.tasks.database_worker.delete_old_results"]
)
def test_what_is_no_task_is_not_run(path):
    assert callable(delete_old_results)
    with pytest.raises(SuspiciousOperation, match="is not a task"):
        run_task(path, [], {})


def test_a_task_whose_database_is_away_goes_back_to_the_broker(db, monkeypatch):
    def away(*_):
        raise OperationalError("gone")

    monkeypatch.setattr(celery_backend, "DATABASE_RETRY_DELAY", 0)
    monkeypatch.setattr(celery_backend, "close_old_connections", lambda: None)
    monkeypatch.setattr("orders.services.jobs.claim_job", away)

    with pytest.raises(Reject) as caught:
        run_task("orders.services.jobs.run_job", [7, 0], {})
    assert caught.value.requeue
    assert jobs.run_job is run_job
