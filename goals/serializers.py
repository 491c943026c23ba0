from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import APIException

from accounts.fields import NameField, NewAddressField
from accounts.models import User
from accounts.passwords import validate_first_password
from accounts.querysets import MAX_NAME_LENGTH
from accounts.registration import create_account
from accounts.serializers import password_field
from common.db.fields import MAX_INT32, MAX_INT64
from common.http.fields import DateField, DateTimeField, IntegerField
from dialects.query_params import unknown_name_message
from goals.models import Goal
from goals.query_params import FlagField
from goals.services import (
    InvalidRows,
    add_goal,
    add_goals,
    change_goal,
    complete_goal,
)
from goals.trees import MAX_PATH


class EmptyAsNullField(serializers.Field[Any, Any, Any, Any]):
    """A field for which an empty string, all that a form can send, is null."""

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return super().validate_empty_values(None if data == "" else data)


class DueField(EmptyAsNullField, DateField):
    default_error_messages = {"invalid": "A date is expected, such as 2026-12-24."}


class WholeNumberField(EmptyAsNullField, IntegerField):
    default_error_messages = {"invalid": "A whole number is expected."}


class PositionField(WholeNumberField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=-MAX_INT32 - 1, max_value=MAX_INT32, **kwargs)


class ParentField(WholeNumberField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_INT64, **kwargs)


class EndField(EmptyAsNullField, DateTimeField):
    default_error_messages = {
        "invalid": "A time is expected, such as 2026-12-24T18:00:00Z."
    }

    def __init__(self) -> None:
        super().__init__(
            required=False,
            allow_null=True,
            help_text="Time of completion, by default now. In UTC without an offset.",
        )


class StrictSerializer(serializers.Serializer[Any]):
    """Serializer that refuses fields without an effect: unknown and read-only ones."""

    # For the OpenAPI document.
    refuses_other_fields = True
    # Sent by the forms of the browsable API.
    ignored_names = {"csrfmiddlewaretoken"}

    def to_internal_value(self, data: Mapping[str, object]) -> dict[str, object]:
        values = dict(super().to_internal_value(data))
        valid = [name for name, field in self.fields.items() if not field.read_only]
        for name in data.keys() - {*valid, *self.ignored_names}:
            self.check_other_field(name, data[name], valid)
        return values

    def check_other_field(self, name: str, value: object, valid: list[str]) -> None:
        text = "Unknown field. There are no valid fields."
        if valid:
            text = unknown_name_message("field", name, valid)
        raise serializers.ValidationError({name: [text]})


class NoFieldsSerializer(StrictSerializer):
    """The body of an action without arguments."""


class GoalReferenceSerializer(StrictSerializer):
    """A goal by its name. The default for `user` is the authenticated user."""

    user = NameField(
        max_length=MAX_NAME_LENGTH,
        required=False,
        help_text="Name of the goal's user, by default you. Anonymous clients have to "
        "send it where several users have a goal of this name, or for a new goal.",
    )
    name = serializers.CharField(
        max_length=Goal.MAX_NAME_LENGTH, help_text="Name of the goal."
    )


class NewGoalsSerializer(serializers.ListSerializer[Goal]):
    """New goals, of which all are added or none. Raise InvalidRows."""

    child: NewGoalSerializer

    def to_internal_value(self, data: list[Any]) -> list[Any]:
        rows: list[Any] = []
        errors: dict[int, APIException] = {}
        for number, row in enumerate(data):
            try:
                rows.append(self.child.run_validation(row))
            except APIException as exc:
                errors[number] = exc
        if errors:
            raise InvalidRows(errors)
        return rows

    def create(self, validated_data: list[dict[str, Any]]) -> Any:
        return add_goals(rows=validated_data)


class CompletedGoalSerializer(GoalReferenceSerializer):
    end = EndField()

    def update(self, instance: Goal, validated_data: dict[str, Any]) -> Goal:
        complete_goal(goal=instance, end=validated_data.get("end"))
        return instance


