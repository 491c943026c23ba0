from __future__ import annotations

from rest_framework.metadata import SimpleMetadata
from rest_framework.request import Request
from rest_framework.views import APIView

from common.http.conditional import ConditionalView


class DialectMetadata(SimpleMetadata):
    """The response to `OPTIONS`. Only the URL of a row describes its fields."""

    def determine_actions(self, request: Request, view: APIView) -> dict[str, object]:
        # DRF would call get_object() for a PUT that the URL of a list has.
        if not (isinstance(view, ConditionalView) and view.is_detail):
            return {}
        return super().determine_actions(request, view)
