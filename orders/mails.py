"""Mails to those whose orders are done.

The outbox is a column of the job: `mail_due_at` is when the workers are told of the
mail again. A hint to them names that time and is good for it alone, so that many hints
make one mail. Only a worker that is killed while it sends leaves one to be sent twice.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.core.mail import EmailMessage
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.utils import timezone
from django_tasks import task

from orders.models import Job

logger = logging.getLogger(__name__)

AGAIN_AFTER = timedelta(minutes=5)
GIVEN_UP_AFTER = timedelta(hours=24)
OFFERED_AT_ONCE = 200


def queue_confirmation(*, job: Job) -> None:
    """Has the owner told, if the transaction in which the job ends is committed."""
    job.mail_due_at = timezone.now() + AGAIN_AFTER
    Job.objects.filter(pk=job.pk).update(mail_due_at=job.mail_due_at)
    offer(job)


def offer(job: Job) -> None:
    if job.mail_due_at:
        send_confirmation.enqueue(job.pk, job.mail_due_at.isoformat())


def sweep_mails() -> None:
    """Offers the workers the mails that were not sent, for a day."""
    jobs = Job.objects.filter(mail_due_at__lte=Now()).order_by("mail_due_at", "pk")
    for job in jobs[:OFFERED_AT_ONCE]:
        if is_given_up(job):
            logger.error("%s: its mail is given up.", job)
            move(job, None)
        elif move(job, timezone.now() + AGAIN_AFTER):
            offer(job)


def is_given_up(job: Job) -> bool:
    end = job.finished_at
    return end is None or end < timezone.now() - GIVEN_UP_AFTER


def move(job: Job, due_at: datetime | None) -> bool:
    """Of several that know the same time, one succeeds."""
    rows = Job.objects.filter(pk=job.pk, mail_due_at=job.mail_due_at)
    job.mail_due_at = due_at
    return bool(rows.update(mail_due_at=due_at))


@task
def send_confirmation(job_id: int, offered: str) -> None:
    """Sends the mail, unless it was sent or offered again since then."""
    jobs = Job.objects.select_related("owner", "order", "invoice")
    job = jobs.filter(pk=job_id, mail_due_at=datetime.fromisoformat(offered)).first()
    if job is None or not move(job, timezone.now() + AGAIN_AFTER):
        return
    try:
        confirmation(job).send()
    except Exception as exc:
        # Whatever a mail server has against it, the order is done.
        logger.warning("%s: its mail was not sent: %s", job, exc)
    else:
        move(job, None)


def confirmation(job: Job) -> EmailMessage:
    """What is in its headers, no user has written but the address itself."""
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
        to=[job.owner.email],
    )
