"""The worker: `manage.py worker`. SIGTERM ends it after the task at hand."""

from __future__ import annotations

import logging
import time
from argparse import ArgumentParser
from threading import Thread
from typing import Any, NoReturn

from django.db import DatabaseError, close_old_connections
from django_tasks_db.management.commands import db_worker

from orders.tasks import recover

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_RECOVERIES = 5


class Command(db_worker.Command):
    help = "Runs queued tasks, and those that a killed worker left behind."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(
            queue_name="*", interval=0.5, startup_delay=False, reload=False
        )

    def handle(self, *, batch: bool, **options: Any) -> None:
        recover()
        if not batch:
            Thread(target=keep_recovering, daemon=True).start()
        super().handle(batch=batch, **options)


def keep_recovering() -> NoReturn:
    while True:
        time.sleep(SECONDS_BETWEEN_RECOVERIES)
        try:
            recover()
        except DatabaseError:
            logger.exception("Looking for lost tasks failed.")
        close_old_connections()
