"""Many requests at once, for tests with the fixture `service`."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from tests.support.service_processes import Response


def race(racers: int, send: Callable[[int], Response]) -> list[Response]:
    """Send requests at the same moment and return their responses."""
    barrier = Barrier(racers)

    def run(number: int) -> Any:
        barrier.wait(timeout=30)
        return send(number)

    with ThreadPoolExecutor(racers) as pool:
        return list(pool.map(run, range(racers)))
