"""The ids of related rows, read with the rows themselves."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db import models
from django.db.models import OuterRef, QuerySet, TextField
from django.db.models.functions import Cast

from common.compiled import RowByKey
from common.expressions import TextList
from common.statements import Extra, Instances
from dialects.restless.resources import Relationship, ResourceType

# Of the kinds of primary keys that statements are made for.
KEYS: dict[Any, Any] = {models.IntegerField: int, models.CharField: str}


@lru_cache(maxsize=200)
def linked_row(resource: ResourceType, limit: int) -> RowByKey | None:
    """What reads a row of the type with all its linkage, if one statement does."""
    rows: Any = resource.queryset
    key = resource.model._meta.pk
    kind = next((kind for of, kind in KEYS.items() if isinstance(key, of)), None)
    if kind is None or rows.query.select_related or rows._prefetch_related_lookups:
        return None
    lists = {of.loaded: ids_of(of, limit + 1) for of in resource.to_many}
    linked = rows.annotate(**lists)
    return RowByKey(lambda key: linked.order_by().filter(pk=key), kind)


def with_linkage(
    rows: QuerySet[Any], relations: list[Relationship], limit: int
) -> QuerySet[Any]:
    """The rows with the first ids of each relationship: one more than the limit.

    They are texts, as on the wire.
    """

    found = rows.all()
    found._iterable_class = linked_kind(limit, *relations)
    return found


@lru_cache(maxsize=200)
def linked_kind(limit: int, *relations: Relationship) -> type[Instances]:
    def make() -> dict[str, Any]:
        return {relation.loaded: ids_of(relation, limit + 1) for relation in relations}

    names = tuple(relation.loaded for relation in relations)
    extra = Extra((limit, *relations), names, make)
    return type("Linked", (Instances,), {"extras": (extra,)})


def ids_of(relation: Relationship, most: int) -> TextList:
    rows, key, back = relation.target.queryset, "pk", relation.back
    if relation.field.many_to_many and not rows.query.where:
        # Who is linked exists; the table of links alone tells.
        rows, key, back = links_of(relation)
    found = rows.filter(**{back: OuterRef("pk")}).order_by(key)
    return TextList(found.values(value=Cast(key, TextField()))[:most])


def links_of(relation: Relationship) -> tuple[QuerySet[Any], str, str]:
    """The rows that link, with their columns of the far and of the near side."""
    is_own = relation.field.concrete
    field = relation.field if is_own else relation.field.remote_field
    sides = [f"{field.m2m_reverse_field_name()}_id", f"{field.m2m_field_name()}_id"]
    far, near = sides if is_own else sides[::-1]
    return field.remote_field.through._base_manager.all(), far, near
