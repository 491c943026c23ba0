"""Ids are texts on the wire and of the primary key's own type in the database."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from rest_framework import serializers

from common.http.json import UNSTORABLE
from dialects.restless.serializers import VerbatimCharField

# As far as a database's integers go.
INT64 = 2**63 - 1


def key_of(model: Any, text: str) -> Any:
    """The id as a key of the model, or None for what can be none of its keys."""
    if UNSTORABLE.search(text):
        return None
    try:
        key = model._meta.pk.to_python(text)
    except ValidationError:
        return None
    return None if isinstance(key, int) and abs(key) > INT64 else key


def key_field(model: Any) -> Any:
    """The field that reads ids of the model in a filter."""
    if isinstance(model._meta.pk, models.IntegerField):
        return serializers.IntegerField(min_value=-INT64, max_value=INT64)
    if isinstance(model._meta.pk, models.UUIDField):
        return serializers.UUIDField()
    return VerbatimCharField(allow_blank=True)
