"""The worker of a task backend, and the state of its process.

To run tasks on another queue, write a backend for `django.tasks`, let it bring its
worker, and name the class in the settings:

    class MyBackend(WorkerBackendMixin, BaseTaskBackend): ...

    TASKS = {"default": {"BACKEND": "queues.MyBackend"}}

The other code depends on the backend in two ways. The result of `task.enqueue()` must
have the status FAILED if the queue has rejected the task. And the worker must keep a
`Sweeper` running, as `manage.py worker` starts nothing else.

Tasks must be idempotent: they take ids, reload the rows and do nothing if the work is
done, because a backend may lose a task or run it twice. Work that must not be lost has
a row of its own and a function in `settings.SWEEPS` that enqueues it again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from argparse import ArgumentParser
from collections.abc import Mapping
from threading import Event
from typing import Any

# The exit code of a worker that stopped in the middle of a task.
EXIT_AT_ONCE = 1

_is_worker = Event()


class WorkerBackendMixin(ABC):
    """A task backend that brings its own worker."""

    @abstractmethod
    def add_worker_arguments(self, parser: ArgumentParser) -> None:
        """Add the worker's options to the parser of `manage.py worker`."""

    @abstractmethod
    def run_worker(self, options: Mapping[str, Any]) -> None:
        """Run tasks until the process receives a signal to stop.

        `options` are the parsed options of `manage.py worker`. The worker has to call
        `become_worker()` and keep a `Sweeper` running, except in a run that ends by
        itself.
        """


class WorkerStopped(BaseException):
    """Raised in the middle of a task to stop the worker at once."""


def become_worker() -> None:
    """Mark this process as a worker: it only runs tasks and may exit by itself."""
    _is_worker.set()


def is_worker() -> bool:
    return _is_worker.is_set()
