"""OpenAPI of `filter[objects]`: the filter objects of each resource type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent
from rest_framework import serializers

from dialects.restless.filter_objects import MAX_LEVELS, MAX_VALUES, SPELLINGS
from dialects.restless.resources import Column, Relationship, ResourceType
from dialects.restless.schema_parts import (
    TEXT,
    any_of,
    array,
    const,
    enum,
    object_schema,
    pascal_case,
    register,
    title,
)
from dialects.schema import Schema

# The operators that take the same operand, by the name of their component.
OPERATORS = {
    "ComparisonOperator": ("exact", "not_exact", "gt", "gte", "lt", "lte"),
    "PatternOperator": ("like", "not_like", "ilike"),
    "ListOperator": ("in", "not_in"),
    "NullOperator": ("isnull", "not_isnull"),
}


@dataclass(frozen=True)
class FilterComponents:
    """The components of filter objects. They refer to those of related types.

    Each kind of filter object is one: some generators of clients can't follow a
    reference back from a schema without a name.
    """

    registry: ComponentRegistry

    def filters(self, resource: ResourceType) -> Schema:
        """Return a reference to the list that `filter[objects]` takes."""
        schema = array(self.filter_object(resource)) | {
            "description": f"Filter objects for the type `{resource.name}`, which must "
            f"all be true. They can be nested, up to {MAX_LEVELS} levels."
        }
        return self.component(f"{title(resource)}Filters", schema)

    def filter_object(self, resource: ResourceType) -> Schema:
        name = f"{title(resource)}Filter"
        component = ResolvedComponent(
            name, ResolvedComponent.SCHEMA, object={"$ref": name}
        )
        if component not in self.registry:
            # Registered first: filter objects refer to their own type.
            self.registry.register(component)
            component.schema = any_of(*self.kinds(resource, component.ref))
        reference: Schema = component.ref
        return reference

    def kinds(self, resource: ResourceType, own: Schema) -> Iterator[Schema]:
        name = title(resource)
        for kind, schema in self.comparisons(resource):
            yield self.component(name + kind, schema)
        for relationship in resource.relationships.values():
            kind = f"{pascal_case(relationship.name)}Filter"
            yield self.component(name + kind, self.relationship_filter(relationship))
        yield self.component(f"{name}Combination", combination(own))

    def comparisons(self, resource: ResourceType) -> Iterator[tuple[str, Schema]]:
        """Yield the kinds of conditions on a column."""
        columns = resource.columns
        name = self.names(f"{title(resource)}Column", columns)
        texts = [each for each, column in columns.items() if is_text(column)]
        text_name = self.names(f"{title(resource)}TextColumn", texts)
        value = value_schema(columns.values())
        values = array(value) | {"maxItems": MAX_VALUES}
        yield "Comparison", comparison(name, self.operator("ComparisonOperator"), value)
        yield "Pattern", comparison(text_name, self.operator("PatternOperator"), TEXT)
        condition = {"name": name, "op": self.operator("ListOperator"), "val": values}
        yield "ListComparison", object_schema(condition)
        condition = {"name": name, "op": self.operator("NullOperator")}
        yield "NullComparison", object_schema(condition)

    def relationship_filter(self, relationship: Relationship) -> Schema:
        operator = "any" if relationship.is_to_many else "has"
        condition = self.filter_object(relationship.target)
        return object_schema(
            {"name": const(relationship.name), "op": const(operator), "val": condition}
        )

    def operator(self, name: str) -> Schema:
        return self.names(name, operators_in(name))

    def names(self, name: str, values: Iterable[str]) -> Schema:
        return self.component(name, enum(values))

    def component(self, name: str, schema: Schema) -> Schema:
        return register(self.registry, name, schema)


def comparison(name: Schema, operator: Schema, value: Schema) -> Schema:
    """Return the schema of a comparison with either a value or another column."""
    operands = {
        "val": value,
        "field": name | {"description": "Another column, in place of `val`."},
    }
    schema = object_schema({"name": name, "op": operator} | operands, *operands)
    return schema | {"minProperties": 3, "maxProperties": 3}


def combination(own: Schema) -> Schema:
    """Return the schema of filter objects that are joined or negated."""
    several = array(own) | {"minItems": 1}
    members = {"and": several, "or": several, "not": own}
    return object_schema(members, *members) | {"minProperties": 1, "maxProperties": 1}


def operators_in(name: str) -> list[str]:
    """Return all spellings of a group of operators."""
    return " ".join(SPELLINGS[operator] for operator in OPERATORS[name]).split()


def is_text(column: Column) -> bool:
    return isinstance(column.field, serializers.CharField)


def is_moment(column: Column) -> bool:
    return isinstance(column.field, serializers.DateField | serializers.DateTimeField)


JSON_TYPES: dict[type, str] = {
    serializers.BooleanField: "boolean",
    serializers.IntegerField: "integer",
    serializers.FloatField: "number",
    serializers.DecimalField: "number",
}


def value_schema(columns: Iterable[Column]) -> Schema:
    """Return the schema of the values of these columns, which are not null."""
    types = sorted({json_type(column) for column in columns})
    return {"type": types[0] if len(types) == 1 else types}


def json_type(column: Column) -> str:
    kinds = (kind for kind in JSON_TYPES if isinstance(column.field, kind))
    kind = next(kinds, None)
    return "string" if kind is None else JSON_TYPES[kind]
