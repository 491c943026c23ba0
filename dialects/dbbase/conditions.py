"""The query variables of a list, each a condition on one column.

pubYear=2006                   equal; of numbers also pubYear=2004,2006
pubYear=gt&pubYear=2006        an operator and a value
pubYear=gt&pubYear=var:id      an operator and another column
pubYear[]=2004&pubYear[]=2006  any of the values, as with three and more of pubYear
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Lookup, Q, TextField
from django.db.models.functions import Cast
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError

from dialects.dbbase.columns import MAX_TEXT, Column, Columns, find
from dialects.dbbase.fields import DbbaseCharField
from dialects.dbbase.names import snake
from dialects.lookups import ILike, Like, compare

COMPARISONS = {
    "eq": "exact",
    "ne": "exact",
    "gt": "gt",
    "ge": "gte",
    "lt": "lt",
    "le": "lte",
}
PATTERNS: dict[str, type[Lookup[Any]]] = {
    "like": Like,
    "ilike": ILike,
    "notlike": Like,
    "notilike": ILike,
}
OP_CODES = [*COMPARISONS, *PATTERNS]
# An addition, which the old error text does not list.
IS_NULL = "isnull"
NEGATIONS = {"ne", "notlike", "notilike"}
OTHER_COLUMN = "var:"
MAX_CONDITIONS, MAX_VALUES = 50, 1000
PATTERN = DbbaseCharField(allow_blank=True, max_length=MAX_TEXT)
# What looks the same as text in every database.
WRITTEN = (
    serializers.CharField,
    serializers.IntegerField,
    serializers.DateField,
    serializers.DateTimeField,
)


@dataclass(frozen=True)
class Condition:
    """A column, an operator and, as sent, one value or those of which any will do."""

    column: Column
    op: str
    sent: str | list[str]

    def q(self, columns: Columns) -> Q:
        if isinstance(self.sent, list):
            return self.on(self.any_of(self.sent))
        if self.op == IS_NULL:
            return self.on(self.being_null(self.sent))
        other = self.other(self.sent, columns)
        find_rows = self.matching if self.op in PATTERNS else self.comparing
        condition = find_rows(self.sent, other)
        condition = ~condition if self.op in NEGATIONS else condition
        return self.on(condition, other)

    def being_null(self, text: str) -> Q:
        is_null = self.column.read(serializers.BooleanField(), text)
        if is_null and not self.column.is_nullable:
            # Known without a look at the rows.
            return Q(pk__in=[])
        return Q((f"{self.column.lookup}__isnull", is_null))

    def on(self, condition: Q, other: Column | None = None) -> Q:
        if self.column.is_to_many or (other and other.is_to_many):
            return self.column.among(condition)
        return condition

    def any_of(self, texts: list[str]) -> Q:
        if self.column.is_number:
            texts = [part for text in texts for part in numbers(text)]
        if len(texts) > MAX_VALUES:
            raise too_much()
        values = [self.column.value(text) for text in texts]
        if len(values) == 1:
            return compare(self.column.lookup, "exact", values[0])
        return Q((f"{self.column.lookup}__in", values))

    def other(self, text: str, columns: Columns) -> Column | None:
        """The column that the value names, if it names one."""
        if not text.startswith(OTHER_COLUMN):
            return None
        name = snake(text.removeprefix(OTHER_COLUMN))
        found = find(columns, name, self.column.model)
        if found.kind != self.column.kind:
            raise self.refused(f"It cannot be compared with {found.name}.")
        return found

    def comparing(self, text: str, other: Column | None) -> Q:
        operand = F(other.lookup) if other else self.column.value(text)
        return compare(self.column.lookup, COMPARISONS[self.op], operand)

    def matching(self, text: str, other: Column | None) -> Q:
        if not isinstance(self.column.value_field, WRITTEN):
            raise self.refused("Patterns are for texts, whole numbers and dates.")
        pattern = as_text(other) if other else self.column.read(PATTERN, text)
        return Q(PATTERNS[self.op](as_text(self.column), pattern))

    def refused(self, text: str) -> ValidationError:
        return ValidationError({self.column.name: [text]})


def as_text(column: Column) -> Any:
    if isinstance(column.value_field, serializers.CharField):
        return F(column.lookup)
    return Cast(F(column.lookup), TextField())


def numbers(text: str) -> list[str]:
    """Those of `1,3` or `[1,3]`."""
    bare = re.sub(r"^\s*\[(.*)\]\s*$", r"\1", text)
    return [part.strip() for part in bare.split(",")]


def conditions_of(params: QueryDict, columns: Columns) -> list[Condition]:
    """The conditions of the variables that name a column; others are ignored."""
    found = [
        condition(column, texts, is_list=is_list)
        for column, texts, is_list in variables(params, columns)
    ]
    values = sum(len(found.sent) for found in found if isinstance(found.sent, list))
    if len(found) > MAX_CONDITIONS or values > MAX_VALUES:
        raise too_much()
    return found


def variables(
    params: QueryDict, columns: Columns
) -> Iterator[tuple[Column, list[str], bool]]:
    for name, texts in params.lists():
        bare = name.removesuffix("[]")
        if column := columns.get(snake(bare)):
            yield column, [str(text) for text in texts], bare != name


def condition(column: Column, texts: list[str], *, is_list: bool) -> Condition:
    if is_list:
        return Condition(column, "in", texts)
    known = [*OP_CODES, IS_NULL]
    if len(texts) == 2:
        op, text = texts
        if op not in known:
            codes = ", ".join(OP_CODES)
            raise ParseError(
                f'Op code "{op[:100]}" wrong. Must be in [{codes}]', code="bad_operator"
            )
        return Condition(column, op, text)
    if texts[0] in known and len(texts) == 1:
        raise ParseError(
            "There must be a value paired with the operator. "
            "Example: [operator, value]",
            code="unpaired_operator",
        )
    return Condition(column, "eq", texts)


def too_much() -> ParseError:
    return ParseError(
        f"At most {MAX_CONDITIONS} conditions with {MAX_VALUES} values in all.",
        code="too_much",
    )
