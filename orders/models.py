from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import ExpressionWrapper, F, Q
from django.db.models.lookups import GreaterThan, LessThan
from django.utils import timezone

from accounts.placeholders import is_placeholder
from common.db.fields import Int32Field
from common.db.indexes import OrderIndex
from common.http.errors import Conflict
from common.ops import request_id
from orders.querysets import (
    InvoiceItemQuerySet,
    InvoiceQuerySet,
    JobQuerySet,
    OrderQuerySet,
)


class Order(models.Model):
    """A request of a user, processed by jobs."""

    class Status(models.IntegerChoices):
        NEW = 0
        CONFIRMED = 1
        FULFILLED = 2

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="orders"
    )
    description = models.TextField(max_length=10_000, blank=True)
    ordered_at = models.DateTimeField(default=timezone.now)
    status = models.SmallIntegerField(choices=Status.choices, default=Status.NEW)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[0, 1, 2]), name="order_has_a_known_status"
            ),
        ]
        # PostgreSQL has more in each table, to search in texts.
        indexes = [
            models.Index(fields=["ordered_at", "id"], name="order_ordered_at"),
            # In both directions, because many orders have the same status.
            models.Index(fields=["status", "id"], name="order_status"),
            models.Index(fields=["-status", "id"], name="order_status_desc"),
        ]

    def __str__(self) -> str:
        return f"Order {self.pk}"


# Amounts are JSON numbers; from here on, a double cannot represent every cent.
TOO_MUCH = Decimal(10) ** 13
MAX_ITEMS = 1000
AMOUNT = ExpressionWrapper(
    F("units") * F("unit_price"),
    models.DecimalField(max_digits=22, decimal_places=2),
)


