"""Emails that confirm finished orders.

The outbox is a column of the job: `mail_due_at` is the time of the next attempt to send
its email. A task names that time and does nothing once it has changed, so that
duplicate tasks send one email. An email can be sent twice only if a worker is killed
while it sends it.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.core.mail import EmailMessage
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.utils import timezone
from django_tasks import task

from accounts.normal_forms import mail_address
from orders.models import Job

logger = logging.getLogger(__name__)

RETRY_INTERVAL = timedelta(minutes=5)
MAX_AGE = timedelta(hours=24)
MAX_SWEPT_MAILS = 200


def schedule_confirmation(*, job: Job) -> None:
    """Schedule an email to the owner, to be sent if the current transaction commits.

    An owner without a real address gets none.
    """
    if not job.owner.has_real_address:
        return
    job.mail_due_at = timezone.now() + RETRY_INTERVAL
    Job.objects.filter(pk=job.pk).update(mail_due_at=job.mail_due_at)
    enqueue_confirmation(job)


def enqueue_confirmation(job: Job) -> None:
    if job.mail_due_at:
        send_confirmation.enqueue(job.pk, job.mail_due_at.isoformat())


def sweep_mails() -> None:
    """Offer unsent emails to the workers again, up to a day after the job's end."""
    jobs = Job.objects.filter(mail_due_at__lte=Now()).order_by("mail_due_at", "pk")
    for job in jobs[:MAX_SWEPT_MAILS]:
        if is_too_old(job):
            logger.error("%s: its email was not sent, and is not tried again.", job)
            reschedule(job, None)
        elif reschedule(job, timezone.now() + RETRY_INTERVAL):
            enqueue_confirmation(job)


def is_too_old(job: Job) -> bool:
    end = job.finished_at
    return end is None or end < timezone.now() - MAX_AGE


def reschedule(job: Job, due_at: datetime | None) -> bool:
    """Set the time of the next attempt. Return False if it has changed before."""
    rows = Job.objects.filter(pk=job.pk, mail_due_at=job.mail_due_at)
    job.mail_due_at = due_at
    return bool(rows.update(mail_due_at=due_at))


@task
def send_confirmation(job_id: int, due_at: str) -> None:
    """Send a job's email, unless it was sent or rescheduled since it was queued."""
    jobs = Job.objects.select_related("owner", "order", "invoice")
    job = jobs.filter(pk=job_id, mail_due_at=datetime.fromisoformat(due_at)).first()
    if job is None or not reschedule(job, timezone.now() + RETRY_INTERVAL):
        return
    if not job.owner.has_real_address:
        reschedule(job, None)
        return
    try:
        confirmation(job).send()
    except Exception as exc:
        # The order is finished even if the email server refuses the message.
        logger.warning("%s: its email was not sent: %s", job, exc)
    else:
        reschedule(job, None)


def confirmation(job: Job) -> EmailMessage:
    # In its headers, the address is the only text that a user has written.
    invoice = getattr(job, "invoice", None)
    context = {
        "job": job,
        "order": job.order,
        "invoice": invoice,
        "items": invoice.invoice_items.all() if invoice else [],
    }
    return EmailMessage(
        subject=f"Your order {job.order_id} is confirmed",
        body=render_to_string("orders/confirmation.txt", context),
        to=[mail_address(job.owner.email)],
    )
