"""OpenAPI of requests and responses that no single serializer describes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter
from rest_framework.serializers import Serializer

from dialects.message import NULL, one_or_many
from dialects.openapi_parts import Schema, response_header
from dialects.schema import DialectSchema, Direction
from goals.models import Goal
from goals.serializers import (
    AddedGoalSerializer,
    BranchSerializer,
    GoalSerializer,
    NewGoalSerializer,
)
from goals.services import MAX_ROWS

SVG = "image/svg+xml"
OFFSET = OpenApiParameter(
    "offset",
    {"type": "integer", "minimum": 0},
    description="Number of users to skip. With `flat=1`, number of goals to skip.",
)
GOALS_OFFSET = OpenApiParameter(
    "offset",
    {"type": "integer", "minimum": 0},
    description="Number of goals to skip.",
)
LOCATION = response_header(
    "Location", "URL of the new goal. It is missing if you send a list."
)


def array_of(goals: Schema) -> Schema:
    return {"type": "array", "items": goals}


def by_name(values: Schema, description: str) -> Schema:
    return {
        "type": "object",
        "description": description,
        "additionalProperties": values,
    }


class GoalSchema(DialectSchema):
    def resolve_serializer(
        self, serializer: Any, direction: Direction, bypass_extensions: bool = False
    ) -> ResolvedComponent:
        component = super().resolve_serializer(serializer, direction, bypass_extensions)
        if direction == "request" and getattr(
            serializer, "refuses_other_fields", False
        ):
            component.schema["additionalProperties"] = False
        return component

    def error_statuses(self, operation: Schema) -> set[int]:
        # The other actions conflict with goals above, below, or of the same name.
        statuses = super().error_statuses(operation)
        is_free = self.action in {"complete", "reopen", "archive"}
        return statuses - {409} if is_free else statuses


class PictureSchema(GoalSchema):
    def is_tagged(self, responses: Schema) -> bool:
        """Return whether it is the SVG: an HTML page depends on its user, too."""
        return SVG in responses.get("200", {}).get("content", ())


class GoalsSchema(GoalSchema):
    """The trees, and bodies that are one goal or a list of goals."""

    def get_request_serializer(self) -> Any:
        if self.method != "POST":
            return super().get_request_serializer()
        goal = self.resolve_serializer(NewGoalSerializer, "request").ref
        return {"application/json": one_or_many(goal, MAX_ROWS)}

    def get_response_serializers(self) -> Any:
        if self.method == "GET":
            # The most specific first: some clients take the first that matches.
            rows = array_of(self.ref(GoalSerializer))
            return {200: {"anyOf": [self.detailed_tree(), self.name_tree(), rows]}}
        if self.method == "POST":
            goals = array_of(self.ref(AddedGoalSerializer))
            return {200: {"oneOf": [NULL, goals]}}
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
