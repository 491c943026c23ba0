"""Searching for words in the columns of a table and of the tables related to it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.db.models import Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import IsNull
from django.utils.text import smart_split, unescape_string_literal

Row = TypeVar("Row", bound=Model)

QUOTES = ('"', "'")
# A longer one is no ID.
MAX_DIGITS = 18
# PostgreSQL's indexes have all sequences of three characters.
MIN_PART = 3
# Related rows that are listed in a condition; more are a subquery.
MAX_KEYS = 5000
MAX_FOUND = 1000


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
    texts, numbers = list(text_fields), list(number_fields)
    matches, is_text = rows, False
    for word in smart_split(term):
        if numbers and is_number(word):
            number = int(word)
            matches = matches.filter(any_of(Q(**{name: number}) for name in numbers))
        else:
            matches = with_text(matches, texts, without_quotes(word))
            is_text = True
    return by_keys(rows, matches) if is_text else matches


def by_keys(rows: QuerySet[Row], matches: QuerySet[Row]) -> QuerySet[Row]:
    """Return the rows by their keys if few are found, for lists in any order.

    PostgreSQL would look through the whole list in its order for the few.
    """
    keys = list(matches.order_by().values_list("pk", flat=True)[: MAX_FOUND + 1])
    return rows.filter(pk__in=keys) if len(keys) <= MAX_FOUND else matches


def with_text(rows: QuerySet[Any], fields: list[str], text: str) -> QuerySet[Any]:
    """Return the rows that have the text in one of the fields.

    Related tables are searched first, by a query of their own, because PostgreSQL
    cannot use the indexes of two tables for one OR. No row is joined with several.
    """
    own, related = by_relation(fields)
    columns = [has_text(field, text) for field in own]
    others = [of_related(rows.model, *each, text) for each in related.items()]
    return rows.filter(any_of([*columns, *others]))


def of_related(model: type[Model], name: str, fields: list[str], text: str) -> Q:
    """Return the condition that a related row has the text."""
    relation: Any = model._meta.get_field(name)
    matches = relation.related_model._default_manager.order_by()
    is_one = relation.many_to_one or (relation.one_to_one and relation.concrete)
    # The name of this table's key in the related one.
    remote = "pk" if is_one else relation.remote_field.name
    keys = with_text(matches, fields, text).values_list(remote, flat=True)
    some = list(keys[: MAX_KEYS + 1])
    column = name if is_one else "pk"
    if len(some) <= MAX_KEYS:
        return Q(**{f"{column}__in": set(some)})
    if is_one:
        return Q(**{f"{column}__in": keys})
    # Such a frequent text is soon found, row by row. For an EXISTS, PostgreSQL may read
    # all rows of the related table first.
    of_row = with_text(matches.filter(**{remote: OuterRef("pk")}), fields, text)
    return Q(IsNull(Subquery(of_row.values("pk")[:1]), False))


def by_relation(fields: list[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Return the fields of the table itself, and those of others by their relation."""
    own: list[str] = []
    related: dict[str, list[str]] = {}
    for field in fields:
        relation, _, rest = field.partition("__")
        if rest in {"", "exact"}:
            own.append(field)
        else:
            related.setdefault(relation, []).append(rest)
    return own, related


def has_text(field: str, text: str) -> Q:
    """Return the condition that a column contains the text.

    A text of one or two characters has to begin a word: PostgreSQL's trigram index
    cannot find it elsewhere.
    """
    if field.endswith("__exact"):
        return Q(**{field: text})
    if len(text) < MIN_PART:
        begins = Q(**{f"{field}__folded_startswith": text})
        return begins | Q(**{f"{field}__folded_contains": f" {text}"})
    return Q(**{f"{field}__folded_contains": text})


def any_of(conditions: Iterable[Q]) -> Q:
    return reduce(or_, conditions, Q())


def is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= MAX_DIGITS


def without_quotes(word: str) -> str:
    is_quoted = len(word) > 1 and word.startswith(QUOTES) and word[0] == word[-1]
    return unescape_string_literal(word) if is_quoted else word
