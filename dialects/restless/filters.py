"""`filter[objects]`, the query language of Flask-Restless, and `filter[title]=x`.

    filter[objects]=[{"name": "author", "op": "has",
                      "val": {"name": "name", "op": "ilike", "val": "b%"}}]

Comparisons mean what they mean in SQL: with null, nothing is equal or unequal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.db.models import F, Q, QuerySet
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from common.http import json
from dialects.lookups import ILike, Like, compare
from dialects.restless.errors import JSONAPIError, did_you_mean
from dialects.restless.resources import ResourceType

PARAMETER = re.compile(r"filter\[(.*)\]", re.DOTALL)
OBJECTS = "filter[objects]"
MAX_TERMS, MAX_LEVELS, MAX_VALUES = 50, 4, 1000
# What a filter object counts for, where it is dearer than a plain comparison.
COSTS = {"like": 3, "not_like": 3, "ilike": 3, "has": 5, "any": 5}
TOO_MUCH = (
    f"At most {MAX_TERMS} filter objects, {MAX_LEVELS} levels deep; "
    "a pattern counts as 3, a relationship as 5"
)

SPELLINGS = {
    "exact": "eq == equals equal_to",
    "not_exact": "ne != neq not_equal_to does_not_equal <>",
    "gt": "gt >",
    "lt": "lt <",
    "gte": "ge >= gte geq",
    "lte": "le <= lte leq",
    "in": "in",
    "not_in": "not_in",
    "like": "like",
    "not_like": "not_like",
    "ilike": "ilike",
    "isnull": "is_null",
    "not_isnull": "is_not_null",
    "has": "has",
    "any": "any",
}
OPERATORS = {
    spelling: operator
    for operator, spellings in SPELLINGS.items()
    for spelling in spellings.split()
}


class Filtering(BaseFilterBackend):
    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: Any
    ) -> QuerySet[Any]:
        conditions = Conditions()
        for parameter in request.query_params:
            text = str(request.query_params[parameter])
            if parameter == OBJECTS:
                queryset = queryset.filter(*conditions.objects(view.listed, text))
            elif match := PARAMETER.fullmatch(parameter):
                found = equality(view.listed, match[1], text, parameter)
                queryset = queryset.filter(found)
        return queryset


class Conditions:
    """The conditions of one request, which may not grow without bounds."""

    def __init__(self) -> None:
        self.terms = 0

    def objects(self, resource: ResourceType, text: str) -> list[Q]:
        try:
            filters = json.loads(text.encode())
        except json.MalformedJSON as exc:
            raise refused("Unable to decode filter objects as JSON list") from exc
        if not isinstance(filters, list):
            raise unclear()
        for found in filters:
            check_name(resource, found)
        return [self.condition(resource, found, 1) for found in filters]

    def condition(self, resource: ResourceType, found: Any, level: int) -> Q:
        if not isinstance(found, dict):
            raise unclear()
        self.terms += cost_of(found)
        if self.terms > MAX_TERMS or level > MAX_LEVELS:
            raise refused(TOO_MUCH)
        for connector in ("or", "and"):
            if connector in found:
                return self.junction(resource, connector, found[connector], level)
        if "not" in found:
            return ~self.condition(resource, found["not"], level + 1)
        operator = operator_of(found)
        if operator in {"has", "any"}:
            return self.existence(resource, operator, found, level)
        return comparison(resource, operator, found)

    def junction(
        self, resource: ResourceType, connector: str, parts: Any, level: int
    ) -> Q:
        if not isinstance(parts, list) or not parts:
            raise unclear()
        found = [self.condition(resource, part, level + 1) for part in parts]
        return Q(*found, _connector=connector.upper())

    def existence(
        self, resource: ResourceType, operator: str, found: dict[str, Any], level: int
    ) -> Q:
        relation = resource.relationships.get(str(found.get("name")))
        if relation is None or relation.is_to_many != (operator == "any"):
            raise unclear(found.get("name"), resource.relationships)
        condition = self.condition(relation.target, found.get("val"), level + 1)
        rows = relation.target.queryset.filter(condition)
        # One subquery for all rows: a correlated one may be run for each of them.
        if not relation.is_to_many:
            linked = Q((f"{relation.name}__isnull", False))
            return linked & Q((f"{relation.name}__in", rows.values("pk")))
        linked = Q((f"{relation.back}__isnull", False))
        return Q(pk__in=rows.filter(linked).values(relation.back))


def comparison(resource: ResourceType, operator: str, found: dict[str, Any]) -> Q:
    if not isinstance(name := found.get("name"), str) or name not in resource.columns:
        raise unclear(name, resource.columns)
    lookup, field = resource.columns[name]
    positive = operator.removeprefix("not_")
    is_text = isinstance(field, serializers.CharField)
    if positive in {"like", "ilike"} and not is_text:
        raise unclear()
    operand = True if positive == "isnull" else operand_of(resource, positive, found)
    if positive in {"like", "ilike"}:
        pattern = Like if positive == "like" else ILike
        condition = Q(pattern(F(lookup), operand))
    else:
        condition = compare(lookup, positive, operand)
    return condition if positive == operator else ~condition


def operand_of(resource: ResourceType, operator: str, found: dict[str, Any]) -> Any:
    """Another column, or the value as the column's field reads it."""
    field = resource.columns[found["name"]][1]
    if "field" in found:
        if (other := str(found["field"])) not in resource.columns:
            raise unclear(other, resource.columns)
        lookup, other_field = resource.columns[other]
        if operator == "in" or kind_of(other_field) != kind_of(field):
            raise unclear()
        return F(lookup)
    if operator != "in":
        return value_of(field, found.get("val"))
    values = found.get("val")
    if not isinstance(values, list):
        raise unclear()
    if len(values) > MAX_VALUES:
        raise refused(f"At most {MAX_VALUES} values in a list")
    return [value_of(field, value) for value in values]


