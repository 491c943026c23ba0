"""What a worker logs while its database is down."""

from __future__ import annotations

import time

import pytest
from django.db import OperationalError
from django_tasks_db.management.commands.db_worker import Worker

from common.tasks import database_worker, sweeps
from common.tasks.database_worker import DatabaseWorker, failure_of_database


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    """The time in seconds, which a test sets."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize("seconds", [0.5, 25])
def test_an_outage_is_logged_once_a_minute_and_so_is_its_end(
    monkeypatch, caplog, clock, seconds
):
    runs = iter([OperationalError("gone"), None])
    failures = iter([OperationalError("still gone")] * 5 + [None])

    def run(worker: Worker) -> None:
        if error := next(runs):
            raise error

    def sleep(delay: float) -> None:
        clock[0] += seconds

    monkeypatch.setattr(Worker, "run", run)
    monkeypatch.setattr(database_worker, "close_old_connections", lambda: None)
    monkeypatch.setattr(database_worker, "failure_of_database", lambda: next(failures))
    monkeypatch.setattr(time, "sleep", sleep)
    DatabaseWorker(batch=False, interval=1, worker_id="w").run()

    between = ["The database failed: still gone"] if seconds == 25 else []
    assert caplog.messages == [
        "The database failed: gone",
        *between,
        "The database responds again.",
    ]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_accepts_the_worker_s_query_has_no_failure():
    assert failure_of_database() is None


def test_a_sweep_that_fails_again_and_again_is_logged_once_a_minute(
    settings, monkeypatch, caplog, clock
):
    errors = iter([True, True, True, False, True])

    def broken() -> None:
        if next(errors):
            raise OperationalError("gone")

    monkeypatch.setattr(sweeps, "broken", broken, raising=False)
    settings.SWEEPS = {"common.tasks.sweeps.broken": 1}
    sweeper = sweeps.Sweeper()
    counts = []
    for passed in (0, 2, 60, 2, 2):
        clock[0] += passed
        sweeper.sweep()
        counts.append(len(caplog.messages))

    assert counts == [1, 1, 2, 2, 3]
