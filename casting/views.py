"""Actors, movies and casts, in the format of the casting agency."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
    extend_schema_view,
)
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import TokenAuthentication
from accounts.external import ExternalTokenAuthentication
from casting.filters import ActorFilter, MovieFilter
from casting.models import Actor, Movie
from casting.permissions import (
    ActorsAndMoviesPermission,
    CastingPermission,
    CastPermission,
)
from casting.serializers import ActorSerializer, MovieSerializer
from casting.services import add_to_cast, remove_from_cast
from dialects.envelope import EnvelopeListViewSet, EnvelopeViewSet
from dialects.envelope.errors import RelatedNotFound

AUTHENTICATION: list[type[BaseAuthentication]] = [
    ExternalTokenAuthentication,
    TokenAuthentication,
    SessionAuthentication,
]
ACTOR_ID = OpenApiParameter("actor_id", int, "path", description="ID of the actor.")
MOVIE_ID = OpenApiParameter("movie_id", int, "path", description="ID of the movie.")


class ActorResource(EnvelopeListViewSet):
    tag = "Casting"
    authentication_classes = AUTHENTICATION
    queryset = Actor.objects.all()
    serializer_class = ActorSerializer
    filterset_class = ActorFilter
    search_fields = ["name"]
    collection = "actors"


class MovieResource(EnvelopeListViewSet):
    tag = "Casting"
    authentication_classes = AUTHENTICATION
    queryset = Movie.objects.for_api()
    serializer_class = MovieSerializer
    filterset_class = MovieFilter
    search_fields = ["title", "actors__name"]
    collection = "movies"


class ActorViewSet(ActorResource, EnvelopeViewSet):
    permission_classes = [CastingPermission]


class MovieViewSet(MovieResource, EnvelopeViewSet):
    permission_classes = [CastingPermission]

    @extend_schema(
        request=None, summary="Add an actor to the cast", parameters=[ACTOR_ID]
    )
    @extend_schema(methods=["POST"], operation_id="addActorToMovie")
    @extend_schema(methods=["PUT"], operation_id="putActorInMovie")
    @action(
        detail=True,
        methods=["post", "put"],
        url_path=r"actors/(?P<actor_id>[0-9]{1,18})",
        permission_classes=[CastPermission],
    )
    def cast(self, request: Request, pk: str, actor_id: str) -> Response:
        """PUT and POST do the same. An actor is in a cast at most once."""
        movie = self.get_object()
        add_to_cast(movie=movie, actor=get_actor(actor_id))
        return self.detail_response(self.read_again(movie))

    @extend_schema(
        request=None,
        operation_id="removeActorFromMovie",
        summary="Remove an actor from the cast",
        parameters=[ACTOR_ID],
    )
    @cast.mapping.delete
    def uncast(self, request: Request, pk: str, actor_id: str) -> Response:
        """Return the movie, even if the actor isn't in its cast."""
        movie = self.get_object()
        remove_from_cast(movie=movie, actor=get_actor(actor_id))
        return self.detail_response(self.read_again(movie))


def get_actor(actor_id: str) -> Actor:
    actor = Actor.objects.filter(pk=actor_id).first()
    if actor is None:
        raise RelatedNotFound({"actor": [f"There is no actor {actor_id}."]})
    return actor


@extend_schema_view(list=extend_schema(parameters=[ACTOR_ID]))
class ActorMoviesViewSet(MovieResource):
    """The movies of an actor."""

    verbose_name, verbose_name_plural = "movie of an actor", "movies of an actor"
    permission_classes = [ActorsAndMoviesPermission]

    def list(self, request: Request, *args: object, **kwargs: object) -> Response:
        get_object_or_404(Actor, pk=self.kwargs["actor_id"])
        return super().list(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Movie]:
        return super().get_queryset().filter(actors=self.kwargs["actor_id"])


@extend_schema_view(list=extend_schema(parameters=[MOVIE_ID]))
class MovieActorsViewSet(ActorResource):
    """The cast of a movie."""

    verbose_name, verbose_name_plural = "actor of a movie", "actors of a movie"
    permission_classes = [ActorsAndMoviesPermission]

    def list(self, request: Request, *args: object, **kwargs: object) -> Response:
        get_object_or_404(Movie, pk=self.kwargs["movie_id"])
        return super().list(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Actor]:
        return super().get_queryset().filter(movies=self.kwargs["movie_id"])
