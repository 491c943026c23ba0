"""The cast of a movie, one actor at a time."""

from __future__ import annotations

from django.db import transaction
from django.shortcuts import get_object_or_404

from casting.models import Actor, Movie


@transaction.atomic
def add_to_cast(*, movie: Movie, actor: Actor) -> None:
    """Whoever is in the cast already stays.

    Raises IntegrityError when either of them is being deleted.
    """
    hold(movie)
    movie.actors.add(actor)


@transaction.atomic
def remove_from_cast(*, movie: Movie, actor: Actor) -> None:
    """Whoever is not in the cast stays out of it."""
    hold(movie)
    movie.actors.remove(actor)


def hold(movie: Movie) -> None:
    """Whoever changes the movie, too, waits; 404 where it is gone."""
    get_object_or_404(Movie.objects.select_for_update(no_key=True), pk=movie.pk)
