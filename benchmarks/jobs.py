"""Measures jobs per second and the recovery of workers, as README.md describes.

It starts workers with `manage.py worker`, on the database of DATABASE_URL and, if it is
set, the broker of BROKER_URL.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OWNER = "jobs-benchmark"
# Duration of the job whose worker is killed.
SECONDS = 2.0
Work = Callable[[int], Any]


@dataclass
class Row:
    """One line of the table."""

    name: str
    figure: str
    remark: str = ""


def handle_order(attempt: Any) -> None:
    """Bill an order, after as many seconds as its description says."""
    from orders.handlers import bill

    with suppress(ValueError):
        time.sleep(float(attempt.order.description))
    bill(attempt)


# Orders


def place(description: str = "two bolts") -> int:
    """Place an order and return the ID of its job."""
    from django.db import transaction

    from accounts.models import User
    from orders.services import place_order, start_job

    owner, _ = User.objects.get_or_create(name=OWNER, email=f"{OWNER}@example.com")
    line: Any = {"part_code": "M8", "units": 2, "unit_price": "0.35"}
    with transaction.atomic():
        order = place_order(owner=owner, description=description, items=[line])
        return int(start_job(order=order).pk)


def jobs(ids: list[int]) -> Any:
    from orders.models import Job

    return Job.objects.filter(pk__in=ids)


def wait_for(status: str, ids: list[int], timeout: float = 300) -> None:
    deadline = time.monotonic() + timeout
    while jobs(ids).filter(status=jobs(ids).model.Status[status]).count() < len(ids):
        if time.monotonic() > deadline:
            raise RuntimeError(f"Jobs are not {status.lower()} after {timeout:g} s.")
        time.sleep(0.02)


# Measuring


def rate(ids: list[int]) -> float:
    """Return the jobs per second between the first and the last that finished."""
    ends = sorted(jobs(ids).values_list("finished_at", flat=True))
    seconds = float((ends[-1] - ends[0]).total_seconds())
    return (len(ends) - 1) / max(seconds, 1e-9)


def throughput(work: Work, orders: int, workers: int) -> Row:
    """Measure workers that start when all jobs are queued."""
    ids = [place() for _ in range(orders)]
    with work(workers):
        wait_for("FINISHED", ids)
    return Row(f"jobs per second, {workers} workers", f"{rate(ids):.0f}")


def delays(work: Work, rounds: int) -> Iterator[Row]:
    """Measure one order at a time with one idle worker."""
    ids: list[int] = []
    with work(1):
        # The worker is now running.
        wait_for("FINISHED", [place()])
        for _ in range(max(rounds, 2)):
            # Not in step with the worker's polling.
            time.sleep(random.random() / 2)  # noqa: S311
            ids.append(place())
            wait_for("FINISHED", ids[-1:])
    pairs = jobs(ids).values_list("started_at", "finished_at")
    times = [(end - start).total_seconds() * 1000 for start, end in pairs]
    yield Row("accepted to finished, median", f"{median(times):.0f} ms")
    yield Row("accepted to finished, p95", f"{quantiles(times, n=20)[-1]:.0f} ms")


def recoveries(work: Work) -> Iterator[Row]:
    """Measure from a worker's failure to the end of its job, without the job's time."""
    for name, fail in FAILURES.items():
        with work(1) as [worker]:
            job = place(f"{SECONDS}")
            wait_for("RUNNING", [job])
            started = time.monotonic()
            with work(1):
                if fail(worker):
                    wait_for("FINISHED", [job])
                    seconds = time.monotonic() - started - SECONDS
                    yield Row(f"recovery: {name}", f"{seconds:.1f} s")


def kill_worker(worker: subprocess.Popen[bytes]) -> bool:
    os.killpg(worker.pid, signal.SIGKILL)
    return True


def suspend_worker(worker: subprocess.Popen[bytes]) -> bool:
    os.killpg(worker.pid, signal.SIGSTOP)
    return True


def kill_children(worker: subprocess.Popen[bytes]) -> bool:
    """Kill Celery's processes. Return False if there are none."""
    path = Path(f"/proc/{worker.pid}/task/{worker.pid}/children")
    children = path.read_text().split()
    for pid in children:
        os.kill(int(pid), signal.SIGKILL)
    return bool(children)


def hand_back(worker: subprocess.Popen[bytes]) -> bool:
    os.killpg(worker.pid, signal.SIGTERM)
    time.sleep(0.3)
    os.killpg(worker.pid, signal.SIGTERM)
    return True


FAILURES: dict[str, Callable[[subprocess.Popen[bytes]], bool]] = {
    "kill -9 of the worker": kill_worker,
    "kill -9 of Celery's processes alone": kill_children,
    "the worker is suspended": suspend_worker,
    "a second SIGTERM": hand_back,
}


def measure(work: Work, orders: int, rounds: int) -> Iterator[Row]:
    for workers in (1, 3):
        yield throughput(work, orders, workers)
    yield from delays(work, rounds)
    yield from recoveries(work)


# Workers


@contextmanager
def real_workers(number: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    command = [sys.executable, "manage.py", "worker", "--skip-checks"]
    if os.environ.get("BROKER_URL"):
        command.append("--concurrency=1")
    environment = os.environ | {
        "QUINTET_ORDER_HANDLER": "benchmarks.jobs.handle_order",
        "LOG_LEVEL": "ERROR",
    }
    workers = [
        subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)  # noqa: S603
        for _ in range(number)
    ]
    try:
        yield workers
    finally:
        for worker in workers:
            with suppress(ProcessLookupError):
                os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=40, help="at least 2")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("EMAIL_URL", "dummymail://")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    for row in measure(real_workers, options.orders, options.rounds):
        print(f"{row.name:<52}{row.figure:>12}  {row.remark}", flush=True)


if __name__ == "__main__":
    main()
