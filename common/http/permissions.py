"""Permission classes shared by the apps.

`QUINTET_ACCESS` sets what anonymous clients are allowed to do: with `open`, everything
the old APIs allowed; with `closed`, only reading the public catalog.
"""

from __future__ import annotations

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView


def is_open() -> bool:
    return bool(settings.QUINTET_ACCESS == "open")


class IsAuthenticatedOrOpen(BasePermission):
    """Require authentication with `closed`; allow everything with `open`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return is_open() or bool(request.user and request.user.is_authenticated)


class IsAuthenticatedOrOpenOrReadOnly(IsAuthenticatedOrOpen):
    """Permission for everyone to read. With `closed`, writes need authentication."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.method in SAFE_METHODS or super().has_permission(request, view)
