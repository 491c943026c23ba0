from __future__ import annotations

from django.contrib.auth.models import Group
from django.db import transaction

from accounts import trace
from accounts.models import User
from accounts.trace import Verb
from casting.models import Actor, Movie
from casting.roles import ROLES, roles_named
from common.db.locks import lock_row


class UnknownRole(ValueError):
    """The text names no role, or several. The message lists those that it can name."""


def role_named(text: str) -> Group:
    """Return the role with this name or last word. Raise UnknownRole."""
    names = roles_named(text)
    if not names:
        raise UnknownRole(f"Unknown role {text!r}. Valid roles: {', '.join(ROLES)}.")
    if len(names) > 1:
        raise UnknownRole(f"Ambiguous role {text!r}. Choose from: {', '.join(names)}.")
    (name,) = names
    group = Group.objects.filter(name=name).first()
    if group is None:
        raise UnknownRole(
            f"The database has no role {name!r}. Create it with: "
            "python manage.py migrate"
        )
    return group


@transaction.atomic
def assign_role(*, user: User, group: Group) -> bool:
    """Assign a role to a user, and record it. Return whether the user is new in it."""
    if user.groups.filter(pk=group.pk).exists():
        return False
    before = user.roles
    user.groups.add(group)
    trace.record(Verb.CHANGE_RIGHTS, user, {"groups": (before, user.roles)})
    return True


@transaction.atomic
def revoke_role(*, user: User, group: Group) -> bool:
    """Revoke a role, and record it. Return whether the user had it."""
    if not user.groups.filter(pk=group.pk).exists():
        return False
    before = user.roles
    user.groups.remove(group)
    trace.record(Verb.CHANGE_RIGHTS, user, {"groups": (before, user.roles)})
    return True


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
