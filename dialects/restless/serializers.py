from __future__ import annotations

from typing import Any

from django.db import models
from rest_framework import serializers

from dialects.fields import NaiveDateTimeField


class VerbatimCharField(serializers.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)


class RestlessSerializer(serializers.ModelSerializer):
    """The attributes of a resource: columns that are no key of any kind.

    Ids and relationships are the dialect's. Only what was sent is written.
    """

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: VerbatimCharField,
        models.TextField: VerbatimCharField,
        models.DateTimeField: NaiveDateTimeField,
    }

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        for name, value in validated_data.items():
            setattr(instance, name, value)
        instance.save(update_fields=validated_data)
        return instance
