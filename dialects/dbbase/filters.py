"""The query parameters of a list, each of them a condition on one column.

pubYear=2006                   equal; numbers also: pubYear=2004,2006
pubYear=gt&pubYear=2006        an operator and a value
pubYear=gt&pubYear=var:id      an operator and another column
pubYear[]=2004&pubYear[]=2006  any of the values; so do three or more of pubYear
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Lookup, Model, Q, QuerySet, TextField
from django.db.models.expressions import Combinable, OrderBy
from django.db.models.functions import Cast
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from dialects.dbbase import old_texts
from dialects.dbbase.camel_case import to_snake
from dialects.dbbase.columns import (
    MAX_TEXT,
    Column,
    Columns,
    columns_of,
    get_column,
    no_column_error,
)
from dialects.dbbase.fields import DbbaseCharField
from dialects.lookups import ILike, Like, compare

OTHER_COLUMN = "var:"
MAX_CONDITIONS, MAX_VALUES = 50, 1000
PATTERN_FIELD = DbbaseCharField(allow_blank=True, max_length=MAX_TEXT)
# Their values have the same text in every database.
PATTERN_TYPES = (
    serializers.CharField,
    serializers.IntegerField,
    serializers.DateField,
    serializers.DateTimeField,
)


@dataclass(frozen=True, kw_only=True)
class Operator:
    """A way to compare a column with a value or with another column.

    Old clients don't know an addition, so the old error text doesn't list it.
    """

    is_negated: bool = False
    is_addition: bool = False

    def q(self, column: Column, text: str, columns: Columns) -> Q:
        """Return the condition for a column and the value that the client sent."""
        other = other_column(column, text, columns)
        condition = self.condition(column, text, other)
        condition = ~condition if self.is_negated else condition
        return across_relations(condition, column, other)

    def condition(self, column: Column, text: str, other: Column | None) -> Q:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Comparison(Operator):
    """Operator that compares by one of Django's lookups, such as `gt`."""

    lookup: str

    def condition(self, column: Column, text: str, other: Column | None) -> Q:
        operand = F(other.lookup) if other else column.parse(text)
        return compare(column.lookup, self.lookup, operand)


@dataclass(frozen=True, kw_only=True)
class Pattern(Operator):
    """Operator that compares the text of a value by a lookup class, such as `Like`."""

    lookup: type[Lookup[Any]]

    def condition(self, column: Column, text: str, other: Column | None) -> Q:
        if not isinstance(column.value_field, PATTERN_TYPES):
            raise ValidationError(
                {column.name: ["Patterns work only for texts, integers and dates."]}
            )
        pattern = as_text(other) if other else column.parse(text, PATTERN_FIELD)
        return Q(self.lookup(as_text(column), pattern))


@dataclass(frozen=True, kw_only=True)
class IsNull(Operator):
    """Operator that compares with null. The value is true or false."""

    def q(self, column: Column, text: str, columns: Columns) -> Q:
        is_null = column.parse(text, serializers.BooleanField())
        condition = Q((f"{column.lookup}__isnull", is_null))
        if is_null and not column.is_nullable:
            # No row can match, and the database need not search.
            condition = Q(pk__in=[])
        return across_relations(condition, column)


# A new operator needs an entry here, with `is_addition=True`, and a row in
# docs/reference/dbbase.md. OpenAPI lists these entries, in `schema.py`.
OPERATORS: dict[str, Operator] = {
    "eq": Comparison(lookup="exact"),
    "ne": Comparison(lookup="exact", is_negated=True),
    "gt": Comparison(lookup="gt"),
    "ge": Comparison(lookup="gte"),
    "lt": Comparison(lookup="lt"),
    "le": Comparison(lookup="lte"),
    "like": Pattern(lookup=Like),
    "ilike": Pattern(lookup=ILike),
    "notlike": Pattern(lookup=Like, is_negated=True),
    "notilike": Pattern(lookup=ILike, is_negated=True),
    "isnull": IsNull(is_addition=True),
}
# The operators of Flask-RESTful-DBBase, as its error text and `debug` list them.
OP_CODES = [name for name, operator in OPERATORS.items() if not operator.is_addition]


def other_column(column: Column, text: str, columns: Columns) -> Column | None:
    """Return the column that the value names, if it names one."""
    if not text.startswith(OTHER_COLUMN):
        return None
    name = to_snake(text.removeprefix(OTHER_COLUMN))
    other = get_column(columns, name, column.model)
    if other.value_type != column.value_type:
        message = f"This column can't be compared with {other.name}."
        raise ValidationError({column.name: [message]})
    return other


