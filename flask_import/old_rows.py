"""A row of an old table, and its values in Quintet's types.

Each method returns a value that Quintet can store. If the old value is in conflict, it
notes that and what becomes of the value; LeftOut is raised if the row is to be skipped.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import Enum, auto
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from common.db.fields import MAX_INT32
from flask_import import kinds
from flask_import.errors import LeftOut
from flask_import.kinds import SKIP, Kind
from flask_import.sources.base import Value

if TYPE_CHECKING:
    from flask_import.planning import Planner
    from flask_import.tables import MatchedTable

# Every time of the calendar in UTC.
EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)
CENT = Decimal("0.01")
# Digits before the point of a price.
MAX_PRICE = Decimal(10) ** 10
NUMBER = re.compile(r"\s*-?[0-9]{1,19}\s*")
INT32 = (-MAX_INT32 - 1, MAX_INT32)


class Clock(Enum):
    """Whose clock wrote the times of a column that have no zone."""

    # The program's, or whatever a client has sent: the zone of `--zone`.
    LOCAL = auto()
    # The database's: SQLite's is in UTC, PostgreSQL's in the zone of `--zone`.
    DATABASE = auto()


class OldRow:
    def __init__(
        self, planner: Planner, matched: MatchedTable, values: Mapping[str, Value]
    ) -> None:
        self.planner = planner
        self.matched = matched
        self.values = values
        self.old_id = old_id_of([values[name] for name in matched.old.key])
        # The row of Quintet that the old row becomes, if it is there already.
        self.existing_pk: int | str | None = None

    @cached_property
    def pk(self) -> int | str:
        """The primary key of the new row."""
        if self.existing_pk is not None:
            return self.existing_pk
        return self.planner.new_ids.choose(self)

    @property
    def parent(self) -> str | None:
        """The old ID of the row above, in a tree."""
        column = self.matched.old.parent
        value = self.values[column] if column else None
        return None if value is None else old_id_of([value])

    def decide(
        self, column: str, kind: Kind, choices: Sequence[str], detail: str = ""
    ) -> str:
        """Note a conflict and return what to do. Raise LeftOut for `skip`.

        Without a decision of the owner, the first of the choices is taken.
        """
        choice = self.planner.decide(
            self.matched, self.old_id, column, kind, choices, detail
        )
        if choice == SKIP:
            raise LeftOut
        return choice

    def text(
        self, column: str, max_length: int | None = None, *, if_empty: str = ""
    ) -> str:
        """Return a text. `if_empty` replaces a missing one, which is noted."""
        text = self.clean(column)
        if not text and if_empty:
            self.decide(column, kinds.EMPTY, ["replace", SKIP], if_empty)
            return if_empty
        if max_length is not None and len(text) > max_length:
            choices = ["cut", SKIP] if self.planner.options.truncate else [SKIP, "cut"]
            self.decide(
                column,
                kinds.TOO_LONG,
                choices,
                f"{len(text)} of {max_length} characters",
            )
        return text[:max_length]

    def text_or_none(self, column: str, max_length: int | None = None) -> str | None:
        """Return a text, or None for NULL."""
        if self.values[column] is None:
            return None
        return self.text(column, max_length)

    def required_text(self, column: str, max_length: int | None = None) -> str:
        """Return a text. A row without it is left out."""
        text = self.text(column, max_length)
        if not text:
            self.decide(column, kinds.EMPTY, [SKIP])
        return text

    def clean(self, column: str) -> str:
        """Return the value as a text that both databases store."""
        value = self.values[column]
        if value is None:
            return ""
        text = decoded(value)
        valid = (
            text.encode("utf-8", "replace").decode() if has_surrogates(text) else text
        )
        if valid != text:
            self.decide(column, kinds.NOT_UTF8, ["replace", SKIP])
        if "\0" in valid:
            self.decide(column, kinds.NUL, ["remove", SKIP])
        return valid.replace("\0", "")

    def integer(
        self,
        column: str,
        low: int = INT32[0],
        high: int = INT32[1],
        choices: Sequence[str] = (SKIP,),
    ) -> int | None:
        """Return a whole number, or None for NULL.

        `choices` are those for a value that is none or out of range; all but `skip`
        lead to None.
        """
        value = self.values[column]
        if value is None:
            return None
        number = whole_number(value)
        if number is None:
            self.decide(column, kinds.NOT_A_NUMBER, choices, shown(value))
            return None
        if not low <= number <= high:
            self.decide(column, kinds.OUT_OF_RANGE, choices, shown(value))
            return None
        return number

    def required_integer(
        self, column: str, low: int = INT32[0], high: int = INT32[1]
    ) -> int:
        """Return a whole number. A row without it is left out."""
        number = self.integer(column, low, high)
        if number is None:
            self.decide(column, kinds.NOT_A_NUMBER, [SKIP], "NULL")
            raise LeftOut
        return number

    def boolean(self, column: str, default: bool) -> bool:
        value = self.values[column]
        return default if value is None else bool(whole_number(value))

    def cents(self, column: str) -> Decimal:
        """Return an amount of money, rounded half up to cents."""
        value = self.values[column]
        try:
            # The shortest text of a float is what was typed.
            exact = Decimal(str(value))
        except InvalidOperation:
            exact = Decimal("NaN")
        if not exact.is_finite() or abs(exact) >= MAX_PRICE:
            self.decide(column, kinds.NOT_AN_AMOUNT, [SKIP], shown(value))
        rounded = exact.quantize(CENT, ROUND_HALF_UP)
        if rounded != exact:
            self.decide(column, kinds.ROUNDED, ["round", SKIP], f"{value} → {rounded}")
        # Turn -0 into 0.
        return rounded or abs(rounded)

    def date(self, column: str) -> date | None:
        """Return a date, or None for NULL. A time of the day is dropped and noted."""
        value, parsed = self.values[column], self.parsed(column)
        if parsed is None:
            return None
        if parsed.tzinfo is not None:
            zone = self.planner.zone_of(self.matched, column, Clock.LOCAL)
            parsed = local_time(parsed, zone)
        if parsed.time() != time.min:
            self.decide(column, kinds.TIME_OF_DAY, ["drop", SKIP], shown(value))
        return parsed.date()

    def time(self, column: str, clock: Clock = Clock.LOCAL) -> datetime | None:
        """Return a time in UTC, or None for NULL."""
        value, parsed = self.values[column], self.parsed(column)
        if parsed is None:
            return None
        if parsed.tzinfo is None:
            parsed = self.with_zone(parsed, column, clock)
        try:
            return parsed.astimezone(UTC)
        except OverflowError:
            clamped = EARLIEST if parsed.year == 1 else LATEST
            self.decide(column, kinds.BEYOND_CALENDAR, ["clamp", SKIP], shown(value))
            return clamped

    def time_instead(self, column: str, substitute: datetime) -> datetime:
        """Note that a time is missing, and return the one that replaces it."""
        choices = ["replace", SKIP]
        self.decide(column, kinds.NO_TIME, choices, substitute.isoformat())
        return substitute

    def parsed(self, column: str) -> datetime | None:
        """Return the date or time unchanged, or None for NULL and other values."""
        value = self.values[column]
        parsed = parsed_time(value)
        if parsed is None and value is not None:
            self.decide(column, kinds.NOT_A_TIME, [SKIP, "clear"], shown(value))
        return parsed

    def with_zone(self, naive: datetime, column: str, clock: Clock) -> datetime:
        zone = self.planner.zone_of(self.matched, column, clock)
        local = naive.replace(tzinfo=zone)
        if is_ambiguous(local, zone):
            self.decide(column, kinds.CLOCK_CHANGE, ["earlier", SKIP], shown(naive))
        return local

    def reference(
        self, column: str, role: str, choices: Sequence[str] = (SKIP,)
    ) -> int | str | None:
        """Return the primary key of the new row to which the column refers.

        Return None for NULL, and for a row that is missing or left out if the choice
        isn't `skip`.
        """
        value = self.values[column]
        if value is None:
            return None
        pk = self.planner.pk_of(self.matched, role, old_id_of([value]))
        if pk is None:
            self.decide(column, kinds.NO_SUCH_ROW, choices, f"{role} {shown(value)}")
        return pk

    def required_reference(self, column: str, role: str) -> int | str:
        """Return the primary key of the new row. A row without one is left out."""
        pk = self.reference(column, role)
        if pk is None:
            self.decide(column, kinds.NO_SUCH_ROW, [SKIP], f"no {role}")
            raise LeftOut
        return pk

    def owner(self, column: str, role: str) -> int | str:
        """Return the primary key of the account to which the row belongs.

        Without one, the row goes to the account of `--orphans-to`, or is left out.
        """
        value = self.values[column]
        pk = None
        if value is not None:
            pk = self.planner.pk_of(self.matched, role, old_id_of([value]))
        if pk is None:
            pk = self.planner.accounts.heir
            choices = [SKIP] if pk is None else ["give", SKIP]
            detail = f"no {role}" if value is None else f"{role} {shown(value)}"
            self.decide(column, kinds.ORPHAN, choices, detail)
        if pk is None:
            raise LeftOut
        return pk


def old_id_of(values: Sequence[Value]) -> str:
    """Return the key of a row as a text; that of several columns is a list as JSON."""
    if len(values) == 1:
        return printable(values[0])
    texts = [None if value is None else printable(value) for value in values]
    # As short as possible: the column is limited.
    return json.dumps(texts, ensure_ascii=False)


def printable(value: Value) -> str:
    """Return the value as a text that both databases store, also if it is damaged."""
    if isinstance(value, str) and value.isascii() and "\0" not in value:
        return value
    text = decoded(value).encode("utf-8", "backslashreplace").decode()
    return text.replace("\0", "\\x00")


def decoded(value: Value) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "surrogateescape")
    return str(value)


def has_surrogates(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def shown(value: Value) -> str:
    """Return the value for a report, at most 40 characters."""
    text = printable(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def whole_number(value: Value) -> int | None:
    """Return the number if it is a whole one.

    Databases also store it as a float, and in columns for texts as a text.
    """
    if isinstance(value, int) or (isinstance(value, str) and NUMBER.fullmatch(value)):
        return int(value)
    if isinstance(value, float | Decimal) and math.isfinite(value) and value % 1 == 0:
        return int(value)
    return None


def parsed_time(value: Value) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def local_time(aware: datetime, zone: ZoneInfo) -> datetime:
    """Return the time in the zone; in its own one at the ends of the calendar."""
    try:
        return aware.astimezone(zone)
    except OverflowError:
        return aware


def is_ambiguous(local: datetime, zone: ZoneInfo) -> bool:
    """Return whether the clock was changed at this time, in either direction."""
    later = local.replace(fold=1)
    try:
        return local.utcoffset() != later.utcoffset()
    except OverflowError:
        return False
