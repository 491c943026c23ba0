from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field

from casting.models import Actor, Movie
from common.db.fields import MAX_INT64
from common.http.numbers import JSONIntegerField
from common.http.serializers import SentFieldsSerializer
from dialects.fields import HttpDateField, IdListField

ACTOR_ID = {"type": "integer", "format": "int64", "minimum": 1}


@extend_schema_field(
    # JavaScript would round the largest id.
    {"type": "array", "items": ACTOR_ID, "description": "IDs of the cast."}
)
class CastField(IdListField):
    """Ids of actors, loaded by one query."""

    child = JSONIntegerField(min_value=1, max_value=MAX_INT64)
    default_error_messages = {
        "does_not_exist": 'Invalid pk "{pk}" - object does not exist.'
    }

    def to_internal_value(self, data: Any) -> list[Actor]:
        ids = super().to_internal_value(data)
        actors = Actor.objects.in_bulk(ids)
        for pk in ids:
            if pk not in actors:
                self.fail("does_not_exist", pk=pk)
        return list(actors.values())


class KeepsUnknownSerializer(SentFieldsSerializer):
    """Serializer that accepts null for an unknown value, so rows can be sent back."""

    def to_internal_value(self, data: Any) -> Any:
        if self.instance is not None and isinstance(data, Mapping):
            data = {
                name: value
                for name, value in data.items()
                if value is not None or not self.is_unknown(name)
            }
        return super().to_internal_value(data)

    def is_unknown(self, name: str) -> bool:
        return name in self.fields and getattr(self.instance, name) is None


class ActorSerializer(KeepsUnknownSerializer):
    class Meta:
        model = Actor
        fields = ["age", "gender", "id", "name"]
        # New rows need an age. Those from an older system may lack it.
        extra_kwargs = {"age": {"required": True, "allow_null": False}}


class MovieSerializer(KeepsUnknownSerializer):
    actors = CastField(required=False)
    release_date = HttpDateField()

    class Meta:
        model = Movie
        fields = ["actors", "id", "release_date", "title"]
