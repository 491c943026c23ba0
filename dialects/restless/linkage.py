"""The ids of related rows, read with the rows themselves."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db.models import OuterRef, QuerySet, TextField
from django.db.models.functions import Cast

from common.expressions import TextList
from common.statements import Extra, Instances
from dialects.restless.resources import Relationship


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