class LineItem(models.Model):
    """A number of units of a part, and the price of one."""

    part_code = models.CharField(max_length=80, blank=True)
    units = Int32Field()
    unit_price = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        abstract = True
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(GreaterThan(AMOUNT, -TOO_MUCH), LessThan(AMOUNT, TOO_MUCH)),
                name="%(class)s_amount_is_exact",
                violation_error_message="The amount has more than 15 digits.",
            ),
        ]
        indexes = [models.Index(fields=["part_code", "id"], name="%(class)s_part_code")]

    def __str__(self) -> str:
        return f"{self.units} of {self.part_code}"

    @property
    def amount(self) -> Decimal:
        amount: Decimal = self.units * self.unit_price
        # Turn -0 into 0.
        return amount or abs(amount)


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
    """The processing of an order by workers, in one or more attempts."""

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
    started_at = models.DateTimeField(
        default=timezone.now,
        help_text="Time of posting, which clients may set; "
        "not the time when a worker began.",
    )
    finished_at = models.DateTimeField(null=True, blank=True)
    status = models.SmallIntegerField(choices=Status.choices, default=Status.QUEUED)
    is_held = models.BooleanField(
        default=False,
        db_default=False,
        verbose_name="held",
        help_text="While queued: no worker gets the job until it is released.",
    )
    error = models.TextField(blank=True, help_text="Why the last attempt failed.")
    progress = models.SmallIntegerField(default=0, help_text="Progress in percent.")
    attempts = models.SmallIntegerField(
        default=0, help_text="Number of attempts since the job was queued."
    )
    offers = models.SmallIntegerField(
        default=0, help_text="Number of offers to workers that none has taken."
    )
    fence = models.IntegerField(
        default=0,
        help_text="Number of claims. Only the latest claim can change the job.",
    )
    due_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="While queued: time of the next offer to workers. "
        "While running: end of the worker's lease.",
    )
    mail_due_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Time of the next attempt to email the owner.",
    )
    request_id = models.CharField(
        max_length=request_id.LENGTH,
        blank=True,
        default="",
        verbose_name="request ID",
        help_text="ID of the request that created the job.",
    )

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
            models.CheckConstraint(
                condition=Q(status__in=[0, 1], is_held=False, due_at__isnull=False)
                | Q(status__in=[2, 3, 4], is_held=False, due_at=None)
                | Q(status=0, is_held=True, due_at=None, mail_due_at=None),
                name="job_is_due_until_it_is_over",
            ),
            models.CheckConstraint(
                condition=Q(progress__range=(0, 100)), name="job_progress_is_a_share"
            ),
        ]
        indexes = [
            models.Index(fields=["started_at", "id"], name="job_started_at"),
            OrderIndex(
                F("finished_at").asc(nulls_first=True),
                F("id").asc(),
                name="job_finished_at",
            ),
            # In both directions, because many jobs have the same status.
            models.Index(fields=["status", "id"], name="job_status"),
            models.Index(fields=["-status", "id"], name="job_status_desc"),
            models.Index(
                fields=["due_at"], name="job_due", condition=Q(status__in=[0, 1])
            ),
            models.Index(
                fields=["id"], name="job_waiting", condition=Q(status=0, is_held=False)
            ),
            models.Index(fields=["id"], name="job_held", condition=Q(is_held=True)),
            models.Index(fields=["request_id"], name="job_request_id"),
            models.Index(
                fields=["mail_due_at"],
                name="job_mail_due",
                condition=Q(mail_due_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Job {self.pk}"

    @property
    def status_name(self) -> str:
        """The status as the API spells it: `queued` also for a held job."""
        return self.Status(self.status).name.lower()

    @property
    def is_over(self) -> bool:
        return self.finished_at is not None

    @property
    def reason(self) -> str | None:
        """The part of the error that the owner may read: its first line."""
        return self.error.partition("\n")[0] or None

    @property
    def is_last_attempt(self) -> bool:
        return bool(self.attempts >= settings.QUINTET_JOB_TRIES)


class InvoiceCounter(models.Model):
    """The last sequence of a year. The transaction that issues an invoice adds one."""

    year = models.SmallIntegerField(primary_key=True)
    last = models.IntegerField(default=0)

    class Meta:
        ordering = ["year"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last__gte=0), name="invoicecounter_is_not_negative"
            )
        ]

    def __str__(self) -> str:
        return str(self.year)


class Invoice(models.Model):
    """A draft until it is issued; immutable from then on.

    An issued invoice keeps what was printed on that day. Only the service `issue`
    writes the columns from `issued_at` to `seller_note`.
    """

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
        help_text="The job that created the invoice, if any.",
    )
    issued_at = models.DateTimeField(null=True, blank=True, editable=False)
    year = models.SmallIntegerField(null=True, blank=True, editable=False)
    sequence = models.IntegerField(null=True, blank=True, editable=False)
    number = models.CharField(
        max_length=32, unique=True, null=True, blank=True, editable=False
    )
    billed_name = models.CharField(max_length=64, blank=True, editable=False)
    billed_email = models.EmailField(blank=True, editable=False)
    seller = models.TextField(blank=True, editable=False)
    due_date = models.DateField(null=True, blank=True, editable=False)
    currency = models.CharField(
        max_length=3, blank=True, default="", db_default="", editable=False
    )
    seller_note = models.TextField(
        blank=True, default="", db_default="", editable=False
    )

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["year", "sequence"], name="invoice_sequence_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(
                    issued_at=None,
                    year=None,
                    sequence=None,
                    number=None,
                    billed_name="",
                    billed_email="",
                    seller="",
                    due_date=None,
                    currency="",
                    seller_note="",
                )
                | Q(issued_at__isnull=False, year__isnull=False, sequence__gte=1)
                & Q(number__isnull=False)
                & ~Q(number="")
                & ~Q(billed_name="")
                & ~Q(billed_email=""),
                name="invoice_is_a_draft_or_issued",
            ),
        ]
        indexes = [
            models.Index(fields=["invoice_date", "id"], name="invoice_date"),
            models.Index(fields=["sequence"], name="invoice_sequence"),
            models.Index(
                fields=["id"], name="invoice_draft", condition=Q(issued_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"Draft {self.pk}"

    @property
    def is_issued(self) -> bool:
        return self.issued_at is not None

    @property
    def customer(self) -> list[str]:
        """Name and email address; of an issued invoice, those of the day of issue."""
        issued = [self.billed_name, self.billed_email]
        name, email = issued if self.is_issued else [self.user.name, self.user.email]
        return [name] if is_placeholder(email) else [name, email]

    def check_draft(self) -> None:
        """Raise Conflict if the invoice is issued."""
        if self.is_issued:
            raise Conflict(
                f"Invoice {self.number} is issued and can no longer be changed.",
                code="issued",
            )

    @property
    def total(self) -> Decimal:
        """The sum of the items, added in Python: SQLite adds floating-point numbers."""
        return sum((item.amount for item in self.invoice_items.all()), Decimal("0.00"))


class InvoiceItem(LineItem):
    invoice = models.ForeignKey(
        Invoice, on_delete=models.CASCADE, related_name="invoice_items"
    )

    objects = InvoiceItemQuerySet.as_manager()

    class Meta(LineItem.Meta):
        indexes = [
            *LineItem.Meta.indexes,
            models.Index(fields=["units", "id"], name="invoiceitem_units"),
            models.Index(fields=["unit_price", "id"], name="invoiceitem_unit_price"),
        ]

    def clean(self) -> None:
        """Validate the invoice chosen in a form; the database checks it again."""
        if self.invoice_id and self.invoice.is_issued:
            raise ValidationError(f"Invoice {self.invoice.number} is issued.")


class Command(models.Model):
    """A command that was posted; it is only stored."""

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
