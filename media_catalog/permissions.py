from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from rest_framework.permissions import SAFE_METHODS, DjangoModelPermissions
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.model_permissions import has_model_permission
from accounts.models import User
from common.http.permissions import IsAuthenticatedOrOpenOrReadOnly, is_open


class IsLibrarian(DjangoModelPermissions):
    """Everyone can read. In `closed`, writing requires the model's permission.

    Books have no owners. In `open` everyone can write.
    """

    def requirement(self, view: Any, method: str) -> str:
        """Return the text of the OpenAPI document."""
        if method in SAFE_METHODS or is_open():
            return ""
        names = self.get_required_permissions(method, view.queryset.model)
        return f"Requires the permission {' and '.join(f'`{name}`' for name in names)}."

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.method in SAFE_METHODS or is_open():
            return True
        return bool(super().has_permission(request, view))


class OwnsOrMayWrite(IsAuthenticatedOrOpenOrReadOnly):
    """Permission that requires a user for writes in `closed`; see `may_write()`."""

    def requirement(self, view: Any, method: str) -> str:
        """Return the text of the OpenAPI document."""
        if method in SAFE_METHODS or is_open():
            return ""
        model = view.queryset.model._meta
        action = "delete" if method == "DELETE" else "change"
        permission = f"{model.app_label}.{action}_{model.model_name}"
        return (
            "You can write creators that you have created, and videos and playlists "
            "that belong to them. Your playlists can contain all videos. For resources "
            f"of others, you need the permission `{permission}`."
        )


def may_write(
    user: User | AnonymousUser, rows: Sequence[Model], action: str = "change"
) -> bool:
    """Return whether the user is allowed to change or delete rows of one model.

    In `open` everyone is, as in Flask-Restless; in `closed` the owner, and users with
    the model's permission.
    """
    if is_open() or not rows or has_model_permission(user, action, type(rows[0])):
        return True
    ids = {row.pk for row in rows}
    queryset: Any = type(rows[0])._default_manager.filter(pk__in=ids)
    return bool(queryset.owned_by(user).count() == len(ids))
