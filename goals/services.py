from __future__ import annotations

from django.db import IntegrityError, transaction
from rest_framework.exceptions import NotFound

from accounts.models import User
from common.errors import Conflict
from goals.models import Goal


def add_goal(
    *, user: User, name: str, parent_name: str = "", description: str = ""
) -> Goal:
    """A new goal, under the user's goal `parent_name` if one is given.

    Raises NotFound for an unknown parent and Conflict for a name in use.
    """
    try:
        with transaction.atomic():
            lock_tree(user.pk)
            parent = find_parent(user, parent_name) if parent_name else None
            return Goal.objects.create(
                user=user, parent=parent, name=name, description=description
            )
    except IntegrityError:
        raise Conflict(f"{user} already has a goal named {name}.") from None


def find_parent(user: User, name: str) -> Goal:
    parent = Goal.objects.filter(user=user, name=name).first()
    if parent is None:
        raise NotFound(f"{user} has no goal named {name}.")
    return parent


@transaction.atomic
def delete_goal(goal: Goal, *, cascade: bool = False) -> None:
    """Deletes the goal, and with `cascade` all goals below it.

    Raises Conflict where sub-goals stand and `cascade` was not asked for.
    """
    lock_tree(goal.user_id)
    ids = Goal.objects.subtree_ids(goal)
    if len(ids) > 1 and not cascade:
        raise Conflict(
            f"{goal} has sub-goals. Add ?cascade=true to delete them along.",
            code="has_sub_goals",
        )
    Goal.objects.filter(pk__in=ids).delete()


def lock_tree(user_id: int) -> None:
    """Lets one transaction at a time reshape a user's tree; ends with it."""
    User.objects.select_for_update().filter(pk=user_id).first()
