"""OpenAPI of requests and responses that no single serializer describes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.serializers import Serializer

from dialects.message import NULL
from dialects.schema import DialectSchema, Schema
from goals.models import Goal
from goals.serializers import (
    AddedGoalSerializer,
    BranchSerializer,
    GoalSerializer,
    NewGoalSerializer,
)

MAX_ROWS = 1000
OFFSET = OpenApiParameter(
    "offset",
    {"type": "integer", "minimum": 0},
    description="Number of users to skip. With `flat=1`, number of goals to skip.",
)
LOCATION = OpenApiParameter(
    "Location",
    OpenApiTypes.URI,
    OpenApiParameter.HEADER,
    response=[200],
    description="URL of the new goal. It is missing if you send a list.",
)


def array_of(goals: Schema) -> Schema:
    return {"type": "array", "items": goals}


def by_name(values: Schema, description: str) -> Schema:
    return {
        "type": "object",
        "description": description,
        "additionalProperties": values,
    }


class GoalsSchema(DialectSchema):
    """The trees, and bodies that are one goal or a list of goals."""

    def get_request_serializer(self) -> Any:
        if self.method != "POST":
            return super().get_request_serializer()
        goal = self.resolve_serializer(NewGoalSerializer, "request").ref
        rows = array_of(goal) | {"minItems": 1, "maxItems": MAX_ROWS}
        return {"application/json": {"oneOf": [goal, rows]}}

    def get_response_serializers(self) -> Any:
        if self.method == "GET":
            # The most specific first: some clients take the first that matches.
            rows = array_of(self.ref(GoalSerializer))
            return {200: {"anyOf": [self.detailed_tree(), self.name_tree(), rows]}}
        if self.method == "POST":
            return {200: {"oneOf": [NULL, array_of(self.ref(AddedGoalSerializer))]}}
        return super().get_response_serializers()

    def name_tree(self) -> Schema:
        itself = {"$ref": "#/components/schemas/GoalNames"}
        names = self.component("GoalNames", by_name(itself, "Sub-goals by name."))
        tree = by_name(names, "Goals by the name of their user, and by their own.")
        return self.component("GoalTree", tree)

    def detailed_tree(self) -> Schema:
        goals = by_name(self.ref(BranchSerializer), "Top-level goals by name.")
        tree = by_name(goals, "Goals with details, by the name of their user.")
        return self.component("DetailedGoalTree", tree)

    def ref(self, serializer_class: type[Serializer[Goal]]) -> Schema:
        reference: Schema = self.resolve_serializer(serializer_class, "response").ref
        return reference

    def component(self, name: str, schema: Schema) -> Schema:
        component = ResolvedComponent(name, ResolvedComponent.SCHEMA, schema, schema)
        self.registry.register_on_missing(component)
        reference: Schema = component.ref
        return reference
