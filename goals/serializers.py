from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.models import User
from accounts.serializers import password_field
from goals.models import Goal


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

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Who is nobody must say whose goal it is to be."""
        fields = super().get_fields()
        request = self.context.get("request")
        fields["user"].required = not (request and request.user.is_authenticated)
        return fields


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
