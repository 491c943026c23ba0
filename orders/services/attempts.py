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

LONGEST_PAUSE = timedelta(minutes=5)
LONGEST_REASON = 1000
# All that owners are told of a mistake; operators read on.
UNEXPECTED = "Something went wrong on the server."


class JobFailed(Exception):
    """Raised by a handler whose job would fail however often it were tried."""


class Attempt:
    """A worker's claim on a job; what a handler is given.

    Slow work comes first, outside of any transaction, with `report` for those who
    watch. What the job brings about comes inside `finish`, which commits it together
    with the job's end, or not at all.

    A handler is interrupted by `TimeLimitExceeded` when its time is up, and by
    `LostJob` when the job is cancelled or another worker's. It should let both pass.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.order = job.order
        self.is_finished = False
        self.watch = Watch(f"Job {job.pk}", self.extend)

    def carry_out(self) -> None:
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
        import_string(settings.QUINTET_ORDER_HANDLER)(self)
        if not self.is_finished:
            with self.finish():
                pass

    def report(self, progress: int) -> None:
        """How far the job is, in per cent; raises `LostJob` where it is in vain."""
        if not self.claimed().update(progress=progress):
            raise LostJob

    @contextmanager
    def finish(self) -> Iterator[Order]:
        """The transaction of the job's effect, with its order locked."""
        with transaction.atomic():
            order = Order.objects.select_for_update().filter(pk=self.order.pk).first()
            if order is None:
                raise LostJob
            yield order
            if not self.claimed().end(Job.Status.FINISHED, progress=100, error=""):
                raise LostJob
            # It is not interrupted while it commits.
            self.watch.disarm()
        self.is_finished = True

    def fail(self, exc: BaseException) -> None:
        """Another try after a pause, unless the tries are used up."""
        reason = reason_of(exc)[:LONGEST_REASON]
        renew_connection()
        try:
            if isinstance(exc, JobFailed) or self.job.is_last_attempt:
                noted = self.claimed().end(Job.Status.FAILED, error=reason)
            else:
                noted = self.claimed().queue(pause(self.job), error=reason)
        except Error as error:
            # The lease will run out, and the sweep has the job tried again.
            logger.warning("%s: its failure could not be noted: %s", self.job, error)
        else:
            if not noted:
                logger.info("%s is no longer this worker's.", self.job)

    def release(self) -> None:
        """Back into the queue, as if it had not been tried."""
        renew_connection()
        try:
            self.claimed().queue(timedelta(0), attempts=F("attempts") - 1)
        except Error as error:
            logger.warning("%s could not be released: %s", self.job, error)

    def extend(self) -> None:
        """Keeps the claim for another lease."""
        if not self.claimed().extend():
            raise LostJob

    def claimed(self) -> JobQuerySet:
        """The job, as long as it is this attempt's."""
        return Job.objects.running().fenced(self.job)


def reason_of(exc: BaseException) -> str:
    if isinstance(exc, (JobFailed, TimeLimitExceeded)):
        return str(exc)
    return f"{UNEXPECTED}\n{type(exc).__name__}: {exc}"


def renew_connection() -> None:
    """What broke the attempt may have been the connection."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def pause(job: Job) -> timedelta:
    return min(timedelta(seconds=2**job.attempts), LONGEST_PAUSE)
