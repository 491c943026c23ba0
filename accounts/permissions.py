"""The views' part of `model_permissions.py`."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.model_permissions import has_model_permission

# The action on the row that the URL names. A POST to it, such as `/cancel`, changes it.
ACTIONS = {"POST": "change", "PUT": "change", "PATCH": "change", "DELETE": "delete"}


def action_of(request: Request) -> str:
    return ACTIONS.get(str(request.method), "view")


def check_owner(user: Any, action: str, model: type[Model], owner_id: object) -> None:
    """Raise PermissionDenied if the user may not do this with rows of this owner.

    Anonymous users may, where the view's permissions let them in.
    """
    is_owner = not user.is_authenticated or owner_id == user.pk
    if not is_owner and not has_model_permission(user, action, model):
        raise PermissionDenied


class OwnsOrHasModelPermission(BasePermission):
    """Permission that refuses staff who can only view the row of another user.

    `visible_to()` hides the rows of others from all users who may not view them.
    """

    def requirement(self, view: APIView, method: str) -> str:
        """Return the text of the OpenAPI document."""
        if method in SAFE_METHODS:
            return ""
        return "Staff need the model permission for rows of other users."

    def has_object_permission(self, request: Request, view: APIView, obj: Any) -> bool:
        user, model = request.user, type(obj)
        if not user.is_staff or has_model_permission(user, action_of(request), model):
            return True
        rows = model._default_manager.filter(pk=obj.pk)
        return bool(rows.owned_by(user).exists())
