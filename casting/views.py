"""Actors and movies for three roles, as the casting agency spoke."""

from __future__ import annotations

from casting.models import Actor, Movie
from casting.permissions import CastingPermission
from casting.serializers import ActorSerializer, MovieSerializer
from dialects.envelope import EnvelopeViewSet


class ActorViewSet(EnvelopeViewSet):
    queryset = Actor.objects.all()
    serializer_class = ActorSerializer
    permission_classes = [CastingPermission]
    collection = "actors"


class MovieViewSet(EnvelopeViewSet):
    queryset = Movie.objects.for_api()
    serializer_class = MovieSerializer
    permission_classes = [CastingPermission]
    collection = "movies"
