from __future__ import annotations

from typing import Self, TypeVar

from django.db import models

# The model. To import it would make a circle.
Row = TypeVar("Row", bound=models.Model)


class ActorQuerySet(models.QuerySet[Row]):
    def with_movie_count(self) -> Self:
        """Annotate `movie_count`, the number of movies of an actor."""
        return self.annotate(movie_count=models.Count("movies"))


class MovieQuerySet(models.QuerySet[Row]):
    def for_api(self) -> Self:
        """Prefetch the cast of each movie."""
        return self.prefetch_related("actors")
