"""The default task backend: the queue is a table of the database."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

import django_tasks_db
from django.utils.crypto import get_random_string

from common.tasks.sweeps import Sweeper
from common.tasks.worker import WorkerBackendMixin, become_worker


class DatabaseBackend(WorkerBackendMixin, django_tasks_db.DatabaseBackend):
    """django-tasks-db's backend, with a worker that survives database outages."""

    def add_worker_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--batch", action="store_true", help="Exit when the queue is empty."
        )
        parser.add_argument(
            "--interval",
            type=float,
            default=0.25,
            help="Polling interval in seconds (default: 0.25).",
        )

    def run_worker(self, options: Mapping[str, Any]) -> None:
        # It imports models, and apps may define tasks before those are loaded.
        from common.tasks.database_worker import DatabaseWorker

        worker = DatabaseWorker(
            batch=options["batch"],
            interval=options["interval"],
            worker_id=get_random_string(32),
        )
        worker.configure_signals()
        if worker.batch:
            # It ends by itself, so it is not marked as a worker.
            Sweeper().sweep()
            worker.run()
            return
        become_worker()
        with Sweeper():
            worker.run()
