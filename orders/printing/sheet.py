"""What stands on a printed invoice, as text; page and PDF show the same."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from orders.models import Invoice

HEADINGS = ("#", "Part", "Units", "Unit price", "Amount")
# They join letters; all other format characters only hide or turn text.
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
    # A moment that belongs to the invoice, for the PDF's own date.
    dated: datetime


def sheet_of(invoice: Invoice) -> Sheet:
    """The invoice as issued; a draft with its customer as of now."""
    seller = (
        invoice.seller.split("\n") if invoice.is_issued else settings.QUINTET_SELLER
    )
    return Sheet(
        title=f"Invoice {invoice.number}" if invoice.is_issued else "Draft invoice",
        is_draft=not invoice.is_issued,
        seller=[printable(line) for line in seller],
        customer=[printable(line) for line in invoice.customer],
        facts=facts_of(invoice),
        lines=lines_of(invoice),
        total=money(invoice.total),
        dated=invoice.issued_at
        or datetime.combine(invoice.invoice_date, time(), tzinfo=UTC),
    )


def lines_of(invoice: Invoice) -> list[tuple[str, str, str, str, str]]:
    return [
        (
            str(position),
            printable(item.part_code),
            f"{item.units:,}",
            money(item.unit_price),
            money(item.amount),
        )
        for position, item in enumerate(invoice.invoice_items.all(), start=1)
    ]


def facts_of(invoice: Invoice) -> list[tuple[str, str]]:
    dated = ("Invoice date", invoice.invoice_date.isoformat())
    if invoice.issued_at is None:
        return [("Number", "none before it is issued"), dated]
    issued_on = timezone.localdate(invoice.issued_at).isoformat()
    return [("Number", str(invoice.number)), ("Issued", issued_on), dated]


def money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def printable(text: str) -> str:
    """The text in one line, its letters composed, nothing in it that cannot be seen."""
    found = (
        character
        if unicodedata.category(character) not in UNPRINTABLE or character in JOINERS
        else " "
        if character.isspace()
        else ""
        for character in unicodedata.normalize("NFC", text)
    )
    return "".join(found)
