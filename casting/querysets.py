from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from casting.models import Actor, Movie


class ActorQuerySet(models.QuerySet["Actor"]):
    def with_movie_count(self) -> Self:
        """Annotate `movie_count`, the number of movies of an actor."""
        return self.annotate(movie_count=models.Count("movies"))


class MovieQuerySet(models.QuerySet["Movie"]):
    def for_api(self) -> Self:
        """Prefetch the cast of each movie."""
        return self.prefetch_related("actors")
