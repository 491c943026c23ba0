"""Models as DBBase shows them, whole or by the fields that a client names."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import models, transaction
from rest_framework import serializers

from common.http.errors import Conflict
from common.http.serializers import SentFieldsSerializer
from dialects.dbbase.fields import (
    DbbaseCharField,
    DbbaseDateField,
    DbbaseDateTimeField,
    DbbaseIntegerField,
    MoneyField,
)
from dialects.dbbase.sequences import advance_sequence


class DbbaseModelSerializer(SentFieldsSerializer):
    """A model as DBBase shows it; a client may choose the free id of a new row.

    `Meta.on_request_fields` names those of the fields, all of them read-only, that
    stand in the rows of a list only where `serialFields` names them.
    """

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: DbbaseCharField,
        models.TextField: DbbaseCharField,
        models.IntegerField: DbbaseIntegerField,
        models.SmallIntegerField: DbbaseIntegerField,
        models.PositiveIntegerField: DbbaseIntegerField,
        models.DateField: DbbaseDateField,
        models.DateTimeField: DbbaseDateTimeField,
        models.DecimalField: MoneyField,
    }
    # Whether rows show all that can be named, as the OpenAPI document does.
    is_selection = False
    # The ids in use, where they were looked up for a whole list of new rows.
    taken: set[int] | None = None

    id = DbbaseIntegerField(required=False, allow_null=True, min_value=1)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        if self.is_selection:
            return fields
        named = self.context.get("serial_fields") if self.is_row else None
        if named is None:
            hidden = getattr(self.Meta, "on_request_fields", [])
            return {name: of for name, of in fields.items() if name not in hidden}
        return {name: of for name, of in fields.items() if name in named}

    @property
    def is_row(self) -> bool:
        """Whether it shows what was asked for, and not what is nested in that."""
        parent = self.parent
        if isinstance(parent, serializers.ListSerializer):
            parent = parent.parent
        return parent is None

    def validate_id(self, value: int | None) -> int | None:
        if self.instance is None and value is not None:
            self.refuse_taken(value)
        return value

    def refuse_taken(self, value: int) -> None:
        if not self.is_taken(value):
            return
        echo = getattr(self, "initial_data", {}).get("id", value)
        raise Conflict(
            f"{{'id': {echo!r}}} for {self.Meta.model.__name__} already exists.",
            "id_taken",
        )

    def is_taken(self, pk: int) -> bool:
        if self.taken is None:
            model: Any = self.Meta.model
            return bool(model._default_manager.filter(pk=pk).exists())
        was_taken = pk in self.taken
        self.taken.add(pk)
        return was_taken

    def create(self, validated_data: dict[str, Any]) -> Any:
        if validated_data.get("id") is None:
            validated_data.pop("id", None)
            return self.insert(validated_data)
        with transaction.atomic():
            instance = self.insert(validated_data)
            advance_sequence(instance)
        return instance

    @transaction.atomic
    def insert(self, columns: dict[str, Any]) -> Any:
        """Writes a new row; the place to call a service where it takes several."""
        return super().create(columns)

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        """The URL names the row; an id in the body never moves the change elsewhere."""
        validated_data.pop("id", None)
        return super().update(instance, validated_data)


@cache
def selection_of(serializer_class: type[DbbaseModelSerializer]) -> type:
    """The same serializer with every field that `serialFields` may name."""
    name = serializer_class.__name__.replace("Serializer", "SelectionSerializer")
    return type(name, (serializer_class,), {"is_selection": True})
