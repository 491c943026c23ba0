from __future__ import annotations

from typing import Any

from django.db import models
from rest_framework import serializers

from common.http.serializers import SentFieldsSerializer
from dialects.fields import NaiveDateTimeField


class VerbatimCharField(serializers.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)


class RestlessSerializer(SentFieldsSerializer):
    """The attributes of a resource: columns that are no key of any kind.

    Ids and relationships are the dialect's.
    """

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: VerbatimCharField,
        models.TextField: VerbatimCharField,
        models.DateTimeField: NaiveDateTimeField,
    }
