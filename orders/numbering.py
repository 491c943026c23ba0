"""Invoice numbers: their format, and the next number of a year."""

from __future__ import annotations

from django.db.models import F

from orders.models import InvoiceCounter

# Each invoice keeps the number that it was issued with, so the format can change at any
# time. It needs the year and the sequence, or numbers would repeat in the next year,
# and gives at most 32 characters.
INVOICE_NUMBER_FORMAT = "{year}-{sequence:06}"


def format_number(year: int, sequence: int) -> str:
    """Return the number of an invoice that is about to be issued."""
    return INVOICE_NUMBER_FORMAT.format(year=year, sequence=sequence)


def next_sequence(year: int) -> int:
    """Return the year's next sequence; other transactions wait until this one ends."""
    InvoiceCounter.objects.get_or_create(year=year)
    counter = InvoiceCounter.objects.filter(year=year)
    counter.update(last=F("last") + 1)
    return counter.get().last


def upcoming_number(year: int) -> str:
    """Return the number that the year's next invoice gets.

    It is not reserved: another invoice may be issued first.
    """
    counter = InvoiceCounter.objects.filter(year=year).first()
    return format_number(year, (counter.last if counter else 0) + 1)
