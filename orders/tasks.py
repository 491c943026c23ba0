from __future__ import annotations

from common.tasks import arguments_underway, rescue, task
from orders.models import Job


@task
def run_job(job_id: int) -> None:
    """Runs the job, unless it is gone or no longer queued."""
    # The services enqueue this task.
    from orders.services import run

    if job := Job.objects.queued().filter(pk=job_id).first():
        run(job=job)


def recover() -> None:
    """Puts back into the queue what killed workers and failed databases left behind."""
    rescue()
    queued = set(Job.objects.queued().values_list("pk", flat=True))
    for pk in sorted(queued - {job_id for [job_id] in arguments_underway(run_job)}):
        run_job.enqueue(pk)