def across_relations(condition: Q, column: Column, other: Column | None = None) -> Q:
    is_to_many = column.is_to_many or (other is not None and other.is_to_many)
    return column.any_related(condition) if is_to_many else condition


def as_text(column: Column) -> Combinable:
    if isinstance(column.value_field, serializers.CharField):
        return F(column.lookup)
    return Cast(F(column.lookup), TextField())


@dataclass(frozen=True)
class Condition:
    """A condition on a column.

    `value` is the text after the operator `op`, or the texts of which any may match.
    With several texts, only `debug` shows `op`.
    """

    column: Column
    op: str
    value: str | list[str]

    def q(self, columns: Columns) -> Q:
        if isinstance(self.value, list):
            return across_relations(self.any_of(self.value), self.column)
        return OPERATORS[self.op].q(self.column, self.value, columns)

    def any_of(self, texts: list[str]) -> Q:
        if self.column.is_number:
            texts = [part for text in texts for part in split_numbers(text)]
        if len(texts) > MAX_VALUES:
            raise too_many_conditions_error()
        values = [self.column.parse(text) for text in texts]
        if len(values) == 1:
            return compare(self.column.lookup, "exact", values[0])
        return Q((f"{self.column.lookup}__in", values))


def split_numbers(text: str) -> list[str]:
    """Return the numbers of `1,3` or `[1,3]`."""
    bare = re.sub(r"^\s*\[(.*)\]\s*$", r"\1", text)
    return [part.strip() for part in bare.split(",")]


def conditions_of(params: QueryDict, columns: Columns) -> list[Condition]:
    """Return the conditions of the parameters that name a column; ignore the others."""
    conditions = list(parse_conditions(params, columns))
    lists = [each.value for each in conditions if isinstance(each.value, list)]
    if len(conditions) > MAX_CONDITIONS or sum(map(len, lists)) > MAX_VALUES:
        raise too_many_conditions_error()
    return conditions


def parse_conditions(params: QueryDict, columns: Columns) -> Iterator[Condition]:
    for name, texts in params.lists():
        bare = name.removesuffix("[]")
        if column := columns.get(to_snake(bare)):
            values = [str(text) for text in texts]
            yield parse_condition(column, values, is_list=bare != name)


def parse_condition(column: Column, texts: list[str], *, is_list: bool) -> Condition:
    if is_list:
        return Condition(column, "in", texts)
    if len(texts) == 2:
        op, text = texts
        if op not in OPERATORS:
            codes = ", ".join(OP_CODES)
            error = old_texts.UNKNOWN_OPERATOR.format(code=op[:100], codes=codes)
            raise ParseError(error, code="bad_operator")
        return Condition(column, op, text)
    if len(texts) == 1 and texts[0] in OPERATORS:
        raise ParseError(old_texts.NO_VALUE, code="unpaired_operator")
    return Condition(column, "eq", texts)


def too_many_conditions_error() -> ParseError:
    return ParseError(
        f"At most {MAX_CONDITIONS} conditions with {MAX_VALUES} values in all "
        "are allowed.",
        code="too_much",
    )


class DbbaseFilterBackend(BaseFilterBackend):
    """Filter and order of a list. The query string of a single row is ignored."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: Any
    ) -> QuerySet[Any]:
        if not view.is_list:
            return queryset
        columns = columns_of(view, queryset.model)
        for condition in conditions_of(request.query_params, columns):
            queryset = queryset.filter(condition.q(columns))
        view.page_config.check_serial_fields(view.get_serializer_class())
        if names := view.page_config.order_by:
            return order_rows(queryset, names, columns)
        return order_by_default(queryset, getattr(view, "ordering", ()))


def order_rows(
    queryset: QuerySet[Model], names: list[str], columns: Columns
) -> QuerySet[Model]:
    """Order by the named columns, then by ID, so that pages never overlap."""
    model = queryset.model
    terms: list[OrderBy] = []
    for name in names:
        column = get_column(columns, name.removeprefix("-"), model)
        if column.is_to_many:
            raise no_column_error(column.name, model)
        terms.append(column.order(is_descending=name.startswith("-")))
    return queryset.order_by(*terms, "pk")


def order_by_default(
    queryset: QuerySet[Model], ordering: str | Sequence[Any]
) -> QuerySet[Model]:
    """Order by the view's `ordering`, else as the queryset or its model is ordered."""
    names = [ordering] if isinstance(ordering, str) else list(ordering)
    if not names and queryset.ordered:
        names = [*(queryset.query.order_by or queryset.model._meta.ordering or ())]
    return queryset.order_by(*names, "pk")
