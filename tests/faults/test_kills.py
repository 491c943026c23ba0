"""Workers are killed, stopped and hang; no order is lost, none is billed twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest

from tests.faults.databases import FAILED, FINISHED, QUEUED, RUNNING, check
from tests.faults.system import ROOT, System, Worker, wait_until

pytestmark = pytest.mark.faults

ORDERS = 300
SECONDS_BETWEEN_KILLS = 0.3
# On a slow machine a worker's life is too short for much else than its start.
MOST_KILLS = 50


class Killer(threading.Thread):
    """Kills a random worker that is up, or one of its children, and starts it anew."""

    def __init__(self, workers: list[Worker], *, spare_parents: float = 0) -> None:
        super().__init__(daemon=True)
        self.workers, self.spare_parents = workers, spare_parents
        self.is_over = threading.Event()
        self.kills = 0
        self.start()

    def run(self) -> None:
        while self.kills < MOST_KILLS and not self.is_over.wait(SECONDS_BETWEEN_KILLS):
            ready = [worker for worker in self.workers if worker.is_ready()]
            if not ready:
                continue
            worker = random.choice(ready)
            self.kills += 1
            children = worker.children()
            if children and random.random() < self.spare_parents:
                with suppress(ProcessLookupError):
                    os.kill(random.choice(children), signal.SIGKILL)
            else:
                worker.kill()
                worker.start()

    def stop(self) -> None:
        self.is_over.set()
        self.join()


def survive(system: System, **options: float) -> None:
    """Orders arrive and are worked off while the killer goes about."""
    system.serve()
    killer = Killer(system.work(3), **options)
    try:
        accepted = system.accept_many(ORDERS, "sleep 0.03")
        wait_until(system.database.is_over, timeout=240)
    finally:
        killer.stop()
    check(system.database, accepted)
    assert killer.kills >= 10


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_killed_workers_lose_and_double_nothing(system, kind):
    survive(system(kind, QUINTET_JOB_TRIES="100"))


def test_killed_celery_workers_lose_and_double_nothing(system, rabbit):
    survive(
        system("postgres", QUINTET_JOB_TRIES="100", **rabbit.environment()),
        spare_parents=0.5,
    )


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_worker_that_was_stopped_past_its_lease_changes_nothing(system, kind):
    system = system(kind)
    system.serve()
    [first] = system.work()
    job = system.accept("sleep 1")
    system.wait_for(RUNNING, [job])
    first.send(signal.SIGSTOP)
    [second] = system.work()
    system.wait_for(FINISHED, [job])
    second.kill()
    first.send(signal.SIGCONT)
    other = system.accept()
    system.wait_for(FINISHED, [other])

    check(system.database, [job, other])
    assert system.database.job(job)[1] == 2


GRAB = """
import sys, time
from orders.models import Job
from orders.services.jobs import run_job
jobs = list(Job.objects.values_list("pk", flat=True).order_by("pk"))
print("up", flush=True)
start = float(sys.stdin.readline())
for number, job in enumerate(jobs):
    time.sleep(max(0, start + number * 0.05 - time.time()))
    run_job.call(job, 0)
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_two_workers_that_grab_a_job_at_once_do_it_once(system, kind):
    system = system(kind)
    system.serve()
    jobs = system.accept_many(40)
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", GRAB]
    pair = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=system.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for each in pair:
        assert each.stdout.readline() == "up\n"
    start = time.time() + 0.2
    for each in pair:
        each.stdin.write(f"{start}\n")
        each.stdin.flush()

    assert [each.wait(timeout=60) for each in pair] == [0, 0]
    check(system.database, jobs)
    assert {system.database.job(job)[1] for job in jobs} == {1}


def test_poisonous_jobs_are_given_up_while_the_others_flow(system):
    system = system(
        "postgres",
        QUINTET_JOB_TRIES="2",
        QUINTET_JOB_SECONDS="1",
        QUINTET_JOB_LEASE_SECONDS="1",
    )
    system.serve()
    workers = system.work(2)
    verbs = ("die", "hang", "block", "sleep 30")
    poison = {verb: system.accept(verb) for verb in verbs}
    good = system.accept_many(20)
    with kept_alive(workers):
        system.wait_for(FINISHED, good)
        system.wait_for(FAILED, poison.values(), timeout=120)

    check(system.database, good)
    outcomes = {verb: system.database.job(job) for verb, job in poison.items()}
    assert {attempts for _, attempts, _ in outcomes.values()} == {2}
    assert outcomes["sleep 30"][2] == "The time limit of 1 s was exceeded."
    for verb in ("die", "hang", "block"):
        assert (
            outcomes[verb][2] == "The worker died or stopped responding in 2 attempts."
        )


class kept_alive:  # noqa: N801
    """Starts workers again that ended, as a supervisor does."""

    def __init__(self, workers: list[Worker]) -> None:
        self.workers = workers
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.keep, daemon=True)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *exc: object) -> None:
        self.is_over.set()
        self.thread.join()

    def keep(self) -> None:
        while not self.is_over.wait(0.1):
            for worker in self.workers:
                if worker.process.poll() is not None:
                    worker.start()


def test_a_job_that_is_cancelled_while_it_runs_leaves_nothing_behind(system):
    system = system("postgres", QUINTET_JOB_LEASE_SECONDS="1")
    system.serve()
    system.work()
    job = system.accept("sleep 600")
    system.wait_for(RUNNING, [job])
    system.shell(
        "from orders.models import Job; from orders.services import cancel\n"
        f"cancel(job=Job.objects.get(pk={job}))"
    )
    other = system.accept()
    system.wait_for(FINISHED, [other])

    check(system.database, [other])
    assert system.database.count(QUEUED) == 0
