"""Resource objects, drawn from rows that were loaded with all that they show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db.models import Model, QuerySet
from django.urls import reverse
from rest_framework.request import Request

from dialects.restless.errors import VERSION, JSONAPIError, did_you_mean
from dialects.restless.resources import Relationship, ResourceType

Paths = dict[str, "Paths"]
MAX_DEPTH = 3
FIELDS = re.compile(r"fields\[(.*)\]", re.DOTALL)


def document(**members: Any) -> dict[str, Any]:
    return {**members, "jsonapi": VERSION}


def most_linked() -> int:
    return int(settings.QUINTET_MAX_LINKAGE)


@dataclass(frozen=True)
class Selection:
    """What the client asked to see: `fields[T]`, `include` as a tree of names, and
    `links=true`, which gives every resource and relationship its links.

    To-many relationships are cut at the limit; one that is has links in any case, as
    the way to its rest.
    """

    fields: Mapping[str, frozenset[str]]
    include: Paths | None
    has_links: bool = False
    base: str = ""
    limit: int = field(default_factory=most_linked)

    @classmethod
    def of(cls, request: Request, resource: ResourceType) -> Selection:
        params = request.query_params
        fields = {
            match[1]: frozenset(str(params[name]).split(","))
            for name in params
            if (match := FIELDS.fullmatch(name))
        }
        text = params.get("include")
        return cls(
            fields=fields,
            include=None if text is None else tree_of(text, resource),
            has_links=wants_links(params.get("links", "false")),
            base=base_url(request, resource),
        )

    def shows(self, resource: ResourceType, name: str) -> bool:
        wanted = self.fields.get(resource.name)
        return wanted is None or name in wanted

    def load(
        self,
        resource: ResourceType,
        rows: QuerySet[Any],
        include: Paths | None = None,
        *,
        whole: bool = False,
    ) -> QuerySet[Any]:
        """The rows with what drawing them needs, which `include` may say for a part.

        The ids of related rows come in the query of the rows; each relationship that
        is included takes one more. Whole rows have the linkage that `fields` hides.
        """
        paths = (self.include or {}) if include is None else include
        linked = {
            relation.loaded: relation.ids(self.limit)
            for relation in resource.to_many
            if relation.name not in paths
            and (whole or self.shows(resource, relation.name))
        }
        included = []
        for name, below in paths.items():
            relation = resource.relationships[name]
            related = relation.target.queryset.order_by("pk")
            related = self.load(relation.target, related, below)
            included.append(relation.prefetch(related, self.limit))
        return rows.annotate(**linked).prefetch_related(*included)

    def draw(self, resource: ResourceType, row: Model) -> dict[str, Any]:
        attributes = {
            name: value
            for name, value in resource.serializer.to_representation(row).items()
            if self.shows(resource, name)
        }
        relationships = {
            name: self.relationship(relation, row, resource)
            for name, relation in resource.relationships.items()
            if self.shows(resource, name)
        }
        links = {"self": self.url(resource, row)} if self.has_links else {}
        members = {
            "attributes": attributes,
            "relationships": relationships,
            "links": links,
        }
        identity = {"type": resource.name, "id": str(row.pk)}
        return identity | {name: found for name, found in members.items() if found}

    def url(self, resource: ResourceType, row: Model) -> str:
        return f"{self.base}{resource.name}/{quote(str(row.pk), safe='')}"

    def relationship(
        self, relation: Relationship, row: Model, resource: ResourceType
    ) -> dict[str, Any]:
        data, is_cut = relation.linkage(row, self.limit)
        if not (is_cut or self.has_links):
            return {"data": data}
        url = self.url(resource, row)
        links = {
            "self": f"{url}/relationships/{relation.name}",
            "related": f"{url}/{relation.name}",
        }
        return {"data": data, "links": links}

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
        related = self.walk(resource, rows, self.include)
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
        related = self.walk(relation.target, rows, below)
        return {"data": data, "included": self.draw_once(chain(linked, related))}

    def walk(
        self, resource: ResourceType, rows: Iterable[Model], include: Paths
    ) -> Iterator[tuple[ResourceType, Model]]:
        """All linked rows along the paths, with their types."""
        for name, below in include.items():
            relation = resource.relationships[name]
            linked = chain.from_iterable(relation.rows(r, self.limit) for r in rows)
            related = {found.pk: found for found in linked}
            yield from ((relation.target, found) for found in related.values())
            yield from self.walk(relation.target, related.values(), below)

    def draw_once(
        self,
        related: Iterable[tuple[ResourceType, Model]],
        drawn: Set[tuple[str, Any]] = frozenset(),
    ) -> list[dict[str, Any]]:
        found = {(target.name, row.pk): (target, row) for target, row in related}
        return [self.draw(*found[key]) for key in found if key not in drawn]


def plain() -> Selection:
    """A resource as it is where nothing else is asked for."""
    return Selection({}, None)


def tree_of(text: str, resource: ResourceType) -> Paths:
    tree: Paths = {}
    for path in filter(None, text.split(",")):
        names = path.split(".")
        if len(names) > MAX_DEPTH:
            raise bad_include(f"{path} is longer than {MAX_DEPTH} relationships")
        level, at = tree, resource
        for name in names:
            if name not in at.relationships:
                raise no_such_relationship(name, at)
            level = level.setdefault(name, {})
            at = at.relationships[name].target
    return tree


def wants_links(text: str) -> bool:
    if text not in {"true", "false"}:
        raise JSONAPIError(
            400, "bad_links", "links must be true or false", parameter="links"
        )
    return text == "true"


def base_url(request: Request, resource: ResourceType) -> str:
    """The path that the paths of all types start with."""
    match = request.resolver_match
    namespace = [match.namespace] if match and match.namespace else []
    path = reverse(":".join([*namespace, f"{resource.basename}-list"]))
    return path.removesuffix(resource.name)


def no_such_relationship(name: str, resource: ResourceType) -> JSONAPIError:
    near = did_you_mean(name, resource.relationships)
    question = f"; did you mean {near['meta']['did_you_mean']}?" if near else ""
    return bad_include(f"No such relationship {name}{question}", **near)


def bad_include(why: str, **members: Any) -> JSONAPIError:
    detail = f"Invalid include: {why}"
    return JSONAPIError(400, "bad_include", detail, parameter="include", **members)
