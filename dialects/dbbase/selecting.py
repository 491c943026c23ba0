"""`serialFields`: only what the named fields show is read."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.relations import PrimaryKeyRelatedField, RelatedField

from dialects.dbbase.columns import no_column


def narrowed(
    rows: QuerySet[Any], fields: dict[str, Any], names: list[str]
) -> QuerySet[Any]:
    """The rows without the columns and relatives that no named field shows.

    A computed field may need any of them, so where one is named all are read.
    """
    columns, relations = set(), set()
    for name in names:
        if name not in fields:
            raise no_column(name, rows.model)
        source = fields[name].source
        if isinstance(fields[name], serializers.BaseSerializer):
            relations.add(source)
        elif shows_column(fields[name], rows.model):
            columns.add(source)
        else:
            return rows
    rows = with_relatives(rows, relations)
    keys = {name for name in relations if is_single(rows.model, name)}
    return rows.only("pk", *columns, *keys)


def shows_column(field: Any, model: type[models.Model]) -> bool:
    if isinstance(field, RelatedField):
        return isinstance(field, PrimaryKeyRelatedField)
    return is_single(model, field.source) and not is_relation(model, field.source)


def is_single(model: type[models.Model], name: str) -> bool:
    """Whether it is a column, or one other row."""
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return field.one_to_one or (field.concrete and not field.many_to_many)


def is_relation(model: type[models.Model], name: str) -> bool:
    """Whether the attribute is another row, not the key of it."""
    field = model._meta.get_field(name)
    return field.is_relation and name == field.name


def with_relatives(rows: Any, relations: set[str]) -> QuerySet[Any]:
    """Without the joins and prefetches that lead elsewhere."""
    joined, fetched = rows.query.select_related, rows._prefetch_related_lookups
    if isinstance(joined, dict):
        paths = [path for path in paths_of(joined) if path[0] in relations]
        rows = rows.select_related(None)
        if paths:
            rows = rows.select_related(*map("__".join, paths))
    kept = [
        lookup
        for lookup in fetched
        if str(getattr(lookup, "prefetch_to", lookup)).split("__")[0] in relations
    ]
    return rows.prefetch_related(None).prefetch_related(*kept)


def paths_of(joined: dict[str, Any]) -> list[list[str]]:
    return [
        [name, *path]
        for name, further in joined.items()
        for path in (paths_of(further) or [[]])
    ]
