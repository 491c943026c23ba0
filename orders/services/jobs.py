"""Jobs: queued, claimed by a worker, ended.

A worker's claim holds for a lease, which the worker extends while it lives, and has a
fence: a number that grows with each claim. Whoever writes for a job names the fence of
its claim, so that a worker which was given up for dead changes nothing any more.

The job's row is the truth and the outbox. The queue's messages are only hints: one that
is lost is sent again by `sweep`, and one too many finds nothing to claim.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django_tasks import TaskResultStatus, task

from common.db.locks import lock_row
from common.http.errors import Conflict
from common.ops import request_id
from orders.models import Job, Order
from orders.services.attempts import Attempt, JobFailed
from orders.services.watch import LostJob, TimeLimitExceeded

__all__ = [
    "Attempt",
    "JobFailed",
    "LostJob",
    "TimeLimitExceeded",
    "cancel",
    "claim",
    "retry",
    "run",
    "run_job",
    "start_job",
    "sweep",
]

# A queued job is offered to the workers again after this, then after twice as long:
# a long queue is not made longer by many.
OFFER_AGAIN_AFTER = timedelta(seconds=15)
LONGEST_WAIT = timedelta(hours=1)
SWEPT_AT_ONCE = 200


@transaction.atomic
def start_job(*, order: Order, **columns: Any) -> Job:
    """Creates a job for the order and queues it for the workers."""
    # Locks the order, too. It is the job that the request names: no signal.
    Order.objects.filter(pk=order.pk).update(status=Order.Status.NEW)
    due_at = timezone.now() + OFFER_AGAIN_AFTER
    job = Job.objects.create(
        owner_id=order.owner_id,
        order=order,
        due_at=due_at,
        request_id=request_id.current(),
        **columns,
    )
    offer(job)
    return job


def offer(job: Job) -> bool:
    """Tells the workers of the job as it is now; whether the queue is known to fail."""
    hint = run_job.enqueue(job.pk, job.fence)
    return hint.status != TaskResultStatus.FAILED


@task
def run_job(job_id: int, fence: int | None = None) -> None:
    """Run a job in a worker: the task that `offer` enqueues."""
    run(job_id, fence)


def run(job_id: int, fence: int | None = None) -> None:
    """Carries a queued job out, once, whoever calls it how often.

    With a fence, only if nobody has claimed the job since it had that one.
    """
    if attempt := claim(job_id, fence):
        with request_id.using(attempt.job.request_id):
            attempt.carry_out()


def claim(job_id: int, fence: int | None = None) -> Attempt | None:
    """The job for this worker; of two that try, only one gets it."""
    jobs = Job.objects.queued().filter(pk=job_id).select_related("order")
    job = jobs.first() if fence is None else jobs.filter(fence=fence).first()
    if job is None or not Job.objects.queued().fenced(job).claim():
        return None
    job.fence += 1
    job.attempts += 1
    return Attempt(job)


@transaction.atomic
def cancel(*, job: Job) -> None:
    """Ends a job that is not over; a worker that is at it can no longer finish it.

    A cancelled job stays as it is. Raises Conflict if the job is over otherwise.
    """
    row = lock_row(job)
    if row.status == Job.Status.CANCELLED:
        return
    if row.is_over:
        raise refusal(row, "cancelled")
    row.status, row.due_at = Job.Status.CANCELLED, None
    # A client may have named a start that is still to come.
    row.finished_at = max(timezone.now(), row.started_at)
    row.fence += 1
    row.save()


@transaction.atomic
def retry(*, job: Job) -> None:
    """Queues a failed or cancelled job anew, with all its tries.

    Raises Conflict for any other job.
    """
    Order.objects.filter(pk=job.order_id).update(status=Order.Status.NEW)
    row = lock_row(job)
    if row.status not in {Job.Status.FAILED, Job.Status.CANCELLED}:
        raise refusal(row, "retried")
    row.status, row.error, row.finished_at = Job.Status.QUEUED, "", None
    row.attempts = row.offers = row.progress = 0
    row.due_at = timezone.now() + OFFER_AGAIN_AFTER
    row.save()
    offer(row)


def refusal(job: Job, verb: str) -> Conflict:
    return Conflict(
        f"Job {job.pk} is {job.state}, so it cannot be {verb}.", code="job_state"
    )


def sweep() -> None:
    """Offers the workers what they lost: jobs never taken, or left by a dead worker.

    Any number of workers may do it at once: each job is changed by one of them.
    """
    for job in Job.objects.due()[:SWEPT_AT_ONCE]:
        if job.status == Job.Status.RUNNING and job.is_last_attempt:
            reason = f"Its worker died or hung, {job.attempts} times."
            Job.objects.due().fenced(job).end(Job.Status.FAILED, error=reason)
        elif not offer_again(job):
            return


def offer_again(job: Job) -> bool:
    """Whether there is any use in offering others, too."""
    offers = job.offers if job.status == Job.Status.QUEUED else 0
    wait = min(OFFER_AGAIN_AFTER * 2 ** min(offers, 10), LONGEST_WAIT)
    if not Job.objects.due().fenced(job).queue(wait, offers=offers + 1):
        return True
    if offer(job):
        return True
    Job.objects.queued().fenced(job).update(due_at=Now(), offers=offers)
    return False
