from __future__ import annotations

from django_tasks import task


@task
def run_job(job_id: int, fence: int | None = None) -> None:
    """Carries the job out, unless it is gone, over or another worker's."""
    # The services enqueue this task.
    from orders.services import run

    run(job_id, fence)


@task
def send_confirmation(job_id: int, offered: str) -> None:
    """Sends the job's mail, unless that is done or another worker's."""
    from orders.mails import send

    send(job_id, offered)
