"""`manage.py worker`: the worker of the task backend that `settings.TASKS` names."""

from __future__ import annotations

import logging
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS, task_backends

from common.db.triggers import INSTALL_COMMAND, missing_triggers
from common.tasks.worker import WorkerBackendMixin


class Command(BaseCommand):
    help = (
        "Runs queued tasks. SIGTERM stops the worker after the current task; a second "
        "SIGTERM stops it immediately."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        configured_backend().add_worker_arguments(parser)

    def handle(self, *, verbosity: int, **options: Any) -> None:
        check_triggers()
        if not verbosity:
            logging.getLogger("django_tasks").setLevel(logging.CRITICAL)
        configured_backend().run_worker(options)


def configured_backend() -> WorkerBackendMixin:
    """Return the default task backend. Raise CommandError if it has no worker."""
    backend = task_backends[DEFAULT_TASK_BACKEND_ALIAS]
    if not isinstance(backend, WorkerBackendMixin):
        raise CommandError(
            f"The task backend {type(backend).__qualname__} has no worker. Run the "
            "command that it documents."
        )
    return backend


def check_triggers() -> None:
    """Raise CommandError if issued invoices, which the worker writes, are unguarded."""
    # Workers wait for a database that is unavailable.
    with suppress(InterfaceError, OperationalError):
        if names := missing_triggers():
            raise CommandError(
                f"The database has no triggers {', '.join(names)}. "
                f"Run: {INSTALL_COMMAND}"
            )
