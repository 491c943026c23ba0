"""`filter[objects]`, the query language of Flask-Restless.

    filter[objects]=[{"name": "author", "op": "has",
                      "val": {"name": "name", "op": "ilike", "val": "b%"}}]

Comparisons follow SQL: nothing is equal or unequal to null.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F, Q
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from common.http import strict_json
from dialects.lookups import ILike, Like, compare
from dialects.restless import old_texts
from dialects.restless.errors import JSONAPIError, JSONObject, did_you_mean
from dialects.restless.resources import Column, Relationship, ResourceType

PARAMETER = "filter[objects]"
MAX_TERMS, MAX_LEVELS = 50, 4
# So many UUIDs fit in the longest URL (`config/wsgi_wrapper.py`), however encoded.
MAX_VALUES = 100
# The number of terms that a filter object counts as, if it is more than one.
COSTS = {"like": 3, "not_like": 3, "ilike": 3, "has": 5, "any": 5}
TOO_COMPLEX = (
    f"At most {MAX_TERMS} filter objects in {MAX_LEVELS} levels are allowed. "
    "A pattern counts as 3 objects, a relationship as 5."
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


class FilterObjectParser:
    """Parser of the filter objects of one request, up to `MAX_TERMS`."""

    def __init__(self) -> None:
        self.terms = 0

    def parse(self, resource: ResourceType, text: str) -> list[Q]:
        """Return the conditions of a JSON list of filter objects."""
        try:
            filters = strict_json.loads(text.encode())
        except strict_json.MalformedJSON as exc:
            raise filter_error(old_texts.MALFORMED_FILTER) from exc
        if not isinstance(filters, list):
            raise invalid_filter_error()
        for item in filters:
            check_name(resource, item)
        return [self.condition(resource, item, 1) for item in filters]

    def condition(self, resource: ResourceType, item: object, level: int) -> Q:
        if not isinstance(item, dict):
            raise invalid_filter_error()
        self.terms += cost_of(item)
        if self.terms > MAX_TERMS or level > MAX_LEVELS:
            raise filter_error(TOO_COMPLEX)
        for connector in ("or", "and"):
            if connector in item:
                return self.combination(resource, connector, item[connector], level)
        if "not" in item:
            return ~self.condition(resource, item["not"], level + 1)
        operator = operator_of(item)
        if operator in {"has", "any"}:
            return self.relationship_condition(resource, operator, item, level)
        return comparison(resource, operator, item)

    def combination(
        self, resource: ResourceType, connector: str, items: object, level: int
    ) -> Q:
        if not isinstance(items, list) or not items:
            raise invalid_filter_error()
        conditions = [self.condition(resource, item, level + 1) for item in items]
        return Q(*conditions, _connector=connector.upper())

    def relationship_condition(
        self, resource: ResourceType, operator: str, item: JSONObject, level: int
    ) -> Q:
        """Return the condition that a related row meets the condition in `val`."""
        relationship = resource.relationships.get(str(item.get("name")))
        if relationship is None or relationship.is_to_many != (operator == "any"):
            raise invalid_filter_error(item.get("name"), resource.relationships)
        condition = self.condition(relationship.target, item.get("val"), level + 1)
        return is_related(relationship, condition)


def is_related(relationship: Relationship, condition: Q) -> Q:
    """Return the condition that a related row meets the condition."""
    rows = relationship.target.queryset.filter(condition)
    # One subquery for all rows: databases may run a correlated one for each row.
    if not relationship.is_to_many:
        has_target = Q((f"{relationship.name}__isnull", False))
        return has_target & Q((f"{relationship.name}__in", rows.values("pk")))
    reverse_name = relationship.reverse_name
    linked = rows.filter(Q((f"{reverse_name}__isnull", False)))
    return Q(pk__in=linked.values(reverse_name))


def comparison(resource: ResourceType, operator: str, item: JSONObject) -> Q:
    name = item.get("name")
    if not isinstance(name, str) or name not in resource.columns:
        raise invalid_filter_error(name, resource.columns)
    column = resource.columns[name]
    positive = operator.removeprefix("not_")
    is_pattern = positive in {"like", "ilike"}
    if is_pattern and not isinstance(column.field, serializers.CharField):
        raise invalid_filter_error()
    if positive == "isnull":
        operand: object = True
    else:
        operand = operand_of(resource, column, positive, item)
    if is_pattern:
        pattern = Like if positive == "like" else ILike
        condition = Q(pattern(F(column.lookup), operand))
    else:
        condition = compare(column.lookup, positive, operand)
    return condition if positive == operator else ~condition


def operand_of(
    resource: ResourceType, column: Column, operator: str, item: JSONObject
) -> object:
    """Return another column, or the valid value or list of values."""
    if "field" in item:
        return other_column(resource, column, operator, str(item["field"]))
    value = item.get("val")
    if operator != "in":
        return valid_value(column, value)
    if not isinstance(value, list):
        raise invalid_filter_error()
    if len(value) > MAX_VALUES:
        raise too_many_values_error()
    return [valid_value(column, element) for element in value]


def other_column(resource: ResourceType, column: Column, operator: str, name: str) -> F:
    if name not in resource.columns:
        raise invalid_filter_error(name, resource.columns)
    other = resource.columns[name]
    if operator == "in" or comparable_type(other) != comparable_type(column):
        raise invalid_filter_error()
    return F(other.lookup)


def comparable_type(column: Column) -> type:
    for kind in (serializers.CharField, serializers.IntegerField):
        if isinstance(column.field, kind):
            return kind
    return type(column.field)


def valid_value(column: Column, value: object, parameter: str = PARAMETER) -> object:
    try:
        valid = column.field.run_validation(value)
    except ValidationError as exc:
        raise filter_error(old_texts.INVALID_FILTER, parameter) from exc
    if valid is None:
        raise filter_error(old_texts.INVALID_FILTER, parameter)
    return valid


def too_many_values_error(parameter: str = PARAMETER) -> JSONAPIError:
    detail = f"At most {MAX_VALUES} values are allowed in a list."
    return filter_error(detail, parameter)


def check_name(resource: ResourceType, item: object) -> None:
    """Raise 400 for an unknown name.

    Flask-Restless: only the objects at the top have an error text of their own for it.
    """
    name = item.get("name") if isinstance(item, dict) else None
    valid_names = [*resource.columns, *resource.relationships]
    if isinstance(name, str) and name not in valid_names:
        raise unknown_field_error(name, valid_names)


def cost_of(item: JSONObject) -> int:
    operator = item.get("op")
    return COSTS.get(OPERATORS.get(operator, ""), 1) if isinstance(operator, str) else 1


def operator_of(item: JSONObject) -> str:
    operator = item.get("op")
    if not isinstance(operator, str) or operator not in OPERATORS:
        raise invalid_filter_error(operator, OPERATORS)
    return OPERATORS[operator]


def unknown_field_error(
    name: str, valid_names: Iterable[str], parameter: str = PARAMETER
) -> JSONAPIError:
    detail = old_texts.UNKNOWN_FILTER_FIELD.format(name=name)
    return filter_error(detail, parameter, did_you_mean(name, valid_names))


def invalid_filter_error(
    name: object = "", valid_names: Iterable[str] = ()
) -> JSONAPIError:
    meta = did_you_mean(name, valid_names)
    return filter_error(old_texts.INVALID_FILTER, meta=meta)


def filter_error(
    detail: str, parameter: str = PARAMETER, meta: JSONObject | None = None
) -> JSONAPIError:
    return JSONAPIError(400, "bad_filter", detail, parameter=parameter, meta=meta)
