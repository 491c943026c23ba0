"""How fast orders are carried out, and how soon after a kill; README.md says how to run
it.

It starts workers as an operator does, on the database of DATABASE_URL and, if there is
one, the broker of BROKER_URL.
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
# How long the job takes in which its worker is killed.
SECONDS = 2.0
Work = Callable[[int], Any]


@dataclass
class Row:
    """One line of the table."""

    name: str
    figure: str
    remark: str = ""


def carry_out(attempt: Any) -> None:
    """Bills an order as always, or once that many seconds are over."""
    from orders.handlers import bill

    with suppress(ValueError):
        time.sleep(float(attempt.order.description))
    bill(attempt)


# Orders


def place(description: str = "two bolts") -> int:
    """The id of the job of a new order."""
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
    """Jobs finished in a second, from the first to the last."""
    ends = sorted(jobs(ids).values_list("finished_at", flat=True))
    return (len(ends) - 1) / max((ends[-1] - ends[0]).total_seconds(), 1e-9)


def throughput(work: Work, orders: int, workers: int) -> Row:
    """All are queued before the first worker starts."""
    ids = [place() for _ in range(orders)]
    with work(workers):
        wait_for("FINISHED", ids)
    return Row(f"jobs per second, {workers} workers", f"{rate(ids):.0f}")


def delays(work: Work, rounds: int) -> Iterator[Row]:
    """One order at a time, for one worker that has nothing else to do."""
    ids: list[int] = []
    with work(1):
        # From here on it is up.
        wait_for("FINISHED", [place()])
        for _ in range(max(rounds, 2)):
            # So that they do not keep step with the worker's looks at the queue.
            time.sleep(random.random() / 2)  # noqa: S311
            ids.append(place())
            wait_for("FINISHED", ids[-1:])
    pairs = jobs(ids).values_list("started_at", "finished_at")
    found = [(end - start).total_seconds() * 1000 for start, end in pairs]
    yield Row("accepted to finished, median", f"{median(found):.0f} ms")
    yield Row("accepted to finished, p95", f"{quantiles(found, n=20)[-1]:.0f} ms")


def recoveries(work: Work) -> Iterator[Row]:
    """From the kill to the end of the job, less the time that the job takes."""
    for name, hurt in HURTS.items():
        with work(1) as [worker]:
            job = place(f"{SECONDS}")
            wait_for("RUNNING", [job])
            started = time.monotonic()
            with work(1):
                if hurt(worker):
                    wait_for("FINISHED", [job])
                    seconds = time.monotonic() - started - SECONDS
                    yield Row(f"recovery: {name}", f"{seconds:.1f} s")


def kill_worker(worker: subprocess.Popen[bytes]) -> bool:
    os.killpg(worker.pid, signal.SIGKILL)
    return True


def stop_worker(worker: subprocess.Popen[bytes]) -> bool:
    os.killpg(worker.pid, signal.SIGSTOP)
    return True


def kill_children(worker: subprocess.Popen[bytes]) -> bool:
    """Whether there were any."""
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


HURTS: dict[str, Callable[[subprocess.Popen[bytes]], bool]] = {
    "kill -9 of the worker": kill_worker,
    "kill -9 of Celery's processes alone": kill_children,
    "the worker stands still": stop_worker,
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
        "QUINTET_ORDER_HANDLER": "benchmarks.jobs.carry_out",
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
