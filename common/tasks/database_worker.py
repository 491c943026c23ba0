"""The worker of `DatabaseBackend`, and the sweep that empties its table."""

from __future__ import annotations

import logging
import signal
import sys
import time
from datetime import timedelta
from types import FrameType

from django.db import Error, close_old_connections, transaction
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from common.tasks.repeated_errors import RepeatedErrors
from common.tasks.worker import EXIT_AT_ONCE, WorkerStopped

logger = logging.getLogger(__name__)

RETRY_DELAY = 0.5

# Task results stay in the admin for this time, counted from the start of the task. A
# task that is still running after it has lost its worker.
RESULT_TTL = timedelta(days=1)
DELETE_BATCH_SIZE = 1000


class DatabaseWorker(Worker):
    """django-tasks-db's worker, which survives database outages.

    SIGTERM stops it after the current task, a second SIGTERM at once.
    """

    is_forced = False

    def __init__(self, *, batch: bool, interval: float, worker_id: str) -> None:
        super().__init__(
            batch=batch,
            interval=interval,
            worker_id=worker_id,
            queue_names=["*"],
            excluded_queue_names=[],
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
        )

    def run(self) -> None:
        while self.running:
            try:
                super().run()
                break
            except Error as exc:
                if self.batch:
                    raise
                self.wait_for_database(exc)
        if self.is_forced:
            sys.exit(EXIT_AT_ONCE)

    def wait_for_database(self, failure: Error) -> None:
        """Return when the database accepts the worker's query, or at a signal."""
        errors = RepeatedErrors()
        current: Error | None = failure
        while self.running and current:
            if errors.is_due("database"):
                logger.error("The database failed: %s", current)
            close_old_connections()
            time.sleep(RETRY_DELAY)
            current = failure_of_database()
        if not current:
            logger.warning("The database responds again.")

    def shutdown(self, signum: int, frame: FrameType | None) -> None:
        name = signal.strsignal(signum)
        if self.running:
            # First of all: the second signal may come while the line is logged.
            self.running = False
            logger.warning("%s: stopping after the current task.", name)
        elif self.running_task and not self.is_forced:
            logger.warning("%s again: stopping immediately.", name)
            self.is_forced = True
            raise WorkerStopped


def failure_of_database() -> Error | None:
    """Return the error of a query that locks a task, as a worker's queries do."""
    try:
        with transaction.atomic():
            DBTaskResult.objects.select_for_update(skip_locked=True).first()
    except Error as exc:
        return exc
    return None


def delete_old_results() -> None:
    """Delete the results of old tasks, including tasks whose worker died."""
    states = TaskResultStatus
    old_results = DBTaskResult.objects.order_by().filter(
        started_at__lt=timezone.now() - RESULT_TTL,
        status__in=[states.SUCCESSFUL, states.FAILED, states.RUNNING],
    )
    while ids := list(old_results.values_list("pk", flat=True)[:DELETE_BATCH_SIZE]):
        DBTaskResult.objects.filter(pk__in=ids).delete()
