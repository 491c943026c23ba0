from __future__ import annotations

from casting.models import Actor, Movie
from common.resources import SheetResource


class ActorResource(SheetResource):
    class Meta(SheetResource.Meta):
        model = Actor
        fields = ("id", "name", "age", "gender")


class MovieResource(SheetResource):
    class Meta(SheetResource.Meta):
        model = Movie
        fields = ("id", "title", "release_date", "actors")
