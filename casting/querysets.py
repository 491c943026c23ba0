from __future__ import annotations

from typing import Self

from django.db import models


class ActorQuerySet(models.QuerySet):
    def with_movie_count(self) -> Self:
        """Actors with `movie_count`, the number of movies that they are in."""
        return self.annotate(movie_count=models.Count("movies"))


class MovieQuerySet(models.QuerySet):
    def for_api(self) -> Self:
        """Movies with their cast, in two queries."""
        return self.prefetch_related("actors")
