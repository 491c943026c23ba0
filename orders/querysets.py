from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models

if TYPE_CHECKING:
    from orders.models import Job  # noqa: F401


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
        """With the order of each."""
        return self.select_related("order")

    def queued(self) -> Self:
        return self.filter(status=self.model.Status.QUEUED)

    def claim(self) -> bool:
        """Takes a queued job; of two workers that try, only one gets it."""
        return bool(self.queued().update(status=self.model.Status.RUNNING))


class InvoiceQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """The user's own; all for staff and, where a view lets them in, for nobody."""
        if not user.is_authenticated or user.is_staff:
            return self
        return self.filter(user=user)

    def for_api(self) -> Self:
        """With the items."""
        return self.prefetch_related("invoice_items")


class InvoiceItemQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """Those of the invoices that the user may see."""
        if not user.is_authenticated or user.is_staff:
            return self
        return self.filter(invoice__user=user)

    def for_api(self) -> Self:
        """With the invoice of each."""
        return self.select_related("invoice")
