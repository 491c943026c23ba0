"""Invoices as CSV for spreadsheets, one line per invoice.

The response is generated in chunks of invoices, so memory does not grow with their
number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from django.http import StreamingHttpResponse

from common.http.csv_responses import Row, csv_response, escape_formulas
from orders.models import Invoice, InvoiceItem
from orders.querysets import InvoiceQuerySet

CHUNK_SIZE = 500
COLUMNS = [
    *("id", "number", "status", "invoice_date", "issued_at"),
    *("user_id", "name", "email", "items", "total"),
]
# An invoice, the number of its items and their total.
Line = tuple[Invoice, int, Decimal]


def invoices_csv(invoices: InvoiceQuerySet) -> StreamingHttpResponse:
    """Return the CSV. An error in the first chunk becomes an error response."""
    lines = chunks(invoices.prefetch_related(None).select_related("user"))
    cells = ([to_cells(*line) for line in chunk] for chunk in lines)
    return csv_response("invoices.csv", COLUMNS, cells)


def chunks(invoices: InvoiceQuerySet) -> Iterator[list[Line]]:
    """Yield the lines by id, each chunk by its own queries: no cursor stays open."""
    rows = invoices.order_by("pk")
    chunk = list(rows[:CHUNK_SIZE])
    while chunk:
        sums = sum_items(chunk)
        yield [(invoice, *sums[invoice.pk]) for invoice in chunk]
        chunk = list(rows.filter(pk__gt=chunk[-1].pk)[:CHUNK_SIZE])


def sum_items(invoices: list[Invoice]) -> dict[int, tuple[int, Decimal]]:
    """Return number and total of each invoice's items, without keeping the items."""
    items = InvoiceItem.objects.filter(invoice__in=invoices).order_by()
    rows = items.values_list("invoice_id", "units", "unit_price")
    sums: dict[int, tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal("0.00")))
    for pk, units, unit_price in rows.iterator():
        count, total = sums[pk]
        sums[pk] = count + 1, total + units * unit_price
    return sums


def to_cells(invoice: Invoice, items: int, total: Decimal) -> Row:
    name, email, *_ = [*invoice.customer, ""]
    issued_at = invoice.issued_at
    return [
        invoice.pk,
        invoice.number,
        "issued" if invoice.is_issued else "draft",
        invoice.invoice_date.isoformat(),
        f"{issued_at:%Y-%m-%d %H:%M:%S}" if issued_at else None,
        invoice.user_id,
        escape_formulas(name),
        escape_formulas(email),
        items,
        str(total),
    ]
