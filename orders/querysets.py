from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Min, Q
from django.db.models.functions import Greatest, Now
from django.utils import timezone

if TYPE_CHECKING:
    from orders.models import Job


class OrderQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """The user's own; all of them for staff."""
        return self if user.is_staff else self.filter(owner=user.pk)

    def for_api(self) -> Self:
        """With the items."""
        return self.prefetch_related("items")

    def with_jobs(self) -> Self:
        return self.prefetch_related("jobs")


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: Any) -> Self:
        """The user's own; all of them for staff."""
        return self if user.is_staff else self.filter(owner=user.pk)

    def for_api(self) -> Self:
        """With the order of each, and the invoice that came of it."""
        return self.select_related("order", "invoice")

    def queued(self) -> Self:
        return self.filter(status=self.model.Status.QUEUED)

    def running(self) -> Self:
        return self.filter(status=self.model.Status.RUNNING)

    def underway(self) -> Self:
        """Not over yet."""
        states = self.model.Status
        return self.filter(status__in=[states.QUEUED, states.RUNNING])

    def recent(self, time: timedelta) -> Self:
        """Not over yet, or not for longer than that."""
        states = self.model.Status
        return self.filter(
            Q(status__in=[states.QUEUED, states.RUNNING])
            | Q(finished_at__gte=Now() - time)
        )

    def due(self) -> Self:
        """Queued ones to be offered again, running ones whose lease ran out."""
        return self.underway().filter(due_at__lte=Now()).order_by("due_at", "pk")

    def oldest_due_seconds(self) -> float:
        """Return for how long the oldest due job has been due, or 0 without any."""
        oldest = self.due().order_by().aggregate(due_at=Min("due_at"))["due_at"]
        return (timezone.now() - oldest).total_seconds() if oldest else 0.0

    def fenced(self, job: Job) -> Self:
        """The job, as long as nobody claimed or cancelled it since it was read."""
        return self.filter(pk=job.pk, fence=job.fence)

    def claim(self) -> int:
        """Makes them running ones, under a new fence."""
        return self.update(
            status=self.model.Status.RUNNING,
            attempts=F("attempts") + 1,
            offers=0,
            fence=F("fence") + 1,
            due_at=Now() + lease(),
        )

    def extend(self) -> int:
        return self.update(due_at=Now() + lease())

    def queue(self, wait: timedelta, **columns: Any) -> int:
        """Makes them waiting ones, of which the workers are told after that time."""
        return self.update(
            status=self.model.Status.QUEUED, due_at=Now() + wait, **columns
        )

    def end(self, status: int, **columns: Any) -> int:
        # A client may have named a start that is still to come.
        finished_at = Greatest(Now(), F("started_at"))
        return self.update(
            status=status, finished_at=finished_at, due_at=None, **columns
        )


def lease() -> timedelta:
    return timedelta(seconds=settings.QUINTET_JOB_LEASE_SECONDS)


class InvoiceQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """The user's own; all for staff and, where a view lets them in, for nobody."""
        if not user.is_authenticated or user.is_staff:
            return self
        return self.filter(user=user)

    def for_api(self) -> Self:
        """With the items."""
        return self.prefetch_related("invoice_items")

    def for_print(self) -> Self:
        """With the items, and the customer as drafts show them."""
        return self.for_api().select_related("user")

    def touched_by(self, item_id: Any, invoice_id: Any) -> Self:
        """The invoice of the item, and the one that it is to go to."""
        owner = self.filter(invoice_items=item_id).values("pk")
        return self.filter(Q(pk__in=owner) | Q(pk=invoice_id))


class InvoiceItemQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """Those of the invoices that the user may see."""
        if not user.is_authenticated or user.is_staff:
            return self
        return self.filter(invoice__user=user)

    def for_api(self) -> Self:
        """With the invoice of each."""
        return self.select_related("invoice")
