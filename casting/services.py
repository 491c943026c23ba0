from __future__ import annotations

from django.db import transaction

from accounts import trace
from accounts.trace import Verb
from casting.models import Actor, Movie
from common.db.locks import lock_row


@transaction.atomic
def add_to_cast(*, movie: Movie, actor: Actor) -> None:
    """Add an actor to the cast, without effect if they are in it, and save the movie.

    Raise IntegrityError if another transaction deletes the actor.
    """
    row = lock_row(movie)
    is_new = not row.actors.filter(pk=actor.pk).exists()
    row.actors.add(actor)
    row.save()
    if is_new:
        trace.record(Verb.ADD_TO_CAST, row, {"actors": (None, str(actor))})


@transaction.atomic
def remove_from_cast(*, movie: Movie, actor: Actor) -> None:
    """Remove an actor from the cast, if they are in it, and save the movie."""
    row = lock_row(movie)
    was_in_cast = row.actors.filter(pk=actor.pk).exists()
    row.actors.remove(actor)
    row.save()
    if was_in_cast:
        trace.record(Verb.REMOVE_FROM_CAST, row, {"actors": (str(actor), None)})
