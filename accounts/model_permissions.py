"""Permissions for rows of other users: Django's model permissions.

Superusers may do everything, and staff what their permissions to view, add, change and
delete allow, as in the admin. All other users have only their own rows, and their
permissions are not even read.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_permission_codename
from django.db.models import Model


def has_model_permission(user: Any, action: str, model: type[Model]) -> bool:
    """Return whether the user may do this with all rows of the model.

    The permission to change rows includes viewing them.
    """
    if user.is_superuser or not user.is_staff:
        return bool(user.is_superuser)
    actions = ("view", "change") if action == "view" else (action,)
    options = model._meta
    return any(
        user.has_perm(f"{options.app_label}.{get_permission_codename(each, options)}")
        for each in actions
    )
