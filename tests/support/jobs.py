"""Workers' steps, done in the test's own process."""

from __future__ import annotations

from orders.models import Job
from orders.services import Attempt
from orders.services.jobs import claim_job, run_job


def run(job_id: int) -> None:
    """Run a job, as a worker does with the job's latest hint."""
    run_job.call(job_id, fence_of(job_id))


def claim(job_id: int) -> Attempt | None:
    """Claim a job, as a worker does with the job's latest hint, but do not run it."""
    return claim_job(job_id, fence_of(job_id))


def fence_of(job_id: int) -> int:
    return Job.objects.values_list("fence", flat=True).get(pk=job_id)
