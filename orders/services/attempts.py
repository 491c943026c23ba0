from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db import Error, connection, transaction
from django.db.models import F
from django.utils.module_loading import import_string

from common.tasks.worker import WorkerStopped
from orders.models import Job, Order
from orders.querysets import JobQuerySet
from orders.services.watch import LostJob, TimeLimitExceeded, Watch

logger = logging.getLogger(__name__)

MAX_RETRY_DELAY = timedelta(minutes=5)
MAX_REASON_LENGTH = 1000
# The first line of an error is for the owner, the others for operators.
UNEXPECTED = "Something went wrong on the server."


class JobFailed(Exception):
    """Raised by a handler to fail the job without further attempts."""


class Attempt:
    """A worker's claim on a job, passed to the handler.

    A handler does slow work first, outside of any transaction, and calls `report` in
    between. It writes the job's effect inside `finish`, which commits the effect and
    the end of the job in one transaction.

    A handler is interrupted by `TimeLimitExceeded` after its time limit, and by
    `LostJob` when the job is cancelled or claimed by another worker. It should not
    catch them.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.order = job.order
        self.is_finished = False
        self.watch = Watch(f"Job {job.pk}", self.renew_lease)

    def run(self) -> None:
        """Call the handler, then end, retry or release the job."""
        try:
            with self.watch:
                self.handle()
        except LostJob:
            logger.info("%s is no longer this worker's.", self.job)
        except (WorkerStopped, KeyboardInterrupt):
            self.release()
            raise
        except (Exception, TimeLimitExceeded, SystemExit) as exc:
            logger.exception("%s, attempt %s", self.job, self.job.attempts)
            self.fail(exc)
        else:
            logger.info("%s is finished.", self.job)

    def handle(self) -> None:
        handler = import_string(settings.QUINTET_ORDER_HANDLER)
        handler(self)
        if not self.is_finished:
            with self.finish():
                pass

    def report(self, progress: int) -> None:
        """Save the progress in percent. Raise LostJob if the job is lost."""
        if not self.fenced_rows().update(progress=progress):
            raise LostJob

    @contextmanager
    def finish(self) -> Iterator[Order]:
        """Open the transaction of the job's effect, with its order locked.

        Raise LostJob if the job is lost, and roll the effect back.
        """
        with transaction.atomic():
            order = Order.objects.select_for_update().filter(pk=self.order.pk).first()
            if order is None:
                raise LostJob
            yield order
            rows = self.fenced_rows()
            if not rows.set_ended(Job.Status.FINISHED, progress=100, error=""):
                raise LostJob
            # The commit must not be interrupted.
            self.watch.disarm()
        self.is_finished = True

    def fail(self, exc: BaseException) -> None:
        """Queue the job for another attempt, or fail it after the last one."""
        reason = reason_of(exc)[:MAX_REASON_LENGTH]
        renew_connection()
        try:
            rows = self.fenced_rows()
            if isinstance(exc, JobFailed) or self.job.is_last_attempt:
                is_saved = rows.set_ended(Job.Status.FAILED, error=reason)
            else:
                is_saved = rows.set_queued(retry_delay(self.job), error=reason)
        except Error as error:
            # After the lease, the sweep queues the job again.
            logger.warning("%s: its failure could not be saved: %s", self.job, error)
        else:
            if not is_saved:
                logger.info("%s is no longer this worker's.", self.job)

    def release(self) -> None:
        """Queue the job again without counting this attempt."""
        renew_connection()
        try:
            self.fenced_rows().set_queued(timedelta(0), attempts=F("attempts") - 1)
        except Error as error:
            logger.warning("%s could not be released: %s", self.job, error)

    def renew_lease(self) -> None:
        """Keep the claim for another lease. Raise LostJob if the job is lost."""
        if not self.fenced_rows().renew_lease():
            raise LostJob

    def fenced_rows(self) -> JobQuerySet:
        """Return the job as a queryset, empty if this attempt has lost it."""
        return Job.objects.running().fenced(self.job)


def reason_of(exc: BaseException) -> str:
    if isinstance(exc, (JobFailed, TimeLimitExceeded)):
        return str(exc)
    return f"{UNEXPECTED}\n{type(exc).__name__}: {exc}"


def renew_connection() -> None:
    """Close a broken connection, which may be why the attempt failed."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def retry_delay(job: Job) -> timedelta:
    return min(timedelta(seconds=2**job.attempts), MAX_RETRY_DELAY)
