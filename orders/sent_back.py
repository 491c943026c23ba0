"""Writes of issued invoices that change nothing.

Clients may send back what GET shows. So an issued invoice, or an item of one, refuses
only a body that differs.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from common.http.errors import Conflict
from dialects.dbbase import DbbaseParser, DbbaseRenderer, DbbaseViewSet


class SentBackMixin(DbbaseViewSet):
    def update(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Update a draft. Return an issued row that is sent back unchanged."""
        try:
            return super().update(request, *args, **kwargs)
        except Conflict as conflict:
            row = self.get_queryset().filter(pk=self.key["id"]).first()
            if row is None or conflict.get_codes() != "issued":
                raise
            data = self.get_serializer(row).data
            if not is_shown(self.body, data):
                raise
            return Response(data)


def is_shown(body: dict[str, Any], data: Any) -> bool:
    """Return whether the response with these data has all that the body has."""
    raw = DbbaseRenderer().render(data, renderer_context={"response": Response()})
    shown = DbbaseParser().parse(BytesIO(raw))
    return bool(body) and all(
        name in shown and shown[name] == value for name, value in body.items()
    )
