"""Invoices as CSV for spreadsheets (RFC 4180), one line per invoice.

The response is generated in chunks of invoices, so memory does not grow with their
number. Spreadsheets must not run a user's text as a formula: an apostrophe precedes
each part of a text that would begin one.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import chain

from django.http import StreamingHttpResponse

from orders.models import Invoice, InvoiceItem
from orders.querysets import InvoiceQuerySet

CHUNK_SIZE = 500
COLUMNS = [
    *("id", "number", "status", "invoice_date", "issued_at"),
    *("user_id", "name", "email", "items", "total"),
]
# An invoice, the number of its items and their total.
Line = tuple[Invoice, int, Decimal]
# Where a spreadsheet may begin a cell: with a setting for other separators than the
# comma, it also splits a quoted text. Some read the wide characters as the narrow ones.
CELL_START = re.compile(r'(^|[;|\t\r\n])(?=[\s"]*[=+\-@＝＋－＠]|[\t\r\n])')  # noqa: RUF001
# Tells Excel that the text is UTF-8.
BOM = "\ufeff"


class Echo:
    """A file for a csv writer that returns each line instead of storing it."""

    def write(self, line: str) -> str:
        return line


def csv_response(invoices: InvoiceQuerySet) -> StreamingHttpResponse:
    """Return the CSV. An error in the first chunk becomes an error response."""
    lines = chunks(invoices.prefetch_related(None).select_related("user"))
    texts = format_chunks(chain([next(lines, [])], lines))
    return StreamingHttpResponse(
        texts,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="invoices.csv"'},
    )


def chunks(invoices: InvoiceQuerySet) -> Iterator[list[Line]]:
    """Yield the lines by id, each chunk by its own queries: no cursor stays open."""
    rows = invoices.order_by("pk")
    chunk = list(rows[:CHUNK_SIZE])
    while chunk:
        sums = sum_items(chunk)
        yield [(invoice, *sums[invoice.pk]) for invoice in chunk]
        chunk = list(rows.filter(pk__gt=chunk[-1].pk)[:CHUNK_SIZE])


def format_chunks(chunks: Iterable[list[Line]]) -> Iterator[str]:
    """Yield the heading, then the text of each chunk."""
    write = csv.writer(Echo()).writerow
    yield BOM + write(COLUMNS)
    for chunk in chunks:
        if chunk:
            yield "".join(write(to_cells(*line)) for line in chunk)


def sum_items(invoices: list[Invoice]) -> dict[int, tuple[int, Decimal]]:
    """Return number and total of each invoice's items, without keeping the items."""
    items = InvoiceItem.objects.filter(invoice__in=invoices).order_by()
    rows = items.values_list("invoice_id", "units", "unit_price")
    sums: dict[int, tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal("0.00")))
    for pk, units, unit_price in rows.iterator():
        count, total = sums[pk]
        sums[pk] = count + 1, total + units * unit_price
    return sums


def to_cells(invoice: Invoice, items: int, total: Decimal) -> list[object]:
    name, email = invoice.customer
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


def escape_formulas(text: str) -> str:
    """Return the text with an apostrophe before each part that may be a formula."""
    return CELL_START.sub(r"\1'", text)
