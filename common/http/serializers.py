from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import DateField
from rest_framework.serializers import ModelSerializer

from common.http.fields import FIELD_MAPPING


class SentFieldsSerializer(ModelSerializer[Any]):
    """Serializer that updates only the columns of the fields that were sent.

    `save()` of a whole row would undo what another request changed in the meantime.
    """

    serializer_field_mapping = FIELD_MAPPING

    def update(self, instance: Any, validated_data: dict[str, object]) -> Any:
        meta = instance._meta
        lists = {field.name for field in meta.many_to_many} & validated_data.keys()
        columns = validated_data.keys() - lists
        for name in columns:
            setattr(instance, name, validated_data[name])
        # Without columns, save the locked row as it is, which sends the signals.
        updated = columns and columns | auto_now_columns(meta.concrete_fields)
        instance.save(update_fields=updated or None)
        for name in lists:
            getattr(instance, name).set(validated_data[name])
        return instance


def auto_now_columns(fields: Iterable[object]) -> set[str]:
    return {
        field.name
        for field in fields
        if isinstance(field, DateField) and field.auto_now
    }
