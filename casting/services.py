"""The cast of a movie, one actor at a time."""

from __future__ import annotations

from django.db import transaction

from casting.models import Actor, Movie
from common.db.locks import lock_row


@transaction.atomic
def add_to_cast(*, movie: Movie, actor: Actor) -> None:
    """Adds the actor unless they are in the cast already, and saves the movie.

    Raises IntegrityError when either of them is being deleted.
    """
    row = lock_row(movie)
    row.actors.add(actor)
    row.save()


@transaction.atomic
def remove_from_cast(*, movie: Movie, actor: Actor) -> None:
    """Removes the actor if they are in the cast, and saves the movie."""
    row = lock_row(movie)
    row.actors.remove(actor)
    row.save()
