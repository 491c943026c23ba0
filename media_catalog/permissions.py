from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework.permissions import SAFE_METHODS, DjangoModelPermissions
from rest_framework.request import Request
from rest_framework.views import APIView

from common.http.permissions import is_open


class IsLibrarian(DjangoModelPermissions):
    """Books have no owners: in `closed`, writing takes the model's permission.

    Staff may write without it; anybody reads, and in `open` anybody writes.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.method in SAFE_METHODS or is_open() or request.user.is_staff:
            return True
        return bool(super().has_permission(request, view))


def may_change(user: Any, rows: Sequence[Any]) -> bool:
    """Whether the caller may change rows of one model.

    In `open` anybody may, as in the old system; in `closed` the owner and staff.
    """
    if is_open() or user.is_staff or not rows:
        return True
    ids = {row.pk for row in rows}
    queryset = type(rows[0])._default_manager.filter(pk__in=ids)
    return bool(queryset.owned_by(user).count() == len(ids))
