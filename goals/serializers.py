from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User
from accounts.querysets import MAX_NAME_LENGTH
from accounts.serializers import password_field
from common.db.fields import MAX_INT32, MAX_INT64
from goals.models import Goal
from goals.trees import MAX_PATH


class EmptyAsNullField(serializers.Field[Any, Any, Any, Any]):
    """A field for which an empty string, all that a form can send, is null."""

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return super().validate_empty_values(None if data == "" else data)


class DueField(EmptyAsNullField, serializers.DateField):
    default_error_messages = {"invalid": "A date is expected, such as 2026-12-24."}


class WholeNumberField(EmptyAsNullField, serializers.IntegerField):
    default_error_messages = {"invalid": "A whole number is expected."}


class PositionField(WholeNumberField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=-MAX_INT32 - 1, max_value=MAX_INT32, **kwargs)


class ParentField(WholeNumberField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_INT64, **kwargs)


class GoalReferenceSerializer(serializers.Serializer[Goal]):
    """A goal by its name. The default for `user` is the authenticated user."""

    user = serializers.CharField(max_length=MAX_NAME_LENGTH, required=False)
    name = serializers.CharField(max_length=Goal.MAX_NAME_LENGTH)


class NewGoalSerializer(GoalReferenceSerializer):
    parent_name = serializers.CharField(
        max_length=Goal.MAX_NAME_LENGTH,
        required=False,
        allow_blank=True,
        allow_null=True,
    )
    description = serializers.CharField(
        max_length=Goal.MAX_DESCRIPTION_LENGTH,
        required=False,
        allow_blank=True,
        allow_null=True,
    )
    due = DueField(required=False, allow_null=True)
    position = PositionField(required=False, allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Require `user` from anonymous clients."""
        fields = super().get_fields()
        request = self.context.get("request")
        fields["user"].required = not (request and request.user.is_authenticated)
        return fields


class GoalChangeSerializer(serializers.Serializer[Goal]):
    """Body of PATCH.

    To clear `due`, `position` or `parent`, send null or an empty string.
    """

    name = serializers.CharField(max_length=Goal.MAX_NAME_LENGTH, required=False)
    description = serializers.CharField(
        max_length=Goal.MAX_DESCRIPTION_LENGTH, required=False, allow_blank=True
    )
    due = DueField(required=False, allow_null=True)
    parent = ParentField(  # type: ignore[assignment]
        required=False, allow_null=True, help_text="ID of another goal."
    )
    position = PositionField(required=False, allow_null=True)


DETAIL_FIELDS = [
    "id",
    "description",
    "status",
    "overdue",
    "start",
    "end",
    "due",
    "archived",
    "position",
    "progress",
]


@extend_schema_field({"type": "string", "pattern": "^(open|done)$"})
class StatusField(serializers.CharField):
    """`open` or `done`: a pattern, since an enum would share its name with others."""


class GoalDetailSerializer(serializers.ModelSerializer[Goal]):
    status = StatusField(read_only=True)
    overdue = serializers.BooleanField(source="is_overdue", read_only=True)
    archived = serializers.DateTimeField(
        source="archived_since",
        allow_null=True,
        read_only=True,
        help_text="Time when the goal, or a goal above it, was archived.",
    )
    progress = serializers.FloatField(
        allow_null=True,
        read_only=True,
        help_text="Fraction of non-archived sub-goals, of all levels, that are done; "
        "null if there are none.",
    )

    class Meta:
        model = Goal
        fields = DETAIL_FIELDS


class BranchSerializer(GoalDetailSerializer):
    """A goal in a tree with details."""

    goals = serializers.SerializerMethodField()

    class Meta:
        model = Goal
        fields = [*DETAIL_FIELDS, "goals"]

    @extend_schema_field(
        {
            "type": "object",
            "additionalProperties": {"$ref": "#/components/schemas/Branch"},
        }
    )
    def get_goals(self, goal: Goal) -> dict[str, Any]:
        return {}  # `trees.nest()` fills it.


class GoalSerializer(GoalDetailSerializer):
    """A goal on its own or in a flat list."""

    user = serializers.CharField(source="user.name", read_only=True)
    parent = serializers.IntegerField(  # type: ignore[assignment]
        source="parent_id", allow_null=True, read_only=True
    )
    depth = serializers.IntegerField(
        read_only=True, help_text="Level in the tree, from 1."
    )
    path = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="Names from the top of the tree to the goal; "
        f"the last {MAX_PATH} of a longer path.",
    )

    class Meta:
        model = Goal
        fields = ["id", "user", "parent", "depth", "path", "name", *DETAIL_FIELDS[1:]]


class AddedGoalSerializer(serializers.ModelSerializer[Goal]):
    class Meta:
        model = Goal
        fields = ["id", "name"]


class UserSerializer(serializers.ModelSerializer[User]):
    email = serializers.EmailField(max_length=120)
    password = password_field()

    class Meta:
        model = User
        fields = ["id", "name", "email", "password"]
        # The database checks uniqueness: 409 instead of 400.
        extra_kwargs: dict[str, Any] = {"name": {"validators": []}}

    def create(self, validated_data: dict[str, Any]) -> User:
        return User.objects.create_user(**validated_data)
