"""What to check before an invoice is issued, because it cannot be changed then."""

from __future__ import annotations

from orders.models import Invoice
from orders.printing.letters import code_point, missing_characters
from orders.printing.sheet import sheet_of


def issue_warnings(invoice: Invoice) -> list[str]:
    """Return a sentence for each thing about a draft that is probably a mistake."""
    return letter_warnings(invoice)


def letter_warnings(invoice: Invoice) -> list[str]:
    letters = unprintable_letters(invoice)
    if not letters:
        return []
    shown = ", ".join(f"{letter} ({code_point(letter)})" for letter in letters[:10])
    others = f" and {len(letters) - 10} others" if len(letters) > 10 else ""
    return [f"The PDF shows only the code points of {shown}{others}."]


def unprintable_letters(invoice: Invoice) -> list[str]:
    """Return the characters that the PDF shows as code points, such as U+20BB7."""
    return missing_characters("".join(sheet_of(invoice).texts))