class DeletedGoalSerializer(GoalReferenceSerializer):
    cascade = FlagField(help_text="Also delete all sub-goals.")


class CompletionSerializer(StrictSerializer):
    subtree = FlagField(help_text="Also complete all sub-goals.")
    end = EndField()


class NewGoalSerializer(GoalReferenceSerializer):
    parent_name = serializers.CharField(
        max_length=Goal.MAX_NAME_LENGTH,
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text="Name of the parent goal.",
    )
    description = serializers.CharField(
        max_length=Goal.MAX_DESCRIPTION_LENGTH,
        required=False,
        allow_blank=True,
        allow_null=True,
    )
    due = DueField(required=False, allow_null=True)
    position = PositionField(required=False, allow_null=True)

    class Meta:
        list_serializer_class = NewGoalsSerializer

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Require `user` from anonymous clients."""
        fields = super().get_fields()
        request = self.context.get("request")
        fields["user"].required = not (request and request.user.is_authenticated)
        return fields

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the fields without nulls, with the owner for its name.

        Raise what `get_owner()` of the view raises.
        """
        owner = self.context["view"].get_owner(attrs.get("user"))
        fields = {name: value for name, value in attrs.items() if value is not None}
        return fields | {"user": owner}

    def create(self, validated_data: dict[str, Any]) -> Goal:
        return add_goal(**validated_data)


class GoalChangeSerializer(StrictSerializer):
    """Body of PATCH.

    To clear `due`, `position` or `parent`, send null or an empty string. What GET shows
    can be sent back: a read-only field is accepted if it is unchanged.
    """

    refuses_other_fields = False
    name = serializers.CharField(max_length=Goal.MAX_NAME_LENGTH, required=False)
    description = serializers.CharField(
        max_length=Goal.MAX_DESCRIPTION_LENGTH, required=False, allow_blank=True
    )
    due = DueField(required=False, allow_null=True)
    parent = ParentField(  # type: ignore[assignment]
        required=False, allow_null=True, help_text="ID of another goal."
    )
    position = PositionField(required=False, allow_null=True)

    def check_other_field(self, name: str, value: object, valid: list[str]) -> None:
        if name not in self.shown:
            super().check_other_field(name, value, valid)
        if value != self.shown[name]:
            text = "This field is read-only."
            raise serializers.ValidationError({name: [text]})

    @cached_property
    def shown(self) -> dict[str, object]:
        """The goal as GET shows it."""
        goal: Any = self.instance
        goal.set_tree_fields()
        return dict(GoalSerializer(goal).data)

    def update(self, instance: Goal, validated_data: dict[str, Any]) -> Goal:
        change_goal(goal=instance, **validated_data)
        return instance


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


class GoalDetailSerializer(serializers.ModelSerializer[Goal]):
    status = serializers.ChoiceField(["open", "done"], read_only=True)
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


@extend_schema_serializer(component_name="DetailedGoal")
class BranchSerializer(GoalDetailSerializer):
    """A goal in a tree with details."""

    goals = serializers.SerializerMethodField()

    class Meta:
        model = Goal
        fields = [*DETAIL_FIELDS, "goals"]

    @extend_schema_field(
        {
            "type": "object",
            "additionalProperties": {"$ref": "#/components/schemas/DetailedGoal"},
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


class UserSerializer(StrictSerializer, serializers.ModelSerializer[User]):
    # The database checks that it is unique: 409 instead of 400.
    name = NameField(max_length=MAX_NAME_LENGTH)
    email = NewAddressField(max_length=120)
    password = password_field()

    class Meta:
        model = User
        fields = ["id", "name", "email", "password"]

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        validate_first_password(**attrs)
        return attrs

    def create(self, validated_data: dict[str, Any]) -> User:
        return create_account(**validated_data, uses_goals=True)
