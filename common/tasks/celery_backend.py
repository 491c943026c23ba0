"""The task backend that distributes tasks with Celery, over RabbitMQ or Redis.

One Celery task runs all of ours; its message holds a task's dotted name and arguments.
The functions in `settings.SWEEPS` send again what the broker rejects or loses, so
publishing neither waits long nor fails.
"""

from __future__ import annotations

import logging
import signal
import sys
import time
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar
from uuid import uuid4

from celery import Celery, signals
from celery.exceptions import Reject
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
)
from django.db.transaction import get_connection, on_commit
from django.utils.module_loading import import_string
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskError, TaskResult, TaskResultStatus
from django_tasks.utils import get_module_path, get_random_id, normalize_json
from kombu.exceptions import KombuError

from common.tasks.sweeps import Sweeper
from common.tasks.worker import (
    EXIT_AT_ONCE,
    WorkerBackendMixin,
    WorkerStopped,
    become_worker,
)

T = TypeVar("T")

logger = logging.getLogger(__name__)

# After a failure, requests don't try the broker again for this time.
BROKER_RETRY_DELAY = 5
DATABASE_RETRY_DELAY = 1

TRANSPORT_OPTIONS = (
    {"socket_connect_timeout": 1, "socket_timeout": 5}
    if settings.BROKER_URL.startswith("redis")
    else {"write_timeout": 5}
)

app = Celery("quintet")
app.conf.update(
    broker_url=settings.BROKER_URL,
    broker_connection_timeout=1,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options=TRANSPORT_OPTIONS,
    task_default_queue=settings.QUINTET_QUEUE,
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    # A message stays in the queue until its task has ended; tasks are idempotent.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_enable_remote_control=False,
    worker_redirect_stdouts=False,
    enable_utc=True,
)


class BrokerUnavailable(Exception):
    """The broker failed less than `BROKER_RETRY_DELAY` seconds ago."""


class CeleryBackend(WorkerBackendMixin, BaseTaskBackend):
    """Task backend that sends a message for each task after the commit.

    Outside of a transaction, the result is `FAILED` if the broker rejects the task.
    """

    # Shared by all threads.
    down_until = 0.0

    def enqueue(
        self, task: Task[..., T], args: Sequence[object], kwargs: Mapping[str, object]
    ) -> TaskResult[T]:
        self.validate_task(task)
        result = self.new_result(task, args, kwargs)
        if get_connection().in_atomic_block:
            on_commit(partial(self.send, result))
            return result
        return self.send(result)

    def new_result(
        self, task: Task[..., T], args: Sequence[object], kwargs: Mapping[str, object]
    ) -> TaskResult[T]:
        return TaskResult(
            task=task,
            id=get_random_id(),
            status=TaskResultStatus.READY,
            enqueued_at=None,
            started_at=None,
            last_attempted_at=None,
            finished_at=None,
            args=normalize_json(args),
            kwargs=normalize_json(kwargs),
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )

    def send(self, result: TaskResult[T]) -> TaskResult[T]:
        """Return the result, as `FAILED` if the broker rejects the task."""
        try:
            self.publish(result)
        except BrokerUnavailable as exc:
            return to_failed(result, exc)
        except (OSError, KombuError) as exc:
            CeleryBackend.down_until = time.monotonic() + BROKER_RETRY_DELAY
            logger.error("The broker rejected a task: %s", exc)
            return to_failed(result, exc)
        return result

    def publish(self, result: TaskResult[T]) -> None:
        if time.monotonic() < self.down_until:
            raise BrokerUnavailable
        run_task.apply_async(
            (result.task.module_path, result.args, result.kwargs),
            task_id=result.id,
            # An idle connection may be dead unnoticed.
            retry=True,
            retry_policy={"max_retries": 1, "interval_start": 0, "interval_max": 0},
        )

    def add_worker_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--concurrency", type=int, help="Number of processes (default: CPU cores)."
        )

    def run_worker(self, options: Mapping[str, Any]) -> None:
        """Run Celery's worker in this process and its children."""
        # The children are forked, and each opens a connection of its own.
        connection.close()
        arguments = [f"--hostname=quintet-{uuid4().hex[:8]}@%h"]
        arguments += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        if concurrency := options["concurrency"]:
            arguments.append(f"--concurrency={concurrency}")
        app.worker_main(["worker", *arguments])


def to_failed(result: TaskResult[T], exc: Exception) -> TaskResult[T]:
    name = get_module_path(type(exc))
    error = TaskError(exception_class_path=name, traceback=str(exc))
    return replace(result, status=TaskResultStatus.FAILED, errors=[error])


# The worker's side


def call_task(path: str, args: list[object], kwargs: dict[str, object]) -> None:
    """Run the task at a dotted path. Raise SuspiciousOperation if it isn't a task."""
    task = import_string(path)
    if getattr(task, "module_path", "") != path:
        raise SuspiciousOperation(f"{path} is not a task.")
    try:
        with current_task:
            task.call(*args, **kwargs)
    except WorkerStopped:
        sys.exit(EXIT_AT_ONCE)
    except (OperationalError, InterfaceError) as exc:
        close_old_connections()
        time.sleep(DATABASE_RETRY_DELAY)
        raise Reject(str(exc), requeue=True) from exc


run_task = app.task(call_task, name="quintet.run_task")


class CurrentTask:
    """The handler of SIGTERM in a pool process, which a supervisor may signal directly.

    The process exits after the current task, or at the second signal.
    """

    is_running = False
    signal_count = 0

    def __enter__(self) -> None:
        self.is_running = True

    def __exit__(self, *exc: object) -> None:
        self.is_running = False
        if self.signal_count:
            self.stop()

    def stop(self, *args: object) -> None:
        self.signal_count += 1
        if not self.is_running:
            sys.exit(0)
        if self.signal_count == 2:
            raise WorkerStopped


current_task = CurrentTask()
sweepers: list[Sweeper] = []


def initialize_process(**_: object) -> None:
    become_worker()
    signal.signal(signal.SIGTERM, current_task.stop)


def keep_logging(**_: object) -> None:
    """Leave the loggers as settings.LOGGING has them, as a receiver of the signal does.

    `celery worker` without `--loglevel` would otherwise raise the level to WARNING.
    """


def start_sweeper(**_: object) -> None:
    sweeper = Sweeper()
    sweeper.start()
    sweepers.append(sweeper)


def stop_sweepers(**_: object) -> None:
    for sweeper in sweepers:
        sweeper.stop()


signals.setup_logging.connect(keep_logging)
signals.worker_process_init.connect(initialize_process)
signals.worker_ready.connect(start_sweeper)
signals.worker_shutting_down.connect(stop_sweepers)
