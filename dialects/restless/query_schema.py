"""OpenAPI of the query parameters.

Lists are texts with a pattern, and `filter[objects]` is a text whose content has a
schema: not all generated clients can send an array as one parameter, or an object.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from drf_spectacular.utils import OpenApiParameter

from dialects.query_params import list_pattern
from dialects.restless.documents import MAX_INCLUDE_DEPTH
from dialects.restless.filter_objects import MAX_TERMS, MAX_VALUES, PARAMETER
from dialects.restless.filter_schema import (
    FilterComponents,
    is_moment,
    value_schema,
)
from dialects.restless.filters import ID_FILTER, ID_LIST, MAX_SORT_FIELDS
from dialects.restless.pagination import (
    AFTER,
    BEFORE,
    DEFAULT_PAGE_SIZE,
    MAX_PAGE_SIZE,
    NUMBER,
    SIZE,
)
from dialects.restless.resources import Relationship, ResourceType
from dialects.restless.schema_parts import TEXT
from dialects.schema import Schema

ONE_OR_SEVERAL = f"One ID, or up to {MAX_VALUES}, separated by commas."
LINKS: Schema = {"type": "boolean"}
PAGE_NUMBER: Schema = {"type": "integer", "minimum": 1}
# Without defaults: generated clients would send them, also with cursors.
PAGE_SIZE: Schema = {"type": "integer", "minimum": 0, "maximum": MAX_PAGE_SIZE}
PAGES = [
    (
        NUMBER,
        PAGE_NUMBER,
        "Page number, from 1. Not with a cursor.",
    ),
    (
        SIZE,
        PAGE_SIZE,
        f"Resources on a page, {DEFAULT_PAGE_SIZE} by default, or as many as "
        f"`{ID_FILTER}` names. 0 returns all, if there are at most 1,000. "
        "A cursor needs at least 1.",
    ),
    (
        AFTER,
        TEXT,
        "Cursor from the link `next` of another page. Empty for the first page.",
    ),
    (
        BEFORE,
        TEXT,
        "Cursor from the link `prev` of another page. Empty for the last page.",
    ),
]


def parameter(name: str, schema: Schema, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, schema, description=description)


def document_parameters(
    types: Iterable[ResourceType], relationships: Iterable[Relationship]
) -> Iterator[OpenApiParameter]:
    """Yield what every document takes. Include paths start with the relationships."""
    yield include_parameter(list(relationships))
    for resource in types:
        names = [*resource.attributes, *resource.relationships]
        yield parameter(
            f"fields[{resource.name}]",
            {"type": "string", "pattern": f"^({list_pattern(names)})?$"},
            f"Fields of `{resource.name}` to return, separated by commas: "
            f"{spelled(names)}. If empty, only `type` and `id`.",
        )
    yield parameter(
        "links",
        LINKS,
        "Whether resources and relationships have `links`, false by default.",
    )


def include_parameter(relationships: list[Relationship]) -> OpenApiParameter:
    pattern = paths_pattern(relationships, MAX_INCLUDE_DEPTH)
    return parameter(
        "include",
        {"type": "string", "pattern": f"^({pattern}(,{pattern})*)?$"},
        "Relationship paths to include, separated by commas. A path starts with "
        f"{spelled(each.name for each in relationships)}. Up to {MAX_INCLUDE_DEPTH} "
        "relationships are joined by dots.",
    )


def paths_pattern(relationships: Iterable[Relationship], depth: int) -> str:
    """Return a pattern of paths along the relationships, such as `author.videos`."""
    parts = []
    for relationship in relationships:
        below = relationship.target.relationships.values() if depth > 1 else ()
        rest = rf"(\.{paths_pattern(below, depth - 1)})?" if below else ""
        parts.append(relationship.name + rest)
    return f"({'|'.join(parts)})"


@dataclass(frozen=True)
class CollectionParameters:
    """The parameters of a collection of one type."""

    resource: ResourceType
    filters: FilterComponents

    def __iter__(self) -> Iterator[OpenApiParameter]:
        for name, schema, description in PAGES:
            yield parameter(name, schema, description)
        yield self.sort()
        yield self.filter_objects()
        # Generated clients would have one name for both parameters.
        text = f"{ONE_OR_SEVERAL} Or send `{ID_LIST}` once for each ID."
        yield parameter(ID_FILTER, TEXT, text)
        yield from self.column_filters()
        for relationship in self.resource.relationships.values():
            yield parameter(
                f"filter[{relationship.name}]",
                TEXT,
                f"{ONE_OR_SEVERAL} A related `{relationship.type}` must have one.",
            )

    def sort(self) -> OpenApiParameter:
        names = [
            *self.resource.columns,
            *(
                f"{relationship.name}.{name}"
                for relationship in self.resource.to_one
                for name in relationship.target.columns
            ),
        ]
        pattern = f"^({list_pattern(names, '-?')})?$"
        return parameter(
            "sort",
            {"type": "string", "pattern": pattern},
            f"Up to {MAX_SORT_FIELDS} fields to sort by, separated by commas. "
            "`id` counts as one, because it ends every order. Prefix a field with `-` "
            f"for descending order. Fields: {spelled(names)}.",
        )

    def filter_objects(self) -> OpenApiParameter:
        schema = {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": self.filters.filters(self.resource),
        }
        return parameter(
            PARAMETER,
            schema,
            f"JSON list of filter objects, which must all be true. Up to {MAX_TERMS} "
            "are allowed. A pattern counts as 3 objects, a relationship as 5.",
        )

    def column_filters(self) -> Iterator[OpenApiParameter]:
        for name, column in self.resource.columns.items():
            if name != "id":
                form = ", in ISO 8601" if is_moment(column) else ""
                schema = value_schema([column])
                yield parameter(f"filter[{name}]", schema, f"Exact `{name}`{form}.")


def spelled(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
