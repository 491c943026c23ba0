"""Filters and sort order of collections.

    ?filter[title]=Fog&sort=-create_at,author.name
    ?filter[id]=v1,v2
    ?filter[id][]=v1&filter[id][]=v2
    ?filter[author]=u1,u2

Only the declared columns of a type, or of types along a to-one path, can be named.
Null is less than any other value. The key is always the last sort field, so the order
is total: the position of a row is the list of its values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import BigIntegerField, F, Model, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from dialects.lookups import compare
from dialects.restless import filter_objects, old_texts
from dialects.restless.errors import JSONAPIError, JSONObject, did_you_mean
from dialects.restless.filter_objects import MAX_VALUES, FilterObjectParser
from dialects.restless.link_order import POSITION
from dialects.restless.resources import ResourceType, Rows

COLUMN_FILTER = re.compile(r"filter\[(.*)\]", re.DOTALL)
ID_FILTER, ID_LIST = "filter[id]", "filter[id][]"
MAX_SORT_FIELDS = 10
Position = list[object]


class RestlessFilterBackend(BaseFilterBackend):
    """Filters of a collection of the view's type, from the query string."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: Any
    ) -> QuerySet[Any]:
        if view.detail:
            return queryset
        return filter_collection(request.query_params, queryset, view.resource)


def filter_collection(params: QueryDict, rows: Rows, resource: ResourceType) -> Rows:
    """Filter by `filter[objects]`, by columns, relationships and lists of ids."""
    for parameter, values in params.lists():
        if parameter == filter_objects.PARAMETER:
            rows = rows.filter(*FilterObjectParser().parse(resource, values[0]))
        elif parameter == ID_LIST:
            rows = rows.filter(has_one_of(resource, values, parameter))
        elif parameter == ID_FILTER:
            rows = rows.filter(matches_ids(resource, values[0], parameter))
        elif match := COLUMN_FILTER.fullmatch(parameter):
            rows = rows.filter(equality(resource, match[1], values[0], parameter))
    return rows


def equality(resource: ResourceType, name: str, value: str, parameter: str) -> Q:
    if relationship := resource.relationships.get(name):
        condition = matches_ids(relationship.target, value, parameter)
        return filter_objects.is_related(relationship, condition)
    if name not in resource.columns:
        valid_names = [*resource.columns, *resource.relationships]
        raise filter_objects.unknown_field_error(name, valid_names, parameter)
    column = resource.columns[name]
    operand = filter_objects.valid_value(column, value, parameter)
    return compare(column.lookup, "exact", operand)


def matches_ids(resource: ResourceType, text: str, parameter: str) -> Q:
    """Return the condition that the id is the text, or in its list of ids.

    The ids in a list are separated by commas, but a text key may also contain commas.
    """
    ids = [part for part in text.split(",") if part] or [text]
    is_text = isinstance(resource.columns["id"].field, serializers.CharField)
    return has_one_of(resource, ids, parameter, *[text] * is_text)


def number_of_ids(params: QueryDict) -> int:
    """Return the number of ids that the filter of ids names."""
    text = str(params.get(ID_FILTER, ""))
    return max(len(text.split(",")), len(params.getlist(ID_LIST)))


def has_one_of(
    resource: ResourceType, ids: Sequence[str], parameter: str, *others: str
) -> Q:
    """Return the condition that the id is one of these. Raise 400 for a long list."""
    if len(ids) > MAX_VALUES:
        raise filter_objects.too_many_values_error(parameter)
    column, texts = resource.columns["id"], dict.fromkeys([*ids, *others])
    keys = [filter_objects.valid_value(column, text, parameter) for text in texts]
    return compare(column.lookup, "in", keys)


