"""Who may what: accounts by their roles, callers from outside by their token's claims.

Both are asked about the permissions of Django's models, at each request.
"""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import DjangoModelPermissions
from rest_framework.request import Request

from accounts.external import ExternalUser

# What a token's claim stands for, in the words that the agency gave Auth0.
CLAIMS = {
    "get:actors": "casting.view_actor",
    "post:actors": "casting.add_actor",
    "patch:actors": "casting.change_actor",
    "delete:actors": "casting.delete_actor",
    "get:movies": "casting.view_movie",
    "post:movies": "casting.add_movie",
    "patch:movies": "casting.change_movie",
    "delete:movies": "casting.delete_movie",
}


class CastingPermission(DjangoModelPermissions):
    """Reading takes a role, too; which role may what is in the database."""

    perms_map = {
        **DjangoModelPermissions.perms_map,
        "GET": ["%(app_label)s.view_%(model_name)s"],
        "HEAD": ["%(app_label)s.view_%(model_name)s"],
    }

    def has_permission(self, request: Request, view: Any) -> bool:
        caller: object = request.user
        if not isinstance(caller, ExternalUser):
            return super().has_permission(request, view)
        model = view.get_queryset().model
        needed = self.get_required_permissions(str(request.method), model)
        return rights_of(caller).issuperset(needed)


def rights_of(caller: ExternalUser) -> set[str]:
    return {CLAIMS[claim] for claim in caller.permissions & CLAIMS.keys()}


class BothPermission(CastingPermission):
    """For what tells of actors and movies at once."""

    reading = ["casting.view_actor", "casting.view_movie"]
    perms_map = {**CastingPermission.perms_map, "GET": reading, "HEAD": reading}


class CastPermission(CastingPermission):
    """Who is in a movie is a part of the movie: adding is changing it."""

    changing: list[Any] = ["casting.change_movie"]
    perms_map = {**CastingPermission.perms_map, "POST": changing, "DELETE": changing}
