from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from common.fields import Int32Field
from orders.querysets import (
    InvoiceItemQuerySet,
    InvoiceQuerySet,
    JobQuerySet,
    OrderQuerySet,
)


class Order(models.Model):
    """A service that a user asks for; its jobs carry it out."""

    class Status(models.IntegerChoices):
        NEW = 0
        CONFIRMED = 1
        FULFILLED = 2

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="orders"
    )
    description = models.TextField(max_length=10_000)
    ordered_at = models.DateTimeField(default=timezone.now)
    status = models.SmallIntegerField(choices=Status.choices, default=Status.NEW)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(description=""), name="order_has_a_description"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[0, 1, 2]), name="order_has_a_known_status"
            ),
        ]

    def __str__(self) -> str:
        return f"Order {self.pk}"


class LineItem(models.Model):
    """So many units of a part, at a price for each."""

    part_code = models.CharField(max_length=80)
    units = Int32Field()
    unit_price = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        abstract = True
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(part_code=""), name="%(class)s_has_a_part_code"
            )
        ]

    def __str__(self) -> str:
        return f"{self.units} of {self.part_code}"

    @property
    def amount(self) -> Decimal:
        return self.units * self.unit_price


class OrderItem(LineItem):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="items")
    units = Int32Field(validators=[MinValueValidator(1)])
    unit_price = models.DecimalField(
        max_digits=12, decimal_places=2, validators=[MinValueValidator(0)]
    )

    class Meta(LineItem.Meta):
        constraints = [
            *LineItem.Meta.constraints,
            models.CheckConstraint(
                condition=Q(units__gte=1, unit_price__gte=0),
                name="orderitem_is_not_negative",
            ),
        ]


class Job(models.Model):
    """One attempt to carry an order out, made by a worker."""

    class Status(models.IntegerChoices):
        QUEUED = 0
        RUNNING = 1
        FINISHED = 2
        FAILED = 3
        CANCELLED = 4

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="jobs"
    )
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="jobs")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    status = models.SmallIntegerField(choices=Status.choices, default=Status.QUEUED)
    error = models.TextField(blank=True, help_text="Why it failed.")

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(finished_at__gte=F("started_at")),
                name="job_ends_after_its_start",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[0, 1], finished_at=None)
                | Q(status__in=[2, 3, 4], finished_at__isnull=False),
                name="job_has_an_end_once_it_is_over",
            ),
        ]

    def __str__(self) -> str:
        return f"Job {self.pk}"

    def end(self, status: Job.Status, error: str = "") -> None:
        self.status = status
        self.error = error
        # A client may have named a start that is still to come.
        self.finished_at = max(timezone.now(), self.started_at)
        self.save(update_fields=["status", "error", "finished_at"])


class Invoice(models.Model):
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="invoices"
    )
    invoice_date = models.DateField()
    job = models.OneToOneField(
        Job,
        on_delete=models.SET_NULL,
        related_name="invoice",
        null=True,
        blank=True,
        help_text="The job that issued it, if one did.",
    )

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"Invoice {self.pk}"

    @property
    def total(self) -> Decimal:
        """Added up here, for SQLite adds as floating point."""
        return sum((item.amount for item in self.invoice_items.all()), Decimal("0.00"))


class InvoiceItem(LineItem):
    invoice = models.ForeignKey(
        Invoice, on_delete=models.CASCADE, related_name="invoice_items"
    )

    objects = InvoiceItemQuerySet.as_manager()


class Command(models.Model):
    """A command that was given: saved, and nothing more."""

    description = models.CharField(max_length=80, unique=True)
    num_variable = Int32Field()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(description=""), name="command_has_a_description"
            )
        ]

    def __str__(self) -> str:
        return self.description
