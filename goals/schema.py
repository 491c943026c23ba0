"""What of the goals' answers cannot be told by one serializer."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer

from dialects.message import NULL
from dialects.schema import DialectSchema
from goals.serializers import (
    AddedGoalSerializer,
    BranchSerializer,
    GoalSerializer,
    NewGoalSerializer,
)

TREE = {
    "type": "object",
    "description": "User names, below each the goals, below each its sub-goals.",
    "additionalProperties": {"type": "object", "additionalProperties": {}},
}
OFFSET = OpenApiParameter(
    "offset",
    {"type": "integer", "minimum": 0},
    description="Users, in the flat form rows, to skip; `Link` leads on by it.",
)
LOCATION = OpenApiParameter(
    "Location",
    OpenApiTypes.URI,
    OpenApiParameter.HEADER,
    response=[200],
    description="The URL of the new goal; none for a list.",
)
NEW_GOALS = {
    "application/json": PolymorphicProxySerializer(
        component_name="NewGoals",
        serializers=[NewGoalSerializer, NewGoalSerializer(many=True)],
        resource_type_field_name=None,
        many=False,
    ),
    "application/x-www-form-urlencoded": NewGoalSerializer,
    "multipart/form-data": NewGoalSerializer,
}


class GoalsSchema(DialectSchema):
    """The forms of the tree, and what the POST of one goal and of a list answer."""

    def get_response_serializers(self) -> Any:
        if self.method == "GET":
            return {200: {"anyOf": [TREE, self.details(), self.rows(GoalSerializer)]}}
        if self.method == "POST":
            return {200: {"anyOf": [NULL, self.rows(AddedGoalSerializer)]}}
        return super().get_response_serializers()

    def details(self) -> dict[str, Any]:
        branch = self.resolve_serializer(BranchSerializer, "response").ref
        return {
            "type": "object",
            "description": "The same with `?detail=1`.",
            "additionalProperties": {"type": "object", "additionalProperties": branch},
        }

    def rows(self, row: Any) -> dict[str, Any]:
        return {
            "type": "array",
            "items": self.resolve_serializer(row, "response").ref,
        }
