from __future__ import annotations

from casting.models import Actor, Movie
from common.serializers import SentFieldsSerializer
from dialects.fields import HttpDateField


class ActorSerializer(SentFieldsSerializer):
    class Meta:
        model = Actor
        fields = ["age", "gender", "id", "name"]


class MovieSerializer(SentFieldsSerializer):
    release_date = HttpDateField()

    class Meta:
        model = Movie
        fields = ["actors", "id", "release_date", "title"]
        extra_kwargs = {"actors": {"required": False}}
