from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from rest_framework import serializers


class SentFieldsSerializer(serializers.ModelSerializer[Any]):
    """Updates the columns that were sent and no others.

    `save()` of a whole row would undo what another request changed in the meantime.
    """

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        meta = instance._meta
        lists = {field.name for field in meta.many_to_many} & validated_data.keys()
        columns = validated_data.keys() - lists
        for name in columns:
            setattr(instance, name, validated_data[name])
        # Without columns, the row is saved as it was read and locked: for the signals.
        sent = columns and columns | auto_now_columns(meta.concrete_fields)
        instance.save(update_fields=sent or None)
        for name in lists:
            getattr(instance, name).set(validated_data[name])
        return instance


def auto_now_columns(fields: Iterable[Any]) -> set[str]:
    """The columns that tell when a row was changed, which no client sends."""
    return {
        field.name
        for field in fields
        if isinstance(field, models.DateField) and field.auto_now
    }
