"""Dates and times in any form that can only mean one moment, by dateutil.

dateutil reads `8/9/2020` with the month first, and it takes the last one of two times:
`10:00:00+02:00` in a query string is `10:00:00 02:00`, because `+` stands for a blank.
Such texts are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta, timezone, tzinfo

from dateutil import parser

from common.http.fields import ISO_DATE_TIME

MAX_DATE_LENGTH = 100
# GMT+3 is west of Greenwich for POSIX, and east for everything else.
AMBIGUOUS_ZONE = re.compile(r"(GMT|UTC|Z)\s*[+-]\s*\d", re.IGNORECASE)
OFFSET = re.compile(r"[+-]\s*\d{1,2}:\d|\d{4}-?\d\d-?\d\d[+-]\d")
TIME = re.compile(
    r"\d{1,2}:\d{1,2}(:\d{1,2}([.,]\d+)?)?(\s*[ap]m?\b)?(\s*[+-]\d\d(:?\d\d)?)?"
    r"|\d{1,2}\s*([ap]m?|h|hours?)\b|(?<=\d)t\s*\d{2,6}",
    re.IGNORECASE,
)
MONTH = re.compile("jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", re.IGNORECASE)
YEAR_FIRST = re.compile(
    r"(?<!\d)(?<!\d[-/. ])"
    r"(\d{4}([-/. ])\d{1,2}\2\d{1,2}|\d{8}|\d{12}|\d{14})(?!\d)"
)
# Only with hyphens, or without a separator, a year of two digits may come first.
SHORT_YEAR_LAST = re.compile(r"(?<!\d)\d{1,2}([/.])\d{1,2}\1\d\d(?!\d)")
# A text without a year, month or day takes it from a default. Two defaults show it.
DEFAULT, OTHER_DEFAULT = datetime(2000, 1, 1), datetime(2001, 2, 15)


def parse_unambiguous(text: object) -> datetime | None:
    """Return the moment that a text names, or None if it may name another one.

    A time without a zone is naive.
    """
    if not isinstance(text, str) or len(text) > MAX_DATE_LENGTH or not text.isascii():
        return None
    if ISO_DATE_TIME.fullmatch(text):
        with suppress(ValueError):
            return datetime.fromisoformat(text)
    moment = parse(text)
    return moment if moment and is_unambiguous(text, moment) else None


def parse(
    text: str,
    default: datetime = DEFAULT,
    *,
    day_first: bool = False,
    year_first: bool = False,
) -> datetime | None:
    """Return the moment as dateutil reads it, or None if it can't."""
    try:
        return parser.parse(
            text,
            default=default,
            dayfirst=day_first,
            yearfirst=year_first,
            tzinfos=zone_of,
        )
    except (ValueError, ArithmeticError):
        return None


def zone_of(name: str | None, offset: int | None) -> tzinfo | None:
    """Return UTC or an offset. Abbreviations such as EST have several meanings."""
    if name is not None and offset != 0:
        raise ValueError(f"The time zone {name} is ambiguous.")
    return None if offset is None else timezone(timedelta(seconds=offset))


def is_unambiguous(text: str, moment: datetime) -> bool:
    # A zone is of no use to a date alone: it may be meant as the time.
    has_stray_offset = moment.tzinfo is None and OFFSET.search(text)
    return not (
        AMBIGUOUS_ZONE.search(text)
        or has_stray_offset
        or parse(text, OTHER_DEFAULT) != moment
        or any(other not in {None, moment} for other in other_orders(text))
        or has_two_times(text)
    )


def other_orders(text: str) -> Iterator[datetime | None]:
    """Yield the moments if day, month and year are in another order."""
    dates = TIME.sub("", text)
    if MONTH.search(dates) or YEAR_FIRST.search(dates):
        return
    yield parse(text, day_first=True)
    if not SHORT_YEAR_LAST.search(dates):
        yield parse(text, year_first=True)
        yield parse(text, day_first=True, year_first=True)


def has_two_times(text: str) -> bool:
    """Return whether the text still has a time without one of its times."""
    for time in TIME.finditer(text):
        rest = f"{text[: time.start()]} {text[time.end() :]}"
        moment = parse(rest)
        if moment and moment == parse(rest, DEFAULT.replace(hour=5)):
            return True
    return False