@dataclass(frozen=True)
class SortField:
    """A column to sort by: its look-up, and the model's field."""

    lookup: str
    model_field: Any
    is_nullable: bool
    is_descending: bool = False

    def __str__(self) -> str:
        return f"-{self.lookup}" if self.is_descending else self.lookup

    @property
    def row_attribute(self) -> str:
        """The attribute of a row that holds the value."""
        return f"_at_{self.lookup}" if "__" in self.lookup else self.lookup

    def reverse(self) -> SortField:
        return replace(self, is_descending=not self.is_descending)

    def order_by(self) -> OrderBy:
        # On a column without nulls, the clause would keep the database from its index.
        nulls = self.is_nullable or None
        if self.is_descending:
            return F(self.lookup).desc(nulls_last=nulls)
        return F(self.lookup).asc(nulls_first=nulls)

    def equals(self, value: object) -> Q:
        return self.is_null if value is None else Q((self.lookup, value))

    def after(self, value: object) -> list[Q]:
        """Return the values after this one, as ranges that an index can serve."""
        if value is None:
            return [] if self.is_descending else [Q((f"{self.lookup}__isnull", False))]
        if not self.is_descending:
            return [Q((f"{self.lookup}__gt", value))]
        return [Q((f"{self.lookup}__lt", value)), *[self.is_null] * self.is_nullable]

    @property
    def is_null(self) -> Q:
        return Q((f"{self.lookup}__isnull", True))


# The order of a relationship that keeps the one of its links.
BY_POSITION = SortField(POSITION, BigIntegerField(), is_nullable=False)


@dataclass(frozen=True)
class Order:
    """The sort order of a collection."""

    fields: tuple[SortField, ...]

    @classmethod
    def from_query(
        cls, params: QueryDict, resource: ResourceType, *, by_position: bool = False
    ) -> Order:
        """Return the order of `sort`; without it, by position or by key."""
        text = params.get("sort", "")
        # Flask-Restless: 0 means no order. Pages need one, so it's the key's here.
        names = [] if text in {"", "0"} else text.split(",")
        fields: dict[str, SortField] = {}
        if by_position and not names:
            fields[POSITION] = BY_POSITION
        for name in [*names, "id"]:
            sort_field = parse_sort_field(resource, name)
            fields.setdefault(sort_field.lookup, sort_field)
            if sort_field.lookup == "pk":
                break
        if len(fields) > MAX_SORT_FIELDS:
            raise sort_error(
                f"Invalid sorting: at most {MAX_SORT_FIELDS} fields are allowed."
            )
        return cls(tuple(fields.values()))

    def __str__(self) -> str:
        return ",".join(map(str, self.fields))

    def reverse(self) -> Order:
        return Order(tuple(field.reverse() for field in self.fields))

    def sort(self, rows: Rows) -> Rows:
        return rows.order_by(*(field.order_by() for field in self.fields))

    def annotate_position(self, rows: Rows) -> Rows:
        """Return the rows with the values of sort fields that other tables hold."""
        joined = {
            field.row_attribute: F(field.lookup)
            for field in self.fields
            if field.row_attribute != field.lookup
        }
        return rows.annotate(**joined) if joined else rows

    @property
    def has_only_own_columns(self) -> bool:
        return all(field.row_attribute == field.lookup for field in self.fields)

    def position_of(self, row: Model) -> Position:
        return [getattr(row, field.row_attribute) for field in self.fields]

    def after(self, position: Position) -> list[Q]:
        """Return the rows after the position, as ranges that don't overlap."""
        ranges, equal = [], Q()
        for field, value in zip(self.fields, position, strict=True):
            ranges += [equal & condition for condition in field.after(value)]
            equal &= field.equals(value)
        return ranges


def parse_sort_field(resource: ResourceType, name: str) -> SortField:
    """Return the sort field of a name such as `-author.name`. Raise 400 if unknown."""
    path = name.removeprefix("-")
    *steps, column = path.split(".")
    is_nullable = False
    for step in steps:
        relationship = resource.relationships.get(step)
        if relationship is None or relationship.is_to_many:
            valid_names = [relationship.name for relationship in resource.to_one]
            raise unknown_sort_field_error(path, step, valid_names)
        is_nullable = is_nullable or relationship.field.null
        resource = relationship.target
    if column not in resource.columns:
        raise unknown_sort_field_error(path, column, resource.columns)
    lookup = resource.columns[column].lookup
    model_field = resource.model_field(lookup)
    is_nullable = is_nullable or model_field.null
    return SortField(
        "__".join([*steps, lookup]), model_field, is_nullable, path != name
    )


def unknown_sort_field_error(
    path: str, name: str, valid_names: Iterable[str]
) -> JSONAPIError:
    detail = old_texts.UNKNOWN_SORT_FIELD.format(name=path)
    return sort_error(detail, did_you_mean(name, valid_names))


def sort_error(detail: str, meta: JSONObject | None = None) -> JSONAPIError:
    return JSONAPIError(400, "bad_sort", detail, parameter="sort", meta=meta)
