"""A list of new rows in one POST.

POST /books  [{"authorId": 3, "title": "…", "pubYear": 1997}, {…}]
201  {"Book": [{"id": 6, …}, {"id": 7, …}]}
400  {"message": [{"item": 1, "title": "…"}, {"item": 3, "missing_columns": […]}]}
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from django.db import transaction
from django.db.models import Model
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from dialects.dbbase.fields import DbbaseKeyField
from dialects.dbbase.sequences import advance_sequence

MAX_NEW_ROWS = 1000


class NewRowsSerializer(serializers.ListSerializer[Any]):
    """Checks and writes all rows by as many queries as a few of them take."""

    child: Any

    def to_internal_value(self, data: Any) -> list[Any]:
        if len(data) <= MAX_NEW_ROWS:
            self.look_up([row for row in data if isinstance(row, dict)])
        return list(super().to_internal_value(data))

    def look_up(self, rows: list[dict[str, Any]]) -> None:
        """Reads whatever the rows refer to, and which of their own ids are taken."""
        for name, field in self.child.fields.items():
            if isinstance(field, DbbaseKeyField) and not field.read_only:
                others: Any = field.get_queryset()
                field.known = others.in_bulk(ids_in(rows, name, field))
        chosen = ids_in(rows, "id", self.child.fields["id"])
        manager = self.child.Meta.model._default_manager
        self.child.taken = set(manager.in_bulk(chosen))

    @transaction.atomic
    def create(self, validated_data: list[dict[str, Any]]) -> list[Any]:
        model = self.child.Meta.model
        rows = [model(**columns) for columns in validated_data]
        with_id = [row for row in rows if row.pk is not None]
        for part in (with_id, [row for row in rows if row.pk is None]):
            model._default_manager.bulk_create(part)
            # Before the database makes ids by itself, it must know the chosen ones.
            if part is with_id and part:
                advance_sequence(max(part, key=pk_of))
        return rows


def ids_in(rows: Iterable[dict[str, Any]], name: str, field: Any) -> set[int]:
    """The ids that stand in the rows; what is none, the row's own check refuses."""
    reader = getattr(field, "pk_field", None) or field
    return set(readable(reader, (row[name] for row in rows if name in row)))


def readable(reader: Any, values: Iterable[Any]) -> Iterator[int]:
    for value in values:
        with suppress(ValidationError, serializers.SkipField):
            if (found := reader.run_validation(value)) is not None:
                yield found


def pk_of(row: Model) -> int:
    return int(row.pk)
