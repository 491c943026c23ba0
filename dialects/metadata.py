from __future__ import annotations

from typing import Any

from rest_framework.metadata import SimpleMetadata
from rest_framework.request import Request


class DialectMetadata(SimpleMetadata):
    """The response to `OPTIONS`. Only the URL of a row describes its fields."""

    def determine_actions(self, request: Request, view: Any) -> dict[str, Any]:
        # DRF would call get_object() for a PUT that the URL of a list has.
        return super().determine_actions(request, view) if view.names_row else {}
