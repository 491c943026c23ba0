"""The worker: `manage.py worker`, of the engine that `BROKER_URL` chooses."""

from __future__ import annotations

import logging
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, connection
from django.utils.crypto import get_random_string

from common.db.triggers import INSTALL_COMMAND, missing_triggers
from common.tasks.database_worker import DatabaseWorker
from common.tasks.sweeps import Sweeper, become_worker


class Command(BaseCommand):
    help = (
        "Carries out what is queued. SIGTERM ends it after the task at hand, a second "
        "one at once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        if settings.BROKER_URL:
            parser.add_argument("--concurrency", type=int, help="Number of processes.")
            return
        parser.add_argument(
            "--batch", action="store_true", help="End when all is done."
        )
        parser.add_argument(
            "--interval", type=float, default=0.25, help="Seconds between looks."
        )

    def handle(self, *, verbosity: int, **options: Any) -> None:
        refuse_missing_triggers()
        if not verbosity:
            logging.getLogger("django_tasks").setLevel(logging.CRITICAL)
        if settings.BROKER_URL:
            from common.tasks.celery_backend import work

            # Its processes are forked, and each opens a connection of its own.
            connection.close()
            work(options["concurrency"])
        else:
            work_on_database(batch=options["batch"], interval=options["interval"])


def refuse_missing_triggers() -> None:
    """A worker writes invoices: it does not start where they would not be guarded."""
    # While the database does not answer, workers wait for it.
    with suppress(InterfaceError, OperationalError):
        if names := missing_triggers():
            raise CommandError(
                f"The database has no triggers {', '.join(names)}. "
                f"Run: {INSTALL_COMMAND}"
            )


def work_on_database(*, batch: bool, interval: float) -> None:
    worker = DatabaseWorker(
        batch=batch, interval=interval, worker_id=get_random_string(32)
    )
    worker.configure_signals()
    if batch:
        Sweeper().sweep()
        worker.run()
        return
    become_worker()
    with Sweeper():
        worker.run()
