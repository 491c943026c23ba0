"""Background tasks, by the API of `django.tasks`, on either of two engines.

`settings.TASKS` names the engine. A task takes ids, reads the rows anew and does
nothing if all is done: an engine may lose a task, and may run it twice. What must not
be lost has a row that says so, and a function in `settings.SWEEPS` that looks for such
rows; each worker calls those all the time.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from threading import Event, Thread
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import close_old_connections, connections
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

__all__ = [
    "EXIT_AT_ONCE",
    "Sweeper",
    "WorkerStopped",
    "become_worker",
    "is_worker",
    "prune",
    "task",
]

logger = logging.getLogger(__name__)

# The rows of tasks are kept so long from their start, for people to look at. One that
# is still running after that has no worker any more.
KEPT = timedelta(days=1)
PRUNED_AT_ONCE = 1000

# The exit code of a worker that left its task to others.
EXIT_AT_ONCE = 1

worker = Event()


class WorkerStopped(BaseException):
    """The worker was told to stop at once, in the middle of a task."""


def become_worker() -> None:
    """Says that this process does nothing but run tasks, and may end itself."""
    worker.set()


def is_worker() -> bool:
    return worker.is_set()


class Sweeper:
    """A thread that calls the functions of `settings.SWEEPS` again and again."""

    def __init__(self) -> None:
        self.sweeps = {
            import_string(path): seconds for path, seconds in settings.SWEEPS.items()
        }
        self.due = dict.fromkeys(self.sweeps, 0.0)
        self.is_over = Event()
        self.thread = Thread(target=self.keep_sweeping, name="Sweeper", daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.is_over.set()
        self.thread.join(timeout=5)

    def keep_sweeping(self) -> None:
        while not self.is_over.is_set():
            close_old_connections()
            self.sweep()
            self.is_over.wait(min(self.sweeps.values()))
        connections.close_all()

    def sweep(self) -> None:
        """Calls those whose time has come; one that fails stops none of the others."""
        for sweep, seconds in self.sweeps.items():
            if self.due[sweep] > time.monotonic():
                continue
            try:
                sweep()
            except Exception as exc:
                reason = " ".join(str(exc).split())
                logger.error("%s: %s: %s", sweep.__name__, type(exc).__name__, reason)
            self.due[sweep] = time.monotonic() + seconds * 0.9


def prune() -> None:
    """Deletes the rows of old tasks, also of those whose worker died."""
    states = TaskResultStatus
    found = DBTaskResult.objects.order_by().filter(
        started_at__lt=timezone.now() - KEPT,
        status__in=[states.SUCCESSFUL, states.FAILED, states.RUNNING],
    )
    while ids := list(found.values_list("pk", flat=True)[:PRUNED_AT_ONCE]):
        DBTaskResult.objects.filter(pk__in=ids).delete()
