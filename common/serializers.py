from __future__ import annotations

from typing import Any

from django.db import models
from rest_framework import serializers


class SentFieldsSerializer(serializers.ModelSerializer[Any]):
    """Writes the fields sent and no others, for somebody else may be changing those."""

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        meta = instance._meta
        lists = {field.name for field in meta.many_to_many} & validated_data.keys()
        columns = validated_data.keys() - lists
        for name in columns:
            setattr(instance, name, validated_data[name])
        instance.save(update_fields=columns | kept_current(meta.concrete_fields))
        for name in lists:
            getattr(instance, name).set(validated_data[name])
        return instance


def kept_current(fields: Any) -> set[str]:
    """The columns that tell when a row was changed, which no client sends."""
    return {
        field.name
        for field in fields
        if isinstance(field, models.DateField) and field.auto_now
    }