def kind_of(field: Any) -> type:
    """Columns of one kind can be compared with each other."""
    is_text = isinstance(field, serializers.CharField)
    return serializers.CharField if is_text else type(field)


def value_of(field: Any, value: Any) -> Any:
    try:
        found = field.run_validation(value)
    except ValidationError as exc:
        raise unclear() from exc
    if found is None:
        raise unclear()
    return found


def equality(resource: ResourceType, name: str, text: str, parameter: str) -> Q:
    if name not in resource.columns:
        raise no_such_field(name, resource.columns, parameter)
    lookup, field = resource.columns[name]
    return compare(lookup, "exact", value_of(field, text))


def check_name(resource: ResourceType, found: Any) -> None:
    """An unknown name is told as such only where it stands at the top."""
    name = found.get("name") if isinstance(found, dict) else None
    known = [*resource.columns, *resource.relationships]
    if isinstance(name, str) and name not in known:
        raise no_such_field(name, known)


def cost_of(found: dict[str, Any]) -> int:
    operator = found.get("op")
    return COSTS.get(OPERATORS.get(operator, ""), 1) if isinstance(operator, str) else 1


def operator_of(found: dict[str, Any]) -> str:
    operator = found.get("op")
    if not isinstance(operator, str) or operator not in OPERATORS:
        raise unclear(operator, OPERATORS)
    return OPERATORS[operator]


def no_such_field(
    name: str, known: Iterable[str], parameter: str = OBJECTS
) -> JSONAPIError:
    detail = f'Invalid filter object: No such field "{name}"'
    return refused(detail, parameter, **did_you_mean(name, known))


def refused(detail: str, parameter: str = OBJECTS, **members: Any) -> JSONAPIError:
    return JSONAPIError(400, "bad_filter", detail, parameter=parameter, **members)


def unclear(name: Any = "", known: Iterable[str] = ()) -> JSONAPIError:
    return refused("Unable to construct query", **did_you_mean(name, known))
