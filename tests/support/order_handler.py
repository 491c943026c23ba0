"""The order handler of a test: `QUINTET_ORDER_HANDLER` names `handle`."""

from __future__ import annotations

from collections.abc import Callable

from orders.services import Attempt

PATH = f"{__name__}.handle"
# The function that a test has handle its orders.
functions: list[Callable[[Attempt], None]] = []


def handle(attempt: Attempt) -> None:
    functions[-1](attempt)
