from __future__ import annotations

from rest_framework import serializers

from casting.models import Actor, Movie
from dialects.fields import HttpDateField


class ActorSerializer(serializers.ModelSerializer[Actor]):
    class Meta:
        model = Actor
        fields = ("age", "gender", "id", "name")


class MovieSerializer(serializers.ModelSerializer[Movie]):
    release_date = HttpDateField()

    class Meta:
        model = Movie
        fields = ("actors", "id", "release_date", "title")
        extra_kwargs = {"actors": {"required": False}}
