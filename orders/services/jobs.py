"""Jobs: queued, claimed by a worker, ended.

A worker's claim holds for a lease, which the worker renews while it runs the job. Each
claim has a fence, a number that grows with every claim. A worker names its fence in all
writes for a job, so a worker that has lost its lease can change nothing.

The job's row is the source of truth and the outbox. To *offer* a job is to enqueue a
task for it, which is only a hint: `sweep_jobs` offers a job again whose task was lost,
and a worker ignores a superfluous one.

A *held* job is queued, but is never offered, and no worker can claim it.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django_tasks import TaskResultStatus, task

from accounts import trace
from accounts.trace import Verb
from common.db.locks import lock_row
from common.http.errors import Conflict
from common.ops import origin, request_id
from orders.models import Job, Order
from orders.services.attempts import Attempt

# A queued job is offered to the workers again after this, then after twice as long:
# many offers would make a long queue longer.
OFFER_INTERVAL = timedelta(seconds=15)
MAX_OFFER_INTERVAL = timedelta(hours=1)
MAX_SWEPT_JOBS = 200


@transaction.atomic
def start_job(*, order: Order, **columns: object) -> Job:
    """Create a job for the order and offer it to the workers."""
    # Locks the order. Sends no signal for it, since the request is for the job.
    Order.objects.filter(pk=order.pk).update(status=Order.Status.NEW)
    order.status = Order.Status.NEW
    job = Job.objects.create(
        owner_id=order.owner_id,
        order=order,
        due_at=timezone.now() + OFFER_INTERVAL,
        request_id=request_id.current(),
        **columns,
    )
    enqueue_job(job)
    return job


def enqueue_job(job: Job) -> bool:
    """Enqueue a hint for the workers. Return False if the queue refuses it."""
    hint = run_job.enqueue(job.pk, job.fence)
    return hint.status != TaskResultStatus.FAILED


@task
def run_job(job_id: int, fence: int) -> None:
    """Run a queued job in a worker, unless it was claimed since it had this fence."""
    if attempt := claim_job(job_id, fence):
        job = attempt.job
        with request_id.using(job.request_id), origin.using(origin.WORKER):
            attempt.run()


def claim_job(job_id: int, fence: int) -> Attempt | None:
    """Claim a queued job. Return None if it is held, not queued or has a new fence."""
    jobs = Job.objects.queued().filter(pk=job_id, fence=fence)
    job = jobs.select_related("order").first()
    if job is None or not Job.objects.queued().fenced(job).set_running():
        return None
    job.fence += 1
    job.attempts += 1
    return Attempt(job)


@transaction.atomic
def cancel(*, job: Job) -> None:
    """End an unfinished job; a worker that is running it can no longer finish it.

    A cancelled job stays as it is. Raise Conflict if the job has finished or failed.
    """
    row = lock_row(job)
    if row.status == Job.Status.CANCELLED:
        return
    if row.is_over:
        raise state_error(row, "cancelled")
    before = row.status_name
    row.status, row.due_at, row.is_held = Job.Status.CANCELLED, None, False
    # A client may have set a start in the future.
    row.finished_at = max(timezone.now(), row.started_at)
    row.fence += 1
    row.save()
    trace.record(Verb.CANCEL, row, {"status": (before, row.status_name)})


@transaction.atomic
def retry(*, job: Job) -> None:
    """Queue a failed or cancelled job again and reset its number of attempts.

    Raise Conflict for any other job.
    """
    # Locks the order before the job.
    Order.objects.filter(pk=job.order_id).update(status=Order.Status.NEW)
    row = lock_row(job)
    if row.status not in {Job.Status.FAILED, Job.Status.CANCELLED}:
        raise state_error(row, "retried")
    before = row.status_name
    row.status, row.error, row.finished_at = Job.Status.QUEUED, "", None
    row.attempts = row.offers = row.progress = 0
    row.due_at = timezone.now() + OFFER_INTERVAL
    row.save()
    trace.record(Verb.RETRY, row, {"status": (before, row.status_name)})
    enqueue_job(row)


@transaction.atomic
def hold(*, job: Job) -> None:
    """Keep a queued job from workers until `release`, and drop its email if it has any.

    A held job stays as it is. Raise Conflict if the job is not queued.
    """
    row = lock_row(job)
    if row.is_held:
        return
    if row.status != Job.Status.QUEUED:
        raise state_error(row, "held")
    row.is_held, row.due_at, row.mail_due_at = True, None, None
    row.save()
    trace.record(Verb.HOLD, row, {"is_held": (False, True)})


@transaction.atomic
def release(*, job: Job) -> None:
    """Offer a held job to the workers. Raise Conflict if the job is not held."""
    # Locks the order before the job.
    Order.objects.filter(pk=job.order_id).update(status=Order.Status.NEW)
    row = lock_row(job)
    if not row.is_held:
        raise state_error(row, "released")
    row.is_held, row.offers = False, 0
    row.due_at = timezone.now() + OFFER_INTERVAL
    row.save()
    trace.record(Verb.RELEASE, row, {"is_held": (True, False)})
    enqueue_job(row)


def state_error(job: Job, action: str) -> Conflict:
    return Conflict(
        f"Job {job.pk} is {job.status_name}, so it can't be {action}.",
        code="job_state",
    )


def sweep_jobs() -> None:
    """Offer due jobs again: those that no worker took, and those of dead workers.

    Several workers can sweep at the same time: each job is changed by one of them.
    """
    for job in Job.objects.due()[:MAX_SWEPT_JOBS]:
        if job.status == Job.Status.RUNNING and job.is_last_attempt:
            reason = (
                f"The worker died or stopped responding in {job.attempts} attempts."
            )
            Job.objects.due().fenced(job).set_ended(Job.Status.FAILED, error=reason)
        elif not offer_again(job):
            # The queue is down: leave the others to the next sweep.
            return


def offer_again(job: Job) -> bool:
    """Offer a due job again. Return False if the queue refuses it."""
    offers = job.offers if job.status == Job.Status.QUEUED else 0
    delay = min(OFFER_INTERVAL * 2 ** min(offers, 10), MAX_OFFER_INTERVAL)
    if not Job.objects.due().fenced(job).set_queued(delay, offers=offers + 1):
        # Another worker has offered it.
        return True
    if enqueue_job(job):
        return True
    # Undo the offer.
    Job.objects.queued().fenced(job).update(due_at=Now(), offers=offers)
    return False
