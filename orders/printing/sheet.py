"""The texts of a printed invoice; HTML and PDF show the same ones."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from orders.models import Invoice

HEADINGS = ("#", "Part", "Units", "Unit price", "Amount")
# They join letters; other format characters only hide or reverse text.
JOINERS = {"\u200c", "\u200d"}
UNPRINTABLE = {"Cc", "Cf", "Zl", "Zp"}


@dataclass(frozen=True)
class Sheet:
    title: str
    is_draft: bool
    seller: list[str]
    customer: list[str]
    facts: list[tuple[str, str]]
    lines: list[tuple[str, str, str, str, str]]
    total: str
    note: list[str]
    # The creation date in the PDF; it depends on the invoice only.
    created_at: datetime

    @property
    def texts(self) -> list[str]:
        """The texts that may be in any script."""
        parts = [part for _, part, *_ in self.lines]
        return [*self.seller, *self.customer, *parts, *self.note]


def sheet_of(invoice: Invoice) -> Sheet:
    """Return the sheet of an invoice. That of a draft has the texts of today."""
    if invoice.is_issued:
        seller, note = invoice.seller.split("\n"), invoice.seller_note.split("\n")
        currency = invoice.currency
    else:
        seller, note = settings.QUINTET_SELLER, settings.QUINTET_INVOICE_NOTE
        currency = settings.QUINTET_INVOICE_CURRENCY
    return Sheet(
        title=f"Invoice {invoice.number}" if invoice.is_issued else "Draft invoice",
        is_draft=not invoice.is_issued,
        seller=[to_printable(line) for line in seller],
        customer=[to_printable(line) for line in invoice.customer],
        facts=facts_of(invoice),
        lines=lines_of(invoice),
        total=f"{currency} {format_money(invoice.total)}".strip(),
        note=[to_printable(line) for line in note] if any(note) else [],
        created_at=invoice.issued_at
        or datetime.combine(invoice.invoice_date, time(), tzinfo=UTC),
    )


def lines_of(invoice: Invoice) -> list[tuple[str, str, str, str, str]]:
    return [
        (
            str(position),
            to_printable(item.part_code),
            f"{item.units:,}",
            format_money(item.unit_price),
            format_money(item.amount),
        )
        for position, item in enumerate(invoice.invoice_items.all(), start=1)
    ]


def facts_of(invoice: Invoice) -> list[tuple[str, str]]:
    invoice_date = ("Invoice date", invoice.invoice_date.isoformat())
    if invoice.issued_at is None:
        number = ("Number", "none until it is issued")
        return [number, invoice_date, *due_fact_of_draft()]
    issued_on = timezone.localdate(invoice.issued_at).isoformat()
    facts = [("Number", str(invoice.number)), ("Issued", issued_on), invoice_date]
    if invoice.due_date:
        facts.append(("Due date", invoice.due_date.isoformat()))
    return facts


def due_fact_of_draft() -> list[tuple[str, str]]:
    days = settings.QUINTET_INVOICE_DUE_DAYS
    if days is None:
        return []
    unit = "day" if days == 1 else "days"
    return [("Due date", f"{days} {unit} after it is issued")]


def format_money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def to_printable(text: str) -> str:
    """Return the text in one line, composed (NFC), without invisible characters."""
    return "".join(map(printable_character, unicodedata.normalize("NFC", text)))


def printable_character(character: str) -> str:
    if character in JOINERS or unicodedata.category(character) not in UNPRINTABLE:
        return character
    return " " if character.isspace() else ""
