"""Many requests at once, against a server of their own on a real database."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from tests.service import ROOT, Answer, Service, environment

PROCESSES = ["--workers=2", "--threads=16"]


@pytest.fixture
def service(tmp_path) -> Iterator[Service]:
    """Two processes; SQLite gets a file, for in memory it has one user only."""
    migrate = [sys.executable, "manage.py", "migrate", "-v0"]
    kept = environment(tmp_path)
    subprocess.run(migrate, cwd=ROOT, env=kept, check=True, timeout=120)
    service = Service(tmp_path, *PROCESSES)
    yield service
    service.stop()


def race(racers: int, send: Callable[[int], Answer]) -> list[Answer]:
    """The answers to requests that start in the same moment."""
    barrier = Barrier(racers)

    def run(number: int) -> Any:
        barrier.wait(timeout=30)
        return send(number)

    with ThreadPoolExecutor(racers) as pool:
        return list(pool.map(run, range(racers)))
