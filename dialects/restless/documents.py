"""Response documents, built from rows that were loaded with everything they show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar
from urllib.parse import quote

from django.conf import settings
from django.db.models import Model, Prefetch
from django.urls import reverse
from rest_framework.request import Request

from dialects.restless.errors import JSONAPI, JSONAPIError, JSONObject, did_you_mean
from dialects.restless.resources import LinkedIds, Relationship, ResourceType, Rows

IncludeTree = dict[str, "IncludeTree"]
Value = TypeVar("Value")
MAX_INCLUDE_DEPTH = 3
FIELDSET = re.compile(r"fields\[(.*)\]", re.DOTALL)


def document(**members: object) -> JSONObject:
    return {**members, "jsonapi": JSONAPI}


def max_linkage() -> int:
    return int(settings.QUINTET_MAX_LINKAGE)


@dataclass(frozen=True)
class DocumentBuilder:
    """Builder of documents with a request's fields, included resources and links.

    `fieldsets` has the names of `fields[TYPE]`, `include` the tree of include paths.
    `has_links` adds links to resources and relationships (`links=true`). A to-many
    relationship is truncated at `max_linkage`, and always has links then.
    """

    fieldsets: Mapping[str, frozenset[str]] = field(default_factory=dict)
    include: IncludeTree | None = None
    has_links: bool = False
    base_path: str = ""
    max_linkage: int = field(default_factory=max_linkage)

    @classmethod
    def from_request(cls, request: Request, resource: ResourceType) -> DocumentBuilder:
        params = request.query_params
        fieldsets = {
            match[1]: frozenset(str(params[name]).split(","))
            for name in params
            if (match := FIELDSET.fullmatch(name))
        }
        include = params.get("include")
        return cls(
            fieldsets=fieldsets,
            include=None if include is None else parse_include(include, resource),
            has_links=parse_links(params.get("links", "false")),
            base_path=base_path(request, resource),
        )

    def has_field(self, resource: ResourceType, name: str) -> bool:
        fieldset = self.fieldsets.get(resource.name)
        return fieldset is None or name in fieldset

    def prefetch(
        self,
        resource: ResourceType,
        rows: Rows,
        include: IncludeTree | None = None,
        *,
        is_whole: bool = False,
    ) -> Rows:
        """Return the rows with their linkage and the rows to include.

        The query of the rows loads linkage; each included relationship takes one more
        query. `is_whole` also loads the linkage that the fieldsets leave
        out, since the version (ETag) covers it.
        """
        tree = (self.include or {}) if include is None else include
        related = resource.relationships
        included = [self.included_prefetch(related[name], tree[name]) for name in tree]
        linkage = self.linkage_annotations(resource, tree, is_whole=is_whole)
        rows = rows.annotate(**linkage)
        return rows.prefetch_related(*included)

    def linkage_annotations(
        self, resource: ResourceType, include: IncludeTree, *, is_whole: bool
    ) -> dict[str, LinkedIds]:
        """Return the ids of to-many relationships without include, by attribute."""
        return {
            relationship.ids_attribute: relationship.ids(self.max_linkage)
            for relationship in resource.to_many
            if relationship.name not in include
            and (is_whole or self.has_field(resource, relationship.name))
        }

    def included_prefetch(
        self, relationship: Relationship, include: IncludeTree
    ) -> Prefetch[str]:
        rows = relationship.target.queryset.order_by("pk")
        rows = self.prefetch(relationship.target, rows, include)
        return relationship.prefetch(rows, self.max_linkage)

    def resource_object(self, resource: ResourceType, row: Model) -> JSONObject:
        attributes, relationships = resource.represent(row), resource.relationships
        if resource.name in self.fieldsets:
            names = self.fieldsets[resource.name]
            attributes = select(attributes, names)
            relationships = select(relationships, names)
        members: JSONObject = {
            "attributes": attributes,
            "relationships": {
                name: self.relationship_object(relationship, row, resource)
                for name, relationship in relationships.items()
            },
        }
        if self.has_links:
            members["links"] = {"self": self.resource_path(resource, row)}
        identifier = {"type": resource.name, "id": str(row.pk)}
        return identifier | {name: value for name, value in members.items() if value}

    def resource_path(self, resource: ResourceType, row: Model) -> str:
        return f"{self.base_path}{resource.name}/{quote(str(row.pk), safe='')}"

    def relationship_object(
        self, relationship: Relationship, row: Model, resource: ResourceType
    ) -> JSONObject:
        linkage, is_cut = relationship.linkage_of(row, self.max_linkage)
        if not (is_cut or self.has_links):
            return {"data": linkage}
        path = self.resource_path(resource, row)
        links = {
            "self": f"{path}/relationships/{relationship.name}",
            "related": f"{path}/{relationship.name}",
        }
        return {"data": linkage, "links": links}

    def resource_members(
        self, resource: ResourceType, row: Model | None, *, keep_empty: bool = True
    ) -> JSONObject:
        """Return `data` and `included` of a document about one resource or null."""
        rows = [] if row is None else [row]
        data = row and self.resource_object(resource, row)
        included = self.included_members(resource, rows, keep_empty=keep_empty)
        return {"data": data, **included}

    def included_members(
        self, resource: ResourceType, rows: Sequence[Model], *, keep_empty: bool
    ) -> JSONObject:
        """Return `included` if the client requested it, without the primary data."""
        if self.include is None:
            return {}
        related = self.related_rows(resource, rows, self.include)
        primary = {(resource.name, row.pk) for row in rows}
        included = self.unique_objects(related, primary)
        return {"included": included} if included or keep_empty else {}

    def linkage_members(
        self,
        relationship: Relationship,
        rows: Sequence[Model],
        include: IncludeTree | None,
    ) -> JSONObject:
        """Return `data` and `included` of a document about resource linkage."""
        identifiers = [relationship.identifier(row.pk) for row in rows]
        to_one = identifiers[0] if identifiers else None
        data = identifiers if relationship.is_to_many else to_one
        if include is None:
            return {"data": data}
        target = relationship.target
        linked = ((target, row) for row in rows)
        related = self.related_rows(target, rows, include)
        return {"data": data, "included": self.unique_objects(chain(linked, related))}

    def related_rows(
        self, resource: ResourceType, rows: Iterable[Model], include: IncludeTree
    ) -> Iterator[tuple[ResourceType, Model]]:
        """Yield the type and row of every resource along the include paths."""
        for name, subtree in include.items():
            relationship = resource.relationships[name]
            lists = (relationship.rows_of(row, self.max_linkage) for row in rows)
            related = {row.pk: row for row in chain.from_iterable(lists)}
            yield from ((relationship.target, row) for row in related.values())
            yield from self.related_rows(relationship.target, related.values(), subtree)

    def unique_objects(
        self,
        related: Iterable[tuple[ResourceType, Model]],
        primary: Set[tuple[str, object]] = frozenset(),
    ) -> list[JSONObject]:
        rows = {(target.name, row.pk): (target, row) for target, row in related}
        return [self.resource_object(*rows[key]) for key in rows if key not in primary]


def select(members: Mapping[str, Value], names: Set[str]) -> dict[str, Value]:
    return {name: value for name, value in members.items() if name in names}


def parse_include(text: str, resource: ResourceType) -> IncludeTree:
    """Return the include paths as a tree. Raise 400 for an unknown or long path."""
    tree: IncludeTree = {}
    for path in filter(None, text.split(",")):
        names = path.split(".")
        if len(names) > MAX_INCLUDE_DEPTH:
            limit = f"more than {MAX_INCLUDE_DEPTH} names"
            raise include_error(f'the path "{path}" has {limit}.')
        level, target = tree, resource
        for name in names:
            if name not in target.relationships:
                raise unknown_relationship_error(name, target)
            level = level.setdefault(name, {})
            target = target.relationships[name].target
    return tree


def unknown_relationship_error(name: str, resource: ResourceType) -> JSONAPIError:
    valid_names = resource.relationships
    return include_error(
        f'unknown relationship "{name}". '
        f"Valid relationships: {', '.join(valid_names) or 'none'}.",
        did_you_mean(name, valid_names),
    )


def include_error(reason: str, meta: JSONObject | None = None) -> JSONAPIError:
    detail = f"Invalid include: {reason}"
    return JSONAPIError(400, "bad_include", detail, parameter="include", meta=meta)


def parse_links(text: str) -> bool:
    if text not in {"true", "false"}:
        detail = f'links must be "true" or "false", not "{text}".'
        raise JSONAPIError(400, "bad_links", detail, parameter="links")
    return text == "true"


def base_path(request: Request, resource: ResourceType) -> str:
    """Return the path below which the router's resource types are."""
    match = request.resolver_match
    namespace = [match.namespace] if match and match.namespace else []
    path = reverse(":".join([*namespace, f"{resource.basename}-list"]))
    return path.removesuffix(resource.name)
