"""Watches over a handler while it runs: keeps its lease, ends it when it must end."""

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

# How long a handler may take to give way, once its time is up.
LONGEST_GRACE = 5.0
STDERR = 2


class LostJob(Exception):
    """The job was cancelled, deleted or taken over: this attempt must write nothing."""


class TimeLimitExceeded(BaseException):
    """The handler has had its time. No `except Exception` of its own keeps it alive."""


class Watch:
    """Entered around a handler, with what extends its lease or raises `LostJob`.

    A thread extends the lease. It has the handler interrupted as soon as the job is
    lost, and ends a worker whose handler does not give way. Only what runs in the main
    thread can be interrupted; elsewhere the lease is given up, and no more.
    """

    # The one that the alarm is for. Only the main thread sets it.
    current: ClassVar[Watch | None] = None

    def __init__(self, name: str, extend: Callable[[], None]) -> None:
        self.name = name
        self.extend = extend
        self.limit: float = settings.QUINTET_JOB_SECONDS
        self.grace = min(self.limit, LONGEST_GRACE)
        self.pause: float = settings.QUINTET_JOB_LEASE_SECONDS / 3
        self.is_over = threading.Event()
        self.is_lost = False
        self.has_interrupted = False

    def __enter__(self) -> Self:
        self.started = time.monotonic()
        if is_worker():
            # Also where the handler never lets another thread run.
            last = self.limit + 2 * self.grace
            faulthandler.dump_traceback_later(last, exit=True, file=STDERR)
        threading.Thread(target=self.keep, name=self.name, daemon=True).start()
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
            forget_connections()

    def disarm(self) -> None:
        """From here on nothing interrupts the handler."""
        if Watch.current is self:
            Watch.current = None
            signal.setitimer(signal.ITIMER_REAL, 0)

    def keep(self) -> None:
        """What the thread does."""
        try:
            while not self.is_over.wait(self.until_next_look()):
                if self.seconds_left() <= 0:
                    return self.give_up()
                if not self.is_lost:
                    self.beat()
        finally:
            connections.close_all()
        return None

    def seconds_left(self) -> float:
        return self.started + self.limit + self.grace - time.monotonic()

    def until_next_look(self) -> float:
        return max(0.0, min(self.pause, self.seconds_left()))

    def beat(self) -> None:
        try:
            self.extend()
        except LostJob:
            self.is_lost = True
            if Watch.current is self:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)
        except Error as exc:
            logger.warning("%s: its lease could not be extended: %s", self.name, exc)
            connections.close_all()

    def give_up(self) -> None:
        if is_worker():
            logger.critical("%s does not end: this worker ends itself.", self.name)
            os._exit(1)


def interrupt(number: int, frame: FrameType | None) -> None:
    """The alarm: raises in the main thread, once, what ends the handler."""
    if not (watch := Watch.current):
        return
    watch.disarm()
    watch.has_interrupted = True
    if watch.is_lost:
        raise LostJob
    raise TimeLimitExceeded(f"It took longer than {watch.limit:g} s.")


def forget_connections() -> None:
    """The interrupt may have come while one was beginning or ending a transaction."""
    for wrapper in connections.all(initialized_only=True):
        with suppress(Exception):
            if wrapper.connection is not None:
                wrapper.connection.close()
        del connections[wrapper.alias]
