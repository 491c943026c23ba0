"""OpenAPI of a list's query string: a condition for each column, and `pageConfig`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from drf_spectacular.extensions import OpenApiFilterExtension
from drf_spectacular.plumbing import ResolvedComponent

from dialects.dbbase.camel_case import to_camel
from dialects.dbbase.columns import Columns, columns_of
from dialects.dbbase.pagination import MAX_ORDER, PARAMETERS
from dialects.openapi_parts import query_parameter
from dialects.schema import Schema

if TYPE_CHECKING:
    from drf_spectacular.openapi import AutoSchema

EXAMPLES = [
    '{"orderBy": ["-id"], "pageSize": 2}',
    '{"orderBy": ["-id"], "pageSize": 2, "offset": 2, "serialFields": ["id"]}',
]
NUMBER = {"type": "integer", "minimum": 0}


class DbbaseFilterExtension(OpenApiFilterExtension):
    """Description of `DbbaseFilterBackend`, which drf-spectacular finds."""

    target_class = "dialects.dbbase.filters.DbbaseFilterBackend"

    def get_schema_operation_parameters(
        self, auto_schema: AutoSchema, *args: object, **kwargs: object
    ) -> list[Schema]:
        view: Any = auto_schema.view
        columns = columns_of(view, view.model)
        parameters = [condition_parameter(to_camel(name)) for name in columns]
        if view.action != "list":  # An export, which has all rows and no pages.
            return parameters
        component = page_config_component(auto_schema, columns)
        auto_schema.registry.register_on_missing(component)
        return [*parameters, page_config_parameter(component.ref)]


def page_config_component(
    auto_schema: AutoSchema, columns: Columns
) -> ResolvedComponent:
    view: Any = auto_schema.view
    serializer = view.get_serializer_class()()
    name = auto_schema.get_serializer_name(serializer, "response")
    ordered = [each for each, column in columns.items() if not column.is_to_many]
    return ResolvedComponent(
        name=f"{name.removesuffix('Serializer')}PageConfig",
        type=ResolvedComponent.SCHEMA,
        schema={
            "type": "object",
            "description": "The object in `pageConfig`. Keys and names can be in "
            "snake_case as well, and numbers can be text.",
            "properties": page_config_properties(ordered, serializer.fields),
            "additionalProperties": False,
        },
        object=type(serializer),
    )


def condition_parameter(name: str) -> Schema:
    """Return the parameter of a column, which may be repeated."""
    return query_parameter(
        name,
        {"type": "array", "items": {"type": "string"}},
        f"Condition on `{name}`: a value, or an operator and a value.",
    )


def page_config_parameter(reference: Schema) -> Schema:
    """Return the parameter: a text, so that clients send it as it is."""
    schema = {
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": reference,
        "examples": EXAMPLES,
    }
    text = "Order, page and fields of the list, as the text of a JSON object."
    return query_parameter(PARAMETERS[0], schema, text)


def page_config_properties(columns: Iterable[str], fields: Iterable[str]) -> Schema:
    """Return the keys for a list that has these fields, ordered by these columns."""
    names = "|".join(re.escape(to_camel(name)) for name in sorted(columns))
    order = {"type": "string", "pattern": f"^-?({names})$"}
    field = {"type": "string", "enum": [to_camel(name) for name in fields]}
    return {
        "orderBy": {"type": "array", "maxItems": MAX_ORDER, "items": order}
        | described(
            "Columns to order by. Prefix a column with `-` for descending order."
        ),
        "pageSize": NUMBER | described("Page size."),
        "limit": NUMBER
        | described("The same as `pageSize`, and takes precedence over it."),
        "offset": NUMBER | described("Number of rows to skip."),
        "serialFields": {"type": "array", "items": field}
        | described("Fields to return. By default, all fields."),
        "debug": {"type": "boolean"}
        | described("Return how the server reads the query string. Only for staff."),
    }


def described(text: str) -> Schema:
    return {"description": text}
