"""OpenAPI of responses that no single serializer describes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer
from rest_framework.serializers import Serializer

from dialects.message import NULL
from dialects.schema import DialectSchema
from goals.models import Goal
from goals.serializers import (
    AddedGoalSerializer,
    BranchSerializer,
    GoalSerializer,
    NewGoalSerializer,
)

TREE = {
    "type": "object",
    "description": "Users by name, their goals by name, and so on.",
    "additionalProperties": {"type": "object", "additionalProperties": {}},
}
OFFSET = OpenApiParameter(
    "offset",
    {"type": "integer", "minimum": 0},
    description="Number of users to skip; with `flat=1`, of goals.",
)
LOCATION = OpenApiParameter(
    "Location",
    OpenApiTypes.URI,
    OpenApiParameter.HEADER,
    response=[200],
    description="URL of the new goal; missing if you send a list.",
)
NEW_GOALS = {
    "application/json": PolymorphicProxySerializer(
        component_name="NewGoals",
        serializers=[NewGoalSerializer, NewGoalSerializer(many=True)],
        resource_type_field_name=None,
        many=False,
    ),
}


class GoalsSchema(DialectSchema):
    def get_response_serializers(self) -> Any:
        if self.method == "GET":
            rows = self.array_of(GoalSerializer)
            return {200: {"anyOf": [TREE, self.detailed_tree(), rows]}}
        if self.method == "POST":
            return {200: {"anyOf": [NULL, self.array_of(AddedGoalSerializer)]}}
        return super().get_response_serializers()

    def detailed_tree(self) -> dict[str, object]:
        branch = self.resolve_serializer(BranchSerializer, "response").ref
        return {
            "type": "object",
            "description": "The tree with `?detail=1`.",
            "additionalProperties": {"type": "object", "additionalProperties": branch},
        }

    def array_of(self, serializer_class: type[Serializer[Goal]]) -> dict[str, object]:
        return {
            "type": "array",
            "items": self.resolve_serializer(serializer_class, "response").ref,
        }
