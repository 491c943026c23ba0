"""Who may call what, where it is the same in every app.

`QUINTET_ACCESS` decides about callers without a token: `open` lets them use what
the old systems left open, `closed` lets them read the public catalog only.
"""

from __future__ import annotations

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView


def is_open() -> bool:
    return bool(settings.QUINTET_ACCESS == "open")


class IsAuthenticatedOrOpen(BasePermission):
    """A token in `closed`; anybody in `open`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return is_open() or bool(request.user and request.user.is_authenticated)


class IsPublicCatalog(BasePermission):
    """Anybody reads. Writing takes a token in `closed`, nothing in `open`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.method in SAFE_METHODS or is_open():
            return True
        return bool(request.user and request.user.is_authenticated)
