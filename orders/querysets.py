from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db.models import F, Min, Q
from django.db.models.functions import Greatest, Now
from django.utils import timezone

from accounts.querysets import OwnedQuerySet

if TYPE_CHECKING:
    from orders.models import Invoice, InvoiceItem, Job, Order


class OrderQuerySet(OwnedQuerySet["Order"]):
    owner_lookup = "owner"

    def for_api(self) -> Self:
        return self.prefetch_related("items")

    def with_jobs(self) -> Self:
        return self.prefetch_related("jobs")


class JobQuerySet(OwnedQuerySet["Job"]):
    owner_lookup = "owner"

    def for_api(self) -> Self:
        return self.select_related("order", "invoice")

    def queued(self) -> Self:
        """Return the jobs that wait for a worker, without the held ones."""
        return self.filter(status=self.model.Status.QUEUED, is_held=False)

    def held(self) -> Self:
        return self.filter(is_held=True)

    def running(self) -> Self:
        return self.filter(status=self.model.Status.RUNNING)

    def unfinished(self) -> Self:
        """Return the queued and the running jobs, without the held ones."""
        return self.filter(is_unfinished(self.model))

    def recent(self, time: timedelta) -> Self:
        """Return the unfinished jobs, and those that ended within this time."""
        ended = Q(finished_at__gte=Now() - time)
        return self.filter(is_unfinished(self.model) | ended)

    def due(self) -> Self:
        """Return queued jobs to offer again, and running ones whose lease is over."""
        return self.unfinished().filter(due_at__lte=Now()).order_by("due_at", "pk")

    def oldest_due_seconds(self) -> float:
        """Return for how long the oldest due job has been due, or 0 without any."""
        oldest = self.due().order_by().aggregate(due_at=Min("due_at"))["due_at"]
        return (timezone.now() - oldest).total_seconds() if oldest else 0.0

    def fenced(self, job: Job) -> Self:
        """Return the job, unless it was claimed or cancelled since it was read."""
        return self.filter(pk=job.pk, fence=job.fence)

    def set_running(self) -> int:
        """Set jobs to running, each with a new fence and lease. Return their number."""
        return self.update(
            status=self.model.Status.RUNNING,
            attempts=F("attempts") + 1,
            offers=0,
            fence=F("fence") + 1,
            due_at=Now() + lease(),
        )

    def renew_lease(self) -> int:
        """Start the lease of running jobs again."""
        return self.update(due_at=Now() + lease())

    def set_queued(self, delay: timedelta, **columns: object) -> int:
        """Set jobs to queued, to be offered to workers after this delay."""
        return self.update(
            status=self.model.Status.QUEUED, due_at=Now() + delay, **columns
        )

    def set_ended(self, status: int, **columns: object) -> int:
        """Set jobs to a status in which they are over."""
        # A client may have set a start in the future.
        finished_at = Greatest(Now(), F("started_at"))
        return self.update(
            status=status, finished_at=finished_at, due_at=None, **columns
        )


def is_unfinished(model: type[Job]) -> Q:
    # By status, as in the conditions of the indexes. The time skips the held jobs.
    unfinished = [model.Status.QUEUED, model.Status.RUNNING]
    return Q(status__in=unfinished, due_at__isnull=False)


def lease() -> timedelta:
    return timedelta(seconds=settings.QUINTET_JOB_LEASE_SECONDS)


class InvoiceQuerySet(OwnedQuerySet["Invoice"]):
    # The views let anonymous users in only if `QUINTET_ACCESS` is open.
    is_open = True

    def for_api(self) -> Self:
        return self.prefetch_related("invoice_items")

    def for_print(self) -> Self:
        """Load items and user: a draft shows the user's current name and address."""
        return self.for_api().select_related("user")

    def of_item(self, item_id: int, new_invoice_id: int | None) -> Self:
        """Return the invoice of an item, and the one that the item moves to, if any."""
        current = self.filter(invoice_items=item_id).values("pk")
        return self.filter(Q(pk__in=current) | Q(pk=new_invoice_id))


class InvoiceItemQuerySet(OwnedQuerySet["InvoiceItem"]):
    owner_lookup = "invoice__user"
    is_open = True

    def for_api(self) -> Self:
        return self.select_related("invoice")
