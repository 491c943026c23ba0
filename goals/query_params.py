"""Query parameters of goals."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.fields import NameField
from accounts.querysets import MAX_NAME_LENGTH
from common.db.fields import MAX_INT32
from common.http.fields import IntegerField
from dialects.query_params import FLAGS, unknown_param_message
from goals.trees import STATUSES

Query = dict[str, Any]
MAX_SEARCH_LENGTH = 100
LEVEL_ERRORS: dict[str, Any] = dict.fromkeys(
    ("invalid", "min_value", "max_value", "max_string_length"),
    "Must be a number of levels, from 1.",
)


@extend_schema_field(bool)
class FlagField(serializers.ChoiceField):
    """`1` or `true`, `0` or `false`; in a JSON body also a boolean."""

    default_error_messages = {"invalid_choice": "Must be one of: 1, true, 0, false."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=list(FLAGS), required=False, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        return FLAGS[super().to_internal_value(str(data).lower())]


class QuerySerializer(serializers.Serializer[dict[str, object]]):
    """Query parameters. An unknown one is an error."""

    # Parameters that are validated elsewhere.
    other_names: tuple[str, ...] = ()

    @classmethod
    def parse(cls, params: QueryDict) -> Query:
        """Return the parameters that were sent. Raise ValidationError."""
        return dict(serializer_of(cls).run_validation(params.dict()))

    def to_internal_value(self, data: Mapping[str, object]) -> dict[str, object]:
        valid_names = [*self.fields, *self.other_names]
        for name in data:
            if name not in valid_names:
                message = unknown_param_message(name, valid_names)
                raise serializers.ValidationError({name: [message]})
        return dict(super().to_internal_value(data))


@cache
def serializer_of(serializer_class: type[QuerySerializer]) -> QuerySerializer:
    """Return a serializer that validates the parameters of any request."""
    return serializer_class()


class TreeQuerySerializer(QuerySerializer):
    other_names = ("offset",)

    detail = FlagField(
        help_text="Return the details of each goal in addition to its name."
    )
    flat = FlagField(
        help_text="Return a flat list in which each goal follows its parent."
    )
    mine = FlagField(help_text="Show only your own goals.")
    user = NameField(
        max_length=MAX_NAME_LENGTH,
        required=False,
        help_text="Show only the goals of the user with this name.",
    )
    archived = FlagField(help_text="Include archived goals.")
    status = serializers.ChoiceField(
        list(STATUSES),
        required=False,
        help_text="Show only goals with this status. A tree includes their ancestors.",
        error_messages={"invalid_choice": f"Must be one of: {', '.join(STATUSES)}."},
    )
    depth = IntegerField(
        min_value=1,
        max_value=MAX_INT32,
        required=False,
        help_text="Maximum number of levels.",
        error_messages=LEVEL_ERRORS,
    )
    sort = serializers.ChoiceField(
        ["position", "due"],
        required=False,
        help_text="Sort siblings by this field. Null values come last.",
        error_messages={"invalid_choice": "Must be one of: position, due."},
    )


class PictureQuerySerializer(TreeQuerySerializer):
    """Parameters of the pictures. An empty one, as forms send it, counts as missing."""

    # They choose between the forms of JSON.
    detail = flat = None  # type: ignore[assignment]
    search = serializers.CharField(
        max_length=MAX_SEARCH_LENGTH,
        required=False,
        help_text="Show only goals whose name contains this text, and their ancestors.",
    )

    def to_internal_value(self, data: Mapping[str, object]) -> dict[str, object]:
        filled = {name: value for name, value in data.items() if value != ""}
        return super().to_internal_value(filled)


class PageQuerySerializer(PictureQuerySerializer):
    fold = IntegerField(
        min_value=1,
        max_value=MAX_INT32,
        required=False,
        help_text="Level from which sub-goals are collapsed at first.",
        error_messages=LEVEL_ERRORS,
    )


class DeleteQuerySerializer(QuerySerializer):
    cascade = FlagField(help_text="Also delete all sub-goals.")


class CompleteQuerySerializer(QuerySerializer):
    subtree = FlagField(help_text="Also complete all sub-goals.")
