"""Searching for words in the columns of a table and of the tables related to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.text import smart_split, unescape_string_literal

from common.db.text import FoldedContains

Row = TypeVar("Row", bound=Model)

QUOTES = ('"', "'")
# A longer one is no ID.
MAX_DIGITS = 18


def search_rows(
    rows: QuerySet[Row],
    term: str,
    text_fields: Iterable[str],
    number_fields: Iterable[str] = (),
) -> QuerySet[Row]:
    """Return the rows that contain every word of the term, each row once.

    If there are number fields, a word of digits is compared with those alone. In quotes
    it is a text.
    """
    text_lookups, number_lookups = list(text_fields), list(number_fields)
    for word in smart_split(term):
        if number_lookups and is_number(word):
            rows = rows.filter(any_of(number_lookups, int(word)))
        else:
            rows = with_text(rows, text_lookups, without_quotes(word))
    return rows


def with_text(rows: QuerySet[Row], fields: list[str], text: str) -> QuerySet[Row]:
    """Return the rows that have the text in one of the fields.

    Each table is searched by a query of its own: PostgreSQL cannot use the indexes of
    two tables for one OR. The union of the keys has each row once, without a DISTINCT.
    """
    found = [
        rows.model._default_manager.filter(any_of(lookups, text))
        .order_by()
        .values("pk")
        for lookups in by_relation(fields)
    ]
    first, *others = found
    return rows.filter(pk__in=first.union(*others) if others else first)


def by_relation(fields: list[str]) -> list[list[str]]:
    """Return the lookups of the fields, those of each related table together."""
    lookups: dict[str, list[str]] = {}
    for field in fields:
        relation, _, _ = field.removesuffix("__exact").rpartition("__")
        lookups.setdefault(relation, []).append(with_lookup(field))
    return list(lookups.values())


def with_lookup(field: str) -> str:
    if field.endswith("__exact"):
        return field
    return f"{field}__{FoldedContains.lookup_name}"


def any_of(lookups: list[str], value: str | int) -> Q:
    return Q.create([(lookup, value) for lookup in lookups], connector=Q.OR)


def is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= MAX_DIGITS


def without_quotes(word: str) -> str:
    is_quoted = len(word) > 1 and word.startswith(QUOTES) and word[0] == word[-1]
    return unescape_string_literal(word) if is_quoted else word
