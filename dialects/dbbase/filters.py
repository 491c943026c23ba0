"""What a list's query string asks for: which rows, in what order, showing what."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from dialects.dbbase.columns import Columns, columns_of, find, no_column
from dialects.dbbase.conditions import IS_NULL, OP_CODES, conditions_of
from dialects.dbbase.names import camel
from dialects.dbbase.page_config import MAX_LENGTH, PARAMETERS
from dialects.dbbase.serializers import selection_of

OPERATORS = ", ".join([*OP_CODES, IS_NULL])
Parameter = dict[str, Any]


class DbbaseFilterBackend(BaseFilterBackend):
    """Filters, orders and narrows a list; of single rows the URL alone decides."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: Any
    ) -> QuerySet[Any]:
        if not view.is_list:
            return queryset
        columns = columns_of(view, queryset.model)
        for condition in conditions_of(request.query_params, columns):
            queryset = queryset.filter(condition.q(columns))
        refuse_unknown_fields(view, queryset.model)
        return ordered(queryset, view.page_config.order_by, columns)

    def get_schema_operation_parameters(self, view: Any) -> list[Parameter]:
        columns = columns_of(view, view.get_queryset().model)
        fields = selection_of(view.get_serializer_class())().fields
        names = sorted(name for name, of in columns.items() if not of.is_to_many)
        page_config = page_config_parameter(names, list(fields))
        return [*(parameter_of(name) for name in columns), page_config]


def refuse_unknown_fields(view: Any, model: type[Model]) -> None:
    """400 for a name in `serialFields` that no field of a row has."""
    names = view.page_config.serial_fields
    if names is None:
        return
    fields = selection_of(view.get_serializer_class())().fields
    for name in names:
        if name not in fields:
            raise no_column(name, model)


def ordered(rows: QuerySet[Any], names: list[str], columns: Columns) -> QuerySet[Any]:
    """By the named columns; the id has the last word, so that the order is total."""
    terms: list[Any] = []
    for name in names:
        column = find(columns, name.removeprefix("-"), rows.model)
        if column.is_to_many:
            find({}, column.name, rows.model)
        terms.append(column.order(is_descending=name.startswith("-")))
    if not terms and not rows.query.order_by and rows.model._meta.ordering == ["id"]:
        return rows  # They are in that order already.
    return rows.order_by(*(terms or rows.query.order_by), "pk")


def parameter_of(name: str) -> Parameter:
    spelled = camel(name)
    return {
        "name": spelled,
        "in": "query",
        "schema": {"type": "array", "items": {"type": "string"}},
        "description": (
            f"A value; or an operator ({OPERATORS}) and a value; or three values and "
            f"more, of which any will do. `{spelled}[]` takes any number of values."
        ),
    }


def page_config_parameter(columns: list[str], fields: list[str]) -> Parameter:
    number = {"type": "integer", "minimum": 0}
    order = [camel(f"{sign}{name}") for name in columns for sign in ("", "-")]
    properties = {
        "orderBy": array_of(order),
        **dict.fromkeys(["pageSize", "limit", "offset"], number),
        "serialFields": array_of([camel(name) for name in fields]),
        "debug": {"type": "boolean"},
    }
    schema = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    return {
        "name": PARAMETERS[0],
        "in": "query",
        "content": {"application/json": {"schema": schema}},
        "description": (
            f"How the list is ordered, cut and shown, up to {MAX_LENGTH} characters."
        ),
    }


def array_of(names: list[str]) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string", "enum": names}}
