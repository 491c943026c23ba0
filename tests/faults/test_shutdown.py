"""Workers are told to end: the job at hand is done, or handed back."""

from __future__ import annotations

import signal

import pytest

from tests.faults.databases import FINISHED, QUEUED, RUNNING, check

pytestmark = pytest.mark.faults


@pytest.fixture(params=["sqlite", "postgres"])
def busy(request, system):
    """A system whose only worker is in the middle of a job."""

    def make(seconds: float):
        busy = system(request.param)
        busy.serve()
        [worker] = busy.work()
        job = busy.accept(f"sleep {seconds}")
        busy.wait_for(RUNNING, [job])
        return busy, worker, job

    return make


def test_sigterm_lets_the_job_at_hand_end_and_takes_no_other(busy):
    busy, worker, job = busy(1.5)
    worker.send(signal.SIGTERM)
    other = busy.accept()

    assert worker.wait() == 0
    assert busy.database.job(job)[:2] == (FINISHED, 1)
    assert busy.database.job(other)[:2] == (QUEUED, 0)
    busy.work()
    busy.wait_for(FINISHED, [other])
    check(busy.database, [job, other])


def test_a_second_sigterm_hands_the_job_back_at_once(busy):
    busy, worker, job = busy(600)
    worker.send(signal.SIGTERM)
    while "stopping after the current task" not in worker.text:
        pass
    worker.send(signal.SIGTERM)

    assert worker.wait() == 1
    assert busy.database.job(job)[:2] == (QUEUED, 0)


def test_an_idle_worker_ends_at_once(system):
    system = system("sqlite")
    [worker] = system.work()
    worker.send(signal.SIGTERM)

    assert worker.wait(5) == 0


@pytest.mark.parametrize("engine", ["database", "celery"])
def test_a_rolling_restart_under_load_interrupts_no_job(system, request, engine):
    broker = request.getfixturevalue("rabbit") if engine == "celery" else None
    system = system("postgres", **(broker.environment() if broker else {}))
    system.serve()
    workers = system.work(2)
    accepted = system.accept_many(60, "sleep 0.1")
    for worker in workers:
        worker.send(signal.SIGTERM)
        assert worker.wait() == 0
        worker.start()
        accepted += system.accept_many(10, "sleep 0.1")
    system.wait_for(FINISHED, accepted)

    check(system.database, accepted)
    assert {system.database.job(job)[1] for job in accepted} == {1}
