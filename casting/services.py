"""The cast of a movie, one actor at a time."""

from __future__ import annotations

from django.db import transaction
from django.shortcuts import get_object_or_404

from casting.models import Actor, Movie


@transaction.atomic
def add_to_cast(*, movie: Movie, actor: Actor) -> None:
    """Adds the actor unless they are in the cast already, and saves the movie.

    Raises IntegrityError when either of them is being deleted.
    """
    row = locked(movie)
    row.actors.add(actor)
    row.save()


@transaction.atomic
def remove_from_cast(*, movie: Movie, actor: Actor) -> None:
    """Removes the actor if they are in the cast, and saves the movie."""
    row = locked(movie)
    row.actors.remove(actor)
    row.save()


def locked(movie: Movie) -> Movie:
    """Returns the movie as it is now, locked. Raises Http404 if it is gone."""
    return get_object_or_404(Movie.objects.select_for_update(no_key=True), pk=movie.pk)
