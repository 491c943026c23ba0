"""Tell which right a user lacks for a request, without sending the request."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import Resolver404, ResolverMatch, resolve
from rest_framework.permissions import (
    BasePermission,
    DjangoModelPermissions,
    IsAdminUser,
)
from rest_framework.views import APIView

LOG_IN = "You need to log in."
STAFF_ONLY = "Requires a staff account."
REFUSED = "You do not have permission to perform this action."

AnyUser = AbstractBaseUser | AnonymousUser


def missing_right(user: AnyUser, method: str, path: str) -> str:
    """Return what the user lacks to send this method to the URL, or "".

    The path has neither the prefix of `SCRIPT_NAME` nor a query string. This asks the
    permission classes of the view. Permissions of single rows, which need the row, are
    not checked, and neither is whether the row exists.
    """
    view = view_of(user, method, path)
    for permission in view.get_permissions() if view else ():
        if not permission.has_permission(view.request, view):
            return describe_refusal(permission, view, method)
    return ""


def view_of(user: AnyUser, method: str, path: str) -> Any:
    """Return the API view that would handle the request, ready for its permissions.

    Return None without such a view, or if it does not allow the method.
    """
    try:
        match = resolve(path)
    except Resolver404:
        return None
    view = unbound_view(match)
    if view is None or not hasattr(view, method.lower()):
        return None
    request = request_of(user, method, path)
    view.setup(request, *match.args, **match.kwargs)
    view.request = view.initialize_request(request, *match.args, **match.kwargs)
    view.request.user = user
    return view


def unbound_view(match: ResolverMatch) -> Any:
    """Return a new view with the handlers of its route; None if it is no API view."""
    view_class = getattr(match.func, "cls", None)
    if view_class is None or not issubclass(view_class, APIView):
        return None
    view: Any = view_class(**getattr(match.func, "initkwargs", {}))
    view.action_map = getattr(match.func, "actions", {})
    for method, action in view.action_map.items():
        setattr(view, method, getattr(view, action))
    return view


def request_of(user: AnyUser, method: str, path: str) -> HttpRequest:
    request = HttpRequest()
    request.method = request.META["REQUEST_METHOD"] = method
    request.path = request.path_info = path
    request.user = user  # type: ignore[assignment]
    return request


def describe_refusal(permission: BasePermission, view: APIView, method: str) -> str:
    """Return why the permission has refused the view's user."""
    requirement = requirement_of(permission, view, method)
    if view.request.user.is_authenticated:
        return requirement or getattr(permission, "message", None) or REFUSED
    return f"{LOG_IN} {requirement}".rstrip()


def requirement_of(permission: BasePermission, view: APIView, method: str) -> str:
    """Return the requirement of the permission, or ""."""
    if describe := getattr(permission, "requirement", None):
        return str(describe(view, method))
    if isinstance(permission, IsAdminUser):
        return STAFF_ONLY
    queryset = getattr(view, "queryset", None)
    if isinstance(permission, DjangoModelPermissions) and queryset is not None:
        names = permission.get_required_permissions(method, queryset.model)
        return f"Requires the permission {' and '.join(f'`{name}`' for name in names)}."
    return ""
