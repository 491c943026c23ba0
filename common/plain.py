"""What clients nearly always send, read in one step for each value.

DRF asks a field a dozen questions about each value, and each item of a nested list has
several. A *reader* sees by a few comparisons that a value is right, and what becomes of
it. Of anything else it says `UNSURE`: then DRF is asked, which knows what is wrong.

A class of fields has readers where it defines `reader()` itself. A subclass may read
otherwise, so it does not inherit them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.core import validators
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.validators import ProhibitSurrogateCharactersValidator

UNSURE: Any = object()
# The value that is stored for one that was sent, or `UNSURE`.
Read = Callable[[Any], Any]
HARMLESS = {
    validators.ProhibitNullCharactersValidator,
    ProhibitSurrogateCharactersValidator,
}
LEAST = {validators.MinValueValidator, validators.MinLengthValidator}
MOST = {validators.MaxValueValidator, validators.MaxLengthValidator}


class Bounds(NamedTuple):
    """What a field's validators ask of a number, or of the length of a text."""

    least: float
    most: float


class Reader(NamedTuple):
    read: Read
    # Those it knows of: a field that was given other ones has no reader any more.
    validators: list[Any]


def reader_of(field: Any) -> Reader | None:
    kind: Any = type(field)
    make: Any = vars(kind).get("reader") or OWN_READERS.get(kind)
    # What has none is not asked for anything: it stands for fields to come.
    bounds = bounds_of(field.validators) if make else None
    return None if bounds is None else Reader(make(field, bounds), field.validators)


def bounds_of(found: Iterable[Any]) -> Bounds | None:
    """None if there is a validator that asks for anything else."""
    least, most = [float("-inf")], [float("inf")]
    for validator in found:
        kind = type(validator)
        if kind not in LEAST | MOST | HARMLESS:
            return None
        if kind in LEAST | MOST:
            (least if kind in LEAST else most).append(validator.limit_value)
    return Bounds(max(least), min(most))


def text_reader(bounds: Bounds) -> Read:
    least, most = max(bounds.least, 1), bounds.most

    def read(value: Any) -> Any:
        # What prints holds neither NUL nor half a character.
        is_plain = type(value) is str and value.isprintable()
        return value if is_plain and least <= len(value) <= most else UNSURE

    return read


def trimmed_reader(field: Any, bounds: Bounds) -> Read:
    """That of DRF's own field for texts."""
    read = text_reader(bounds)
    if not field.trim_whitespace:
        return read
    return lambda value: read(value.strip()) if type(value) is str else UNSURE


def integer_reader(bounds: Bounds) -> Read:
    least, most = bounds

    def read(value: Any) -> Any:
        return value if type(value) is int and least <= value <= most else UNSURE

    return read


class Reading(NamedTuple):
    """How a field's value is read, if by one step."""

    name: str
    source: str
    read: Read | None
    is_optional: bool


def plainly_read(data: Any, readings: Iterable[Reading]) -> dict[str, Any] | None:
    """What DRF would make of an object's values, unless it has to be asked."""
    if type(data) is not dict:
        return None
    found = {}
    for name, source, read, is_optional in readings:
        if name not in data:
            if is_optional:
                continue
            return None
        value = found[source] = read(data[name]) if read else UNSURE
        if value is UNSURE:
            return None
    return found


def rows_reader(rows: Any) -> Read:
    """That of a nested list of new rows, each of which is read plainly.

    What `validate` of the list, or of its rows, looks at must be in what was sent.
    """

    def read(value: Any) -> Any:
        if type(value) is not list or len(value) > (rows.max_length or math.inf):
            return UNSURE
        child = rows.child.pattern
        readings = child.reads
        found = [plainly_read(row, readings) for row in value]
        if None in found or child.has_validators:
            return UNSURE
        try:
            return rows.validate([child.validate(row) for row in found])
        except ValidationError:
            return UNSURE

    return read


OWN_READERS: dict[Any, Callable[[Any, Bounds], Read]] = {
    serializers.CharField: trimmed_reader,
}
