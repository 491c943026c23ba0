"""The engine for tasks that a broker distributes: Celery over RabbitMQ or Redis.

One Celery task runs all of ours; its message holds a task's dotted name and arguments.
What the broker does not take, or loses, is sent again by the functions in
`settings.SWEEPS`, so publishing neither waits long nor fails.
"""

from __future__ import annotations

import logging
import signal
import sys
import time
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid4

from celery import Celery, signals
from celery.exceptions import Reject
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError, close_old_connections
from django.db.transaction import get_connection, on_commit
from django.utils.module_loading import import_string
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskError, TaskResult, TaskResultStatus
from django_tasks.utils import get_module_path, get_random_id, normalize_json
from kombu.exceptions import KombuError

from common.tasks.sweeps import EXIT_AT_ONCE, Sweeper, WorkerStopped, become_worker

logger = logging.getLogger(__name__)

# After a failure nobody tries the broker for a while, lest each request wait for it.
SECONDS_WITHOUT_BROKER = 5
SECONDS_WITHOUT_DATABASE = 1

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
    # A message is there until its task has run. What runs is the job's business.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_enable_remote_control=False,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    enable_utc=True,
)


class BrokerDown(Exception):
    """The broker failed a moment ago."""


class CeleryBackend(BaseTaskBackend):
    """Sends a message for each task, once the transaction is committed.

    A task sent outside of a transaction is `FAILED` if the broker did not take it.
    """

    # Of all threads.
    down_until = 0.0

    def enqueue(self, task: Task, args: Any, kwargs: Any) -> TaskResult:
        self.validate_task(task)
        result: TaskResult = TaskResult(
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
        if get_connection().in_atomic_block:
            on_commit(partial(self.send, result))
            return result
        return self.send(result)

    def send(self, result: TaskResult) -> TaskResult:
        """Returns the result, as `FAILED` if the broker did not take the task."""
        try:
            self.publish(result)
        except BrokerDown as exc:
            return failed(result, exc)
        except (OSError, KombuError) as exc:
            CeleryBackend.down_until = time.monotonic() + SECONDS_WITHOUT_BROKER
            logger.error("The broker did not take a task: %s", exc)
            return failed(result, exc)
        return result

    def publish(self, result: TaskResult) -> None:
        if time.monotonic() < self.down_until:
            raise BrokerDown
        run_task.apply_async(
            (result.task.module_path, result.args, result.kwargs),
            task_id=result.id,
            # A connection that has been idle may be dead without saying so.
            retry=True,
            retry_policy={"max_retries": 1, "interval_start": 0, "interval_max": 0},
        )


def failed(result: TaskResult, exc: Exception) -> TaskResult:
    name = get_module_path(type(exc))
    error = TaskError(exception_class_path=name, traceback=str(exc))
    return replace(result, status=TaskResultStatus.FAILED, errors=[error])


# The worker's side


@app.task(name="quintet.run_task")
def run_task(path: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Runs the task of that name, and nothing that is not a task."""
    task = import_string(path)
    if getattr(task, "module_path", "") != path:
        raise SuspiciousOperation(f"{path} is no task.")
    try:
        with at_hand:
            task.call(*args, **kwargs)
    except WorkerStopped:
        sys.exit(EXIT_AT_ONCE)
    except (OperationalError, InterfaceError) as exc:
        close_old_connections()
        time.sleep(SECONDS_WITHOUT_DATABASE)
        raise Reject(str(exc), requeue=True) from exc


class TaskAtHand:
    """What a process of the pool does about SIGTERM, which a supervisor may send to
    all processes of a worker: it ends after the task at hand, or at the second signal.
    """

    is_running = False
    signals = 0

    def __enter__(self) -> None:
        self.is_running = True

    def __exit__(self, *exc: object) -> None:
        self.is_running = False
        if self.signals:
            self.stop()

    def stop(self, *args: object) -> None:
        self.signals += 1
        if not self.is_running:
            sys.exit(0)
        if self.signals == 2:
            raise WorkerStopped


at_hand = TaskAtHand()
sweepers: list[Sweeper] = []


@signals.worker_process_init.connect
def begin_process(**_: object) -> None:
    become_worker()
    signal.signal(signal.SIGTERM, at_hand.stop)


@signals.worker_ready.connect
def begin_sweeping(**_: object) -> None:
    sweepers.append(Sweeper())
    sweepers[-1].__enter__()


@signals.worker_shutting_down.connect
def end_sweeping(**_: object) -> None:
    for sweeper in sweepers:
        sweeper.is_over.set()


def work(concurrency: int | None = None) -> None:
    """Celery's worker, in this process and its children."""
    options = [f"--hostname=quintet-{uuid4().hex[:8]}@%h", "--loglevel=INFO"]
    options += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    if concurrency:
        options.append(f"--concurrency={concurrency}")
    app.worker_main(["worker", *options])
