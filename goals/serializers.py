from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User
from accounts.serializers import password_field
from goals.models import Goal
from goals.trees import MAX_PATH


class OrNothing(serializers.Field[Any, Any, Any, Any]):
    """An empty text, which is all that a form can send, stands for null."""

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return super().validate_empty_values(None if data == "" else data)


class DueField(OrNothing, serializers.DateField):
    default_error_messages = {"invalid": "A date is expected, such as 2026-12-24."}


class WholeField(OrNothing, serializers.IntegerField):
    default_error_messages = {"invalid": "A whole number is expected."}


class PositionField(WholeField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=-(2**31), max_value=2**31 - 1, **kwargs)


class ParentField(WholeField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=2**63 - 1, **kwargs)


class FlagField(serializers.ChoiceField):
    """`1` or `true`, `0` or `false`."""

    default_error_messages = {"invalid_choice": "Must be one of: 1, true, 0, false."}

    def __init__(self, **kwargs: Any) -> None:
        choices = ["1", "true", "0", "false"]
        super().__init__(choices=choices, required=False, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(data) in {"1", "true"}


class GoalReferenceSerializer(serializers.Serializer[Goal]):
    """Names a goal; the caller's own where `user` is left out."""

    user = serializers.CharField(max_length=64, required=False)
    name = serializers.CharField(max_length=64)


class NewGoalSerializer(GoalReferenceSerializer):
    parent_name = serializers.CharField(
        max_length=64, required=False, allow_blank=True, allow_null=True
    )
    description = serializers.CharField(
        max_length=512, required=False, allow_blank=True, allow_null=True
    )
    due = DueField(required=False, allow_null=True)
    position = PositionField(required=False, allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Who is nobody must say whose goal it is to be."""
        fields = super().get_fields()
        request = self.context.get("request")
        fields["user"].required = not (request and request.user.is_authenticated)
        return fields


class GoalChangeSerializer(serializers.Serializer[Goal]):
    """What PATCH takes; null or an empty text takes `due` and the like away."""

    name = serializers.CharField(max_length=64, required=False)
    description = serializers.CharField(
        max_length=512, required=False, allow_blank=True
    )
    due = DueField(required=False, allow_null=True)
    parent = ParentField(  # type: ignore[assignment]
        required=False, allow_null=True, help_text="The id of another goal."
    )
    position = PositionField(required=False, allow_null=True)


FACTS = [
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
    """A pattern, for names of enums are shared by all systems of the document."""


class FactsSerializer(serializers.ModelSerializer[Goal]):
    """What is told of a goal wherever it stands."""

    status = StatusField(read_only=True)
    overdue = serializers.BooleanField(source="is_overdue", read_only=True)
    archived = serializers.DateTimeField(
        source="archived_since",
        allow_null=True,
        read_only=True,
        help_text="Since when it, or a goal above it, has been archived.",
    )
    progress = serializers.FloatField(
        allow_null=True,
        read_only=True,
        help_text="The share of goals below that are done, but for archived ones; "
        "null where there are none.",
    )

    class Meta:
        model = Goal
        fields = FACTS


class BranchSerializer(FactsSerializer):
    """A goal in the tree with details, where its place says whose it is."""

    goals = serializers.SerializerMethodField()

    class Meta:
        model = Goal
        fields = [*FACTS, "goals"]

    @extend_schema_field(
        {
            "type": "object",
            "additionalProperties": {"$ref": "#/components/schemas/Branch"},
        }
    )
    def get_goals(self, goal: Goal) -> dict[str, Any]:
        """To be filled by whoever puts the tree together."""
        return {}


class GoalSerializer(FactsSerializer):
    """One goal by itself, and a row of the flat form."""

    user = serializers.CharField(source="user.name", read_only=True)
    parent = serializers.IntegerField(  # type: ignore[assignment]
        source="parent_id", allow_null=True, read_only=True
    )
    depth = serializers.IntegerField(
        read_only=True, help_text="1 for a goal that is part of no other."
    )
    path = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="Names from the top down to the goal itself; "
        f"of a longer way the last {MAX_PATH}.",
    )

    class Meta:
        model = Goal
        fields = ["id", "user", "parent", "depth", "path", "name", *FACTS[1:]]


class AddedGoalSerializer(serializers.ModelSerializer[Goal]):
    class Meta:
        model = Goal
        fields = ["id", "name"]


class OptionsSerializer(serializers.Serializer[Any]):
    """Query parameters, with an answer for each that there is not."""

    # Known to the view, and checked elsewhere.
    others: tuple[str, ...] = ()

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        known = [*self.fields, *self.others]
        for name in data:
            if name not in known:
                message = f"Unknown. There are: {', '.join(known)}."
                raise serializers.ValidationError({name: [message]})
        return dict(super().to_internal_value(data))


class TreeOptionsSerializer(OptionsSerializer):
    others = ("offset",)

    detail = FlagField(help_text="Show more of each goal than its name.")
    flat = FlagField(help_text="Rows instead of a tree, each goal behind its parent.")
    mine = FlagField(help_text="The caller's own goals only.")
    user = serializers.CharField(
        max_length=64, required=False, help_text="Goals of the user of this name only."
    )
    archived = FlagField(help_text="Show archived goals, too.")
    status = serializers.ChoiceField(
        ["open", "done", "overdue"],
        required=False,
        help_text="A tree keeps the goals above those of this status.",
        error_messages={"invalid_choice": "Must be one of: open, done, overdue."},
    )
    depth = serializers.IntegerField(
        min_value=1,
        max_value=2**31 - 1,
        required=False,
        help_text="How many levels to show.",
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value", "max_string_length"),
            "A number of levels, from 1, is expected.",
        ),
    )
    sort = serializers.ChoiceField(
        ["position", "due"],
        required=False,
        help_text="How siblings are ordered; without a due date they come last.",
        error_messages={"invalid_choice": "Must be one of: position, due."},
    )


class DeleteOptionsSerializer(OptionsSerializer):
    cascade = FlagField(help_text="Delete sub-goals along.")


class CompleteOptionsSerializer(OptionsSerializer):
    subtree = FlagField(help_text="Complete all goals below, too.")


class UserSerializer(serializers.ModelSerializer[User]):
    email = serializers.EmailField(max_length=120)
    password = password_field()

    class Meta:
        model = User
        fields = ["id", "name", "email", "password"]
        # Uniqueness is the database's to judge: 409 rather than 400.
        extra_kwargs: dict[str, Any] = {"name": {"validators": []}}

    def create(self, validated_data: dict[str, Any]) -> User:
        return User.objects.create_user(**validated_data)
