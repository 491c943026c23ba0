"""Warnings before an invoice is issued, because it can't be changed afterwards."""

from __future__ import annotations

from orders.models import Invoice
from orders.printing.letters import code_point, missing_characters
from orders.printing.sheet import Sheet, format_money, to_printable


def issue_warnings(invoice: Invoice, sheet: Sheet) -> list[str]:
    """Return a sentence for each thing about a draft that is probably a mistake."""
    return [*content_warnings(invoice), *letter_warnings(sheet)]


def content_warnings(invoice: Invoice) -> list[str]:
    items = invoice.invoice_items.all()
    if not items:
        return ["The invoice has no items, so it can't be issued."]
    warnings = []
    if invoice.total <= 0:
        warnings.append(f"The total is {format_money(invoice.total)}.")
    unnamed = sum(is_blank(item.part_code) for item in items)
    if unnamed:
        warnings.append(f"Items without a part code: {unnamed} of {len(items)}.")
    if is_blank(invoice.customer[0]):
        warnings.append("The customer's name is blank when printed.")
    return warnings


def is_blank(text: str) -> bool:
    return not to_printable(text).strip()


def letter_warnings(sheet: Sheet) -> list[str]:
    letters = unprintable_letters(sheet)
    if not letters:
        return []
    shown = ", ".join(f"{letter} ({code_point(letter)})" for letter in letters[:10])
    others = f" and {len(letters) - 10} others" if len(letters) > 10 else ""
    return [f"The PDF shows only the code points of {shown}{others}."]


def unprintable_letters(sheet: Sheet) -> list[str]:
    """Return the characters that the PDF shows as code points, such as U+20BB7."""
    return missing_characters("".join(sheet.texts))
