"""Kinds of conflicts between an old row and what Quintet stores."""

from __future__ import annotations

from dataclasses import dataclass

# Codes of all kinds, to check the names in a decisions file.
CODES: set[str] = set()


@dataclass(frozen=True)
class Kind:
    """A kind of conflict. `option` is the command's option that changes the default."""

    code: str
    text: str
    option: str = ""

    def __post_init__(self) -> None:
        CODES.add(self.code)


# The choice to leave out a row in conflict. Other choices are where they are made.
SKIP = "skip"

TOO_LONG = Kind("too-long", "The text is longer than the column.", "--truncate")
NUL = Kind("nul", "The text contains NUL characters.")
NOT_UTF8 = Kind("not-utf-8", "The text isn't valid UTF-8.")
EMPTY = Kind("empty", "The text is missing.")
NOT_A_NUMBER = Kind("not-a-number", "The value isn't a whole number.")
OUT_OF_RANGE = Kind("out-of-range", "The number is out of range.")
NOT_A_TIME = Kind("not-a-time", "The value isn't a date or time.")
TIME_OF_DAY = Kind("time-of-day", "The date has a time of day.")
BEYOND_CALENDAR = Kind("beyond-calendar", "In UTC, the time is outside the calendar.")
CLOCK_CHANGE = Kind("clock-change", "The clock showed the time twice, or skipped it.")
NO_TIME = Kind("no-time", "The time is missing.")
NOT_AN_AMOUNT = Kind("not-an-amount", "The value isn't an amount of money.")
ROUNDED = Kind("rounded", "The amount has fractions of a cent.")
NO_SUCH_ROW = Kind("no-such-row", "The row it refers to is missing or left out.")
ORPHAN = Kind("orphan", "The owner is missing or left out.", "--orphans-to")
TWICE = Kind("twice", "The same row was there before.")
SAME_ID = Kind("same-id", "Another row of the table has the ID.")
ID_TAKEN = Kind("id-taken", "Another row has the ID.", "--ids-of")
ID_ESCAPED = Kind(
    "id-escaped", "The ID contains characters that no database can store."
)
ID_IN_USE = Kind("id-in-use", "Quintet has a row with the ID.")
ID_INVALID = Kind("id-invalid", "Quintet can't store the ID.")
CHANGED_SINCE = Kind(
    "changed-since",
    "The old row isn't as it was when it was imported. Quintet's row is kept. "
    "If this is another database of the same name, give it another name.",
    "--source",
)
