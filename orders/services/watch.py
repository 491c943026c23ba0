"""Supervision of a running handler: renews its lease, enforces its time limit."""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType
from typing import ClassVar, Self

from django.conf import settings
from django.db import Error, connections

from common.tasks.worker import is_worker

logger = logging.getLogger(__name__)

# Seconds that a handler may take to stop after its time limit.
MAX_GRACE_SECONDS = 5.0
STDERR = 2


class LostJob(Exception):
    """The job was cancelled, deleted or taken over: this attempt must write nothing."""


class TimeLimitExceeded(BaseException):
    """The handler's time is over. `except Exception` in a handler does not catch it."""


class Watch:
    """Context manager around a handler.

    `renew_lease` renews the lease or raises `LostJob`. A thread calls it, interrupts
    the handler as soon as the job is lost, and ends a worker process whose handler does
    not stop. Only a handler in the main thread can be interrupted; for another one, the
    thread only stops renewing the lease.
    """

    # The watch that SIGALRM is for. Only the main thread sets it.
    current: ClassVar[Watch | None] = None

    def __init__(self, name: str, renew_lease: Callable[[], None]) -> None:
        self.name = name
        self.renew_lease = renew_lease
        self.limit: float = settings.QUINTET_JOB_SECONDS
        self.grace = min(self.limit, MAX_GRACE_SECONDS)
        self.interval: float = settings.QUINTET_JOB_LEASE_SECONDS / 3
        self.is_over = threading.Event()
        self.is_lost = False
        self.has_interrupted = False

    def __enter__(self) -> Self:
        self.started = time.monotonic()
        if is_worker():
            # Works also if the handler never lets another thread run.
            timeout = self.limit + 2 * self.grace
            faulthandler.dump_traceback_later(timeout, exit=True, file=STDERR)
        threading.Thread(target=self.keep_lease, name=self.name, daemon=True).start()
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGALRM, interrupt)
            Watch.current = self
            signal.setitimer(signal.ITIMER_REAL, self.limit)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.disarm()
        self.is_over.set()
        if is_worker():
            faulthandler.cancel_dump_traceback_later()
        if is_worker() and self.has_interrupted:
            discard_connections()

    def disarm(self) -> None:
        """Stop the alarm: nothing interrupts the handler any more."""
        if Watch.current is self:
            Watch.current = None
            signal.setitimer(signal.ITIMER_REAL, 0)

    def keep_lease(self) -> None:
        """Renew the lease until the handler ends; runs in the thread."""
        try:
            while not self.is_over.wait(self.seconds_to_next_check()):
                if self.seconds_left() <= 0:
                    self.exit_worker()
                    return
                if not self.is_lost:
                    self.try_to_renew_lease()
        finally:
            connections.close_all()

    def seconds_left(self) -> float:
        return float(self.started + self.limit + self.grace - time.monotonic())

    def seconds_to_next_check(self) -> float:
        return max(0.0, min(self.interval, self.seconds_left()))

    def try_to_renew_lease(self) -> None:
        try:
            self.renew_lease()
        except LostJob:
            self.is_lost = True
            if Watch.current is self:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)
        except Error as exc:
            logger.warning("%s: its lease could not be renewed: %s", self.name, exc)
            connections.close_all()

    def exit_worker(self) -> None:
        if is_worker():
            logger.critical(
                "%s did not stop after its time limit: this worker exits.", self.name
            )
            os._exit(1)


def interrupt(number: int, frame: FrameType | None) -> None:
    """Handle SIGALRM: raise once, in the main thread, the exception for the handler."""
    if not (watch := Watch.current):
        return
    watch.disarm()
    watch.has_interrupted = True
    if watch.is_lost:
        raise LostJob
    raise TimeLimitExceeded(f"The time limit of {watch.limit:g} s was exceeded.")


def discard_connections() -> None:
    """Close connections that were interrupted at the start or end of a transaction."""
    for wrapper in connections.all(initialized_only=True):
        with suppress(Exception):
            if wrapper.connection is not None:
                wrapper.connection.close()
        del connections[wrapper.alias]
