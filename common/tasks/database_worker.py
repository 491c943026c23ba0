"""The worker of the tasks that wait in the database."""

from __future__ import annotations

import logging
import signal
import sys
import time
from types import FrameType

from django.db import Error, close_old_connections
from django_tasks_db.management.commands.db_worker import Worker

from common.tasks.sweeps import EXIT_AT_ONCE, WorkerStopped

logger = logging.getLogger(__name__)

SECONDS_TO_RECOVER = 0.5


class DatabaseWorker(Worker):
    """Outlives its database; ends after the task at hand, or at the second signal."""

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
                logger.error("The database failed: %s", " ".join(str(exc).split()))
                close_old_connections()
                time.sleep(SECONDS_TO_RECOVER)
        if self.is_forced:
            sys.exit(EXIT_AT_ONCE)

    def shutdown(self, signum: int, frame: FrameType | None) -> None:
        name = signal.strsignal(signum)
        if self.running:
            # First of all, for the second signal may come while the line is written.
            self.running = False
            logger.warning("%s: ending after the task at hand.", name)
        elif self.running_task and not self.is_forced:
            logger.warning("%s again: leaving the task to others.", name)
            self.is_forced = True
            raise WorkerStopped
