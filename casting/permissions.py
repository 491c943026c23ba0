"""Permissions of users, by their roles, and of external callers, by their claims.

Both are permissions of Django's models, checked at each request.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework.permissions import DjangoModelPermissions
from rest_framework.request import Request

from accounts.external import ExternalUser
from casting.roles import roles_with

# Entries of a token's claim `permissions`, as in the agency's Auth0 account, and the
# permissions of Django that they stand for.
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
    """Permission that requires those of `perms_map`, for reading as well."""

    perms_map = {
        **DjangoModelPermissions.perms_map,
        "GET": ["%(app_label)s.view_%(model_name)s"],
        "HEAD": ["%(app_label)s.view_%(model_name)s"],
    }

    def requirement(self, view: Any, method: str) -> str:
        """Return the text of the OpenAPI document."""
        required = self.get_required_permissions(method, view.queryset.model)
        text = f"Requires one of the roles: {', '.join(roles_with(required))}."
        if not settings.OIDC_ISSUER:
            return text
        claims = [f"`{claim}`" for claim, name in CLAIMS.items() if name in required]
        return (
            f"{text} A token of the identity provider needs {' and '.join(claims)} in "
            "its claim `permissions`."
        )

    def has_permission(self, request: Request, view: Any) -> bool:
        user: object = request.user
        if not isinstance(user, ExternalUser):
            return super().has_permission(request, view)
        model = view.get_queryset().model
        required = self.get_required_permissions(str(request.method), model)
        return permissions_of(user).issuperset(required)


def permissions_of(caller: ExternalUser) -> set[str]:
    return {CLAIMS[claim] for claim in caller.permissions & CLAIMS.keys()}


class ActorsAndMoviesPermission(CastingPermission):
    """Permission to view both models."""

    view_both = ["casting.view_actor", "casting.view_movie"]
    perms_map = {**CastingPermission.perms_map, "GET": view_both, "HEAD": view_both}


class CastPermission(CastingPermission):
    """Permission to change movies, since the cast is a part of a movie."""

    change_movie = ["casting.change_movie"]
    perms_map = {
        **CastingPermission.perms_map,
        "POST": change_movie,
        "DELETE": change_movie,
    }
