from __future__ import annotations

from django.db import transaction

from casting.models import Actor, Movie
from common.db.locks import lock_row


@transaction.atomic
def add_to_cast(*, movie: Movie, actor: Actor) -> None:
    """Add an actor to the cast, without effect if they are in it, and save the movie.

    Raise IntegrityError if another transaction deletes the actor.
    """
    row = lock_row(movie)
    row.actors.add(actor)
    row.save()


@transaction.atomic
def remove_from_cast(*, movie: Movie, actor: Actor) -> None:
    """Remove an actor from the cast, if they are in it, and save the movie."""
    row = lock_row(movie)
    row.actors.remove(actor)
    row.save()
