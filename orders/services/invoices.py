"""Invoices: created as drafts, then issued, which makes them immutable.

A transaction that changes a draft or its items locks the draft first. One that issues
it locks the year's counter after that. So numbers have no gaps, and no two transactions
wait for each other.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone

from accounts import trace
from accounts.models import User
from accounts.trace import Verb
from common.http.errors import Conflict
from orders.models import MAX_ITEMS, TOO_MUCH, Invoice, InvoiceItem
from orders.numbering import format_number, next_sequence
from orders.printing.letters import code_point, missing_characters
from orders.printing.sheet import to_printable
from orders.querysets import InvoiceQuerySet
from orders.services.orders import Line

logger = logging.getLogger(__name__)

TOTAL_TOO_LARGE = "The total has more than 15 digits."
ISSUED_COLUMNS = [
    *("issued_at", "year", "sequence", "number"),
    *("billed_name", "billed_email", "seller"),
    *("due_date", "currency", "seller_note"),
]


@transaction.atomic
def draft_invoice(
    *, user: User, invoice_date: date, items: Iterable[Line] = (), **columns: object
) -> Invoice:
    """Create a draft and return it with its items prefetched."""
    invoice = Invoice.objects.create(user=user, invoice_date=invoice_date, **columns)
    InvoiceItem.objects.bulk_create(
        InvoiceItem(invoice=invoice, **line) for line in items
    )
    prefetch_related_objects([invoice], "invoice_items")
    return invoice


@transaction.atomic
def add_item(*, invoice: Invoice, **columns: object) -> InvoiceItem:
    """Add an item to a draft. Raise Conflict if the invoice is issued or full."""
    lock_drafts(invoices=Invoice.objects.filter(pk=invoice.pk))
    item = InvoiceItem.objects.create(invoice=invoice, **columns)
    check_size(invoice=invoice)
    return item


def lock_drafts(*, invoices: InvoiceQuerySet) -> None:
    """Lock invoices to change their items. Raise Conflict if one is issued."""
    for invoice in invoices.order_by("pk").select_for_update(of=("self",)):
        invoice.check_draft()


def check_size(*, invoice: Invoice) -> None:
    check_items(read_items(invoice))


def read_items(invoice: Invoice) -> list[InvoiceItem]:
    """Return the items, at most one more than an invoice holds."""
    return list(InvoiceItem.objects.filter(invoice=invoice)[: MAX_ITEMS + 1])


def check_items(items: list[InvoiceItem]) -> None:
    """Raise Conflict for more items than can be printed.

    Raise ValidationError for a total that JSON cannot show exactly.
    """
    if len(items) > MAX_ITEMS:
        raise Conflict(
            f"An invoice can have at most {MAX_ITEMS} items.", code="too_many_items"
        )
    if abs(sum((item.amount for item in items), Decimal())) >= TOO_MUCH:
        error = ValidationError(TOTAL_TOO_LARGE, code="total_too_large")
        raise ValidationError({"unit_price": error})


def check_issuable(*, invoice: Invoice, items: list[InvoiceItem]) -> None:
    """Raise Conflict or ValidationError if a draft with these items can't be issued."""
    if not items:
        raise Conflict(
            f"Invoice {invoice.pk} has no items, so it can't be issued.",
            code="no_items",
        )
    check_items(items)


@transaction.atomic
def issue(*, invoice: Invoice, at: datetime | None = None) -> Invoice:
    """Give a draft the next number of the year and make it immutable.

    Return the invoice, unchanged if it is issued. To enter past invoices, pass the
    time of issue as `at`. Raise Conflict if the draft has no items.
    """
    draft = Invoice.objects.select_for_update().get(pk=invoice.pk)
    if draft.is_issued:
        return draft
    items = read_items(draft)
    check_issuable(invoice=draft, items=items)
    set_issued_columns(draft, at or timezone.now())
    draft.save(update_fields=ISSUED_COLUMNS)
    trace.record(Verb.ISSUE, draft, {"number": (None, draft.number)})
    log_missing_characters(draft, items)
    return draft


def set_issued_columns(draft: Invoice, at: datetime) -> None:
    year = timezone.localtime(at).year
    draft.issued_at, draft.year = at, year
    draft.sequence = next_sequence(year)
    draft.number = format_number(year, draft.sequence)
    draft.billed_name, draft.billed_email = draft.user.name, draft.user.email
    draft.seller = "\n".join(settings.QUINTET_SELLER)
    draft.currency = settings.QUINTET_INVOICE_CURRENCY
    draft.seller_note = "\n".join(settings.QUINTET_INVOICE_NOTE)
    days = settings.QUINTET_INVOICE_DUE_DAYS
    if days is not None:
        draft.due_date = timezone.localdate(at) + timedelta(days=days)


def log_missing_characters(invoice: Invoice, items: list[InvoiceItem]) -> None:
    """Log a warning if the PDF shows the code points of characters instead of them."""
    printed = [*invoice.customer, invoice.seller, invoice.seller_note]
    text = to_printable("".join([*printed, *(item.part_code for item in items)]))
    if missing := missing_characters(text):
        code_points = ", ".join(map(code_point, missing))
        logger.warning("Invoice %s has no font for %s.", invoice.number, code_points)
