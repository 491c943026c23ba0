"""Invoices as a table for spreadsheets: RFC 4180, one line an invoice.

It is written as it is sent, some hundred invoices at a time, so that it takes no more
memory for many than for few. A spreadsheet shows what people typed and never carries it
out as a formula: such a cell begins with an apostrophe.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from django.http import StreamingHttpResponse

from orders.models import Invoice
from orders.querysets import InvoiceQuerySet

AT_ONCE = 500
COLUMNS = [
    *("id", "number", "status", "invoice_date", "issued_at"),
    *("user_id", "name", "email", "items", "total"),
]
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
    found = chunks(invoices.for_print())
    lines = lines_of(chain([next(found, [])], found))
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="invoices.csv"'},
    )


def chunks(invoices: InvoiceQuerySet) -> Iterator[list[Invoice]]:
    """By id, each chunk by queries of its own: no cursor stays open meanwhile."""
    rows = invoices.order_by("pk")
    found = list(rows[:AT_ONCE])
    while found:
        yield found
        found = list(rows.filter(pk__gt=found[-1].pk)[:AT_ONCE])


def lines_of(found: Iterable[list[Invoice]]) -> Iterator[str]:
    """The text by chunks, for each piece that is sent costs something."""
    write = csv.writer(Echo()).writerow
    yield BOM + write(COLUMNS)
    for invoices in found:
        if invoices:
            yield "".join(write(cells_of(invoice)) for invoice in invoices)


def cells_of(invoice: Invoice) -> list[Any]:
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
        len(invoice.invoice_items.all()),
        str(invoice.total),
    ]


def harmless(text: str) -> str:
    return f"'{text}" if text.startswith(BEGINNINGS) else text
