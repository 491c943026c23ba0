"""What the tests' orders are carried out by: their description says what happens."""

from __future__ import annotations

import itertools
import os
import signal
import time

from orders.handlers import bill
from orders.services import Attempt


def obey(attempt: Attempt) -> None:
    """`sleep 0.5` bills the order after that time; `die`, `hang`, `block` never do."""
    verb, _, argument = attempt.order.description.partition(" ")
    match verb:
        case "sleep":
            time.sleep(float(argument))
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "hang":
            hang()
        case "block":
            sum(itertools.repeat(0))
    bill(attempt)


def hang() -> None:
    """Does not give way to the time limit."""
    while True:
        try:
            time.sleep(60)
        except BaseException:
            continue
