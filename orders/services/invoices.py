"""Invoices: drafted, changed as long as they are drafts, issued for good.

Whoever changes a draft or its items locks the draft first; whoever issues one locks its
year's counter after that. So numbers follow each other without gaps, and no two can
wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone

from accounts.models import User
from common.http.errors import Conflict
from orders.models import MAX_ITEMS, TOO_MUCH, Invoice, InvoiceItem
from orders.numbering import format_number, next_sequence
from orders.querysets import InvoiceQuerySet
from orders.services.orders import Line

TOTAL_TOO_LARGE = "The total has more than 15 digits."
# What `issue` writes.
ISSUED_COLUMNS = [
    *("issued_at", "year", "sequence", "number"),
    *("billed_name", "billed_email", "seller"),
]


@transaction.atomic
def draft_invoice(
    *, user: User, invoice_date: date, items: Iterable[Line] = (), **columns: Any
) -> Invoice:
    """Creates a draft, and returns it with its items prefetched."""
    invoice = Invoice.objects.create(user=user, invoice_date=invoice_date, **columns)
    InvoiceItem.objects.bulk_create(
        InvoiceItem(invoice=invoice, **line) for line in items
    )
    prefetch_related_objects([invoice], "invoice_items")
    return invoice


@transaction.atomic
def add_item(*, invoice: Invoice, **columns: Any) -> InvoiceItem:
    hold_drafts(invoices=Invoice.objects.filter(pk=invoice.pk))
    item = InvoiceItem.objects.create(invoice=invoice, **columns)
    refuse_oversize(invoice=invoice)
    return item


def hold_drafts(*, invoices: InvoiceQuerySet) -> None:
    """Locks them for a change of their items, which issued ones refuse."""
    for invoice in invoices.order_by("pk").select_for_update(of=("self",)):
        invoice.refuse_if_issued()


def refuse_oversize(*, invoice: Invoice) -> None:
    """No invoice holds more items than can be printed, nor more money than is exact."""
    items = list(InvoiceItem.objects.filter(invoice=invoice)[: MAX_ITEMS + 1])
    if len(items) > MAX_ITEMS:
        raise Conflict(
            f"An invoice holds at most {MAX_ITEMS} items.", code="too_many_items"
        )
    if abs(sum((item.amount for item in items), Decimal())) >= TOO_MUCH:
        raise ValidationError({"unit_price": TOTAL_TOO_LARGE}, code="total_too_large")


@transaction.atomic
def issue(*, invoice: Invoice, at: datetime | None = None) -> Invoice:
    """The invoice with the next number of its year; one that is issued stays as it is.

    `at` is for history that is entered afterwards; the number is of that year.
    """
    draft = Invoice.objects.select_for_update().get(pk=invoice.pk)
    if draft.is_issued:
        return draft
    if not draft.invoice_items.exists():
        raise Conflict(
            f"Invoice {draft.pk} has no items, so it cannot be issued.", code="no_items"
        )
    refuse_oversize(invoice=draft)
    draft.issued_at = at or timezone.now()
    draft.year = timezone.localtime(draft.issued_at).year
    draft.billed_name, draft.billed_email = draft.user.name, draft.user.email
    draft.seller = "\n".join(settings.QUINTET_SELLER)
    draft.sequence = next_sequence(draft.year)
    draft.number = format_number(draft.year, draft.sequence)
    draft.save(update_fields=ISSUED_COLUMNS)
    return draft
