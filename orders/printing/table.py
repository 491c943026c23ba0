"""Invoices as a table for spreadsheets: RFC 4180, one line an invoice.

It is written as it is sent, some hundred invoices at a time, so that it takes no more
memory for many than for few. A spreadsheet shows what people typed and never carries it
out as a formula: such a cell begins with an apostrophe.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import chain
from typing import Any

from django.http import StreamingHttpResponse

from orders.models import Invoice, InvoiceItem
from orders.querysets import InvoiceQuerySet

AT_ONCE = 500
COLUMNS = [
    *("id", "number", "status", "invoice_date", "issued_at"),
    *("user_id", "name", "email", "items", "total"),
]
# An invoice, the number of its items and their total.
Line = tuple[Invoice, int, Decimal]
# The wide forms count, too: some spreadsheets take them for the narrow ones.
BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
# Tells Excel that the text is UTF-8.
BOM = "\ufeff"


class Echo:
    """What a csv writer writes to: hands each line back."""

    def write(self, line: str) -> str:
        return line


def table_response(invoices: InvoiceQuerySet) -> StreamingHttpResponse:
    """The answer; what fails with the first invoices fails before it begins."""
    found = chunks(invoices.prefetch_related(None).select_related("user"))
    lines = lines_of(chain([next(found, [])], found))
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="invoices.csv"'},
    )


def chunks(invoices: InvoiceQuerySet) -> Iterator[list[Line]]:
    """By id, each chunk by queries of its own: no cursor stays open meanwhile."""
    rows = invoices.order_by("pk")
    found = list(rows[:AT_ONCE])
    while found:
        sums = sums_of(found)
        yield [(invoice, *sums[invoice.pk]) for invoice in found]
        found = list(rows.filter(pk__gt=found[-1].pk)[:AT_ONCE])


def lines_of(found: Iterable[list[Line]]) -> Iterator[str]:
    """The text by chunks, for each piece that is sent costs something."""
    write = csv.writer(Echo()).writerow
    yield BOM + write(COLUMNS)
    for chunk in found:
        if chunk:
            yield "".join(write(cells_of(*line)) for line in chunk)


def sums_of(invoices: list[Invoice]) -> dict[int, tuple[int, Decimal]]:
    """The number and the total of each one's items, which are many and not kept."""
    items = InvoiceItem.objects.filter(invoice__in=invoices).order_by()
    rows = items.values_list("invoice_id", "units", "unit_price")
    sums: dict[int, tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal("0.00")))
    for pk, units, unit_price in rows.iterator():
        count, total = sums[pk]
        sums[pk] = count + 1, total + units * unit_price
    return sums


def cells_of(invoice: Invoice, items: int, total: Decimal) -> list[Any]:
    name, email = invoice.customer
    issued_at = invoice.issued_at
    return [
        invoice.pk,
        invoice.number,
        "issued" if invoice.is_issued else "draft",
        invoice.invoice_date.isoformat(),
        f"{issued_at:%Y-%m-%d %H:%M:%S}" if issued_at else None,
        invoice.user_id,
        harmless(name),
        harmless(email),
        items,
        str(total),
    ]


def harmless(text: str) -> str:
    return f"'{text}" if text.startswith(BEGINNINGS) else text
