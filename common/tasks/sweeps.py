"""The functions in `settings.SWEEPS`, which each worker calls at regular intervals."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Event, Thread
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import close_old_connections, connections
from django.utils.module_loading import import_string

from common.tasks.repeated_errors import RepeatedErrors

logger = logging.getLogger(__name__)

STOP_TIMEOUT = 5


class Sweeper:
    """A thread that calls the functions in `settings.SWEEPS` until it is stopped."""

    def __init__(self) -> None:
        self.intervals = {
            import_string(path): seconds for path, seconds in settings.SWEEPS.items()
        }
        self.due_at = dict.fromkeys(self.intervals, 0.0)
        self.errors = RepeatedErrors()
        self.is_stopped = Event()
        self.thread = Thread(target=self.run, name="Sweeper", daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        self.thread.join(STOP_TIMEOUT)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        self.is_stopped.set()

    def run(self) -> None:
        while not self.is_stopped.is_set():
            close_old_connections()
            self.sweep()
            self.is_stopped.wait(min(self.intervals.values()))
        connections.close_all()

    def sweep(self) -> None:
        """Call the functions that are due. An error in one doesn't stop the others."""
        for function, seconds in self.intervals.items():
            if self.due_at[function] > time.monotonic():
                continue
            self.call(function)
            # The thread wakes up at about the intervals. With a tenth less, a wake-up
            # that comes slightly early is still one at which the function is due.
            self.due_at[function] = time.monotonic() + seconds * 0.9

    def call(self, function: Callable[[], object]) -> None:
        """Call the function and log its error, at most once a minute while it fails."""
        name = function.__name__
        try:
            function()
        except Exception as exc:
            if self.errors.is_due(name):
                # "failed" keeps a name such as `delete_expired_tokens` from being taken
                # for that of a secret.
                logger.error("%s failed: %s: %s", name, type(exc).__name__, exc)
        else:
            self.errors.forget(name)
