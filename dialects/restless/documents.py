"""Resource objects, drawn from rows that were loaded with all that they show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.db.models import Model, Prefetch, QuerySet
from django.http import QueryDict

from dialects.restless.errors import VERSION, Refusal
from dialects.restless.resources import Relationship, ResourceType

Paths = dict[str, "Paths"]
MAX_DEPTH = 3
FIELDS = re.compile(r"fields\[(.*)\]", re.DOTALL)


def document(**members: Any) -> dict[str, Any]:
    return {**members, "jsonapi": VERSION}


@dataclass(frozen=True)
class Selection:
    """What the client asked to see: `fields[T]`, and `include` as a tree of names."""

    fields: Mapping[str, frozenset[str]]
    include: Paths | None

    @classmethod
    def of(cls, params: QueryDict, resource: ResourceType) -> Selection:
        fields = {
            match[1]: frozenset(str(params[name]).split(","))
            for name in params
            if (match := FIELDS.fullmatch(name))
        }
        text = params.get("include")
        return cls(fields, None if text is None else tree_of(text, resource))

    def shows(self, resource: ResourceType, name: str) -> bool:
        wanted = self.fields.get(resource.name)
        return wanted is None or name in wanted

    def load(self, resource: ResourceType, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows with all that drawing them needs, one query a relationship."""
        return self.load_along(resource, rows, self.include or {})

    def load_along(
        self, resource: ResourceType, rows: QuerySet[Any], include: Paths
    ) -> QuerySet[Any]:
        prefetches = []
        for name, relation in resource.relationships.items():
            is_linked = relation.is_to_many and self.shows(resource, name)
            if name in include or is_linked:
                related = relation.target.queryset.order_by("pk")
                related = self.related(relation, related, include.get(name))
                prefetches.append(Prefetch(name, related))
        return rows.prefetch_related(*prefetches)

    def related(
        self, relation: Relationship, rows: QuerySet[Any], below: Paths | None
    ) -> QuerySet[Any]:
        """Related rows: whole, if they are included, or enough to name them."""
        if below is not None:
            return self.load_along(relation.target, rows, below)
        # Prefetching needs the foreign key that leads back, besides the id.
        back = [relation.back] if relation.field.one_to_many else []
        return rows.only("pk", *back)

    def draw(self, resource: ResourceType, row: Model) -> dict[str, Any]:
        attributes = {
            name: represent(field, row)
            for name, field in resource.attributes.items()
            if self.shows(resource, name)
        }
        relationships = {
            name: {"data": relation.linkage(row)}
            for name, relation in resource.relationships.items()
            if self.shows(resource, name)
        }
        members = {"attributes": attributes, "relationships": relationships}
        identity = {"type": resource.name, "id": str(row.pk)}
        return identity | {name: found for name, found in members.items() if found}

    def single(
        self, resource: ResourceType, row: Model | None, *, keep_empty: bool = True
    ) -> dict[str, Any]:
        """The members of a document of one resource, or of none."""
        rows = [] if row is None else [row]
        included = self.compound(resource, rows, keep_empty=keep_empty)
        return {"data": row and self.draw(resource, row), **included}

    def compound(
        self, resource: ResourceType, rows: list[Any], *, keep_empty: bool
    ) -> dict[str, Any]:
        """The member `included`, if it was asked for, without the rows themselves."""
        if self.include is None:
            return {}
        related = walk(resource, rows, self.include)
        found = self.draw_once(related, {(resource.name, row.pk) for row in rows})
        return {"included": found} if found or keep_empty else {}

    def linked(
        self, relation: Relationship, rows: list[Any], below: Paths | None
    ) -> dict[str, Any]:
        """The members of a linkage document; what is linked is included, too."""
        data = [relation.identifier(row.pk) for row in rows]
        if below is None:
            return {"data": data}
        linked = ((relation.target, row) for row in rows)
        related = walk(relation.target, rows, below)
        return {"data": data, "included": self.draw_once(chain(linked, related))}

    def draw_once(
        self,
        related: Iterable[tuple[ResourceType, Model]],
        drawn: Set[tuple[str, Any]] = frozenset(),
    ) -> list[dict[str, Any]]:
        found = {(target.name, row.pk): (target, row) for target, row in related}
        return [self.draw(*found[key]) for key in found if key not in drawn]


def represent(field: Any, row: Model) -> Any:
    value = field.get_attribute(row)
    return None if value is None else field.to_representation(value)


def walk(
    resource: ResourceType, rows: Iterable[Model], include: Paths
) -> Iterator[tuple[ResourceType, Model]]:
    """All related rows along the paths, with their types."""
    for name, below in include.items():
        relation = resource.relationships[name]
        related = {found.pk: found for row in rows for found in relation.rows(row)}
        yield from ((relation.target, found) for found in related.values())
        yield from walk(relation.target, related.values(), below)


def tree_of(text: str, resource: ResourceType) -> Paths:
    tree: Paths = {}
    for path in filter(None, text.split(",")):
        names = path.split(".")
        if len(names) > MAX_DEPTH:
            raise bad_include(f"{path} is longer than {MAX_DEPTH} relationships")
        level, at = tree, resource
        for name in names:
            if name not in at.relationships:
                raise bad_include(f"No such relationship {name}")
            level = level.setdefault(name, {})
            at = at.relationships[name].target
    return tree


def bad_include(why: str) -> Refusal:
    return Refusal(400, "bad_include", f"Invalid include: {why}", parameter="include")
