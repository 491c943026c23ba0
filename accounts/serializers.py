from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed

from accounts.models import User

# Long enough for any passphrase, short enough to hash.
PASSWORD_LENGTH = 1024


def password_field() -> serializers.CharField:
    return serializers.CharField(
        max_length=PASSWORD_LENGTH,
        trim_whitespace=False,
        write_only=True,
        style={"input_type": "password"},
    )


class RegisterSerializer(serializers.Serializer[User]):
    """What opens an account; whether it is free is for the database to say."""

    email = serializers.EmailField(max_length=254)
    password = password_field()
    name = serializers.CharField(max_length=64, required=False)


class LoginSerializer(serializers.Serializer[User]):
    email = serializers.CharField(max_length=254)
    password = password_field()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        user = authenticate(self.context.get("request"), **attrs)
        if user is None:
            raise AuthenticationFailed(
                "Invalid email or password, Please try again", code="bad_credentials"
            )
        return {"user": user}


class RefreshSerializer(serializers.Serializer[Any]):
    refresh_token = serializers.CharField(max_length=4096)


class LogoutSerializer(serializers.Serializer[Any]):
    refresh_token = serializers.CharField(max_length=4096, required=False)


class MessageSerializer(serializers.Serializer[Any]):
    message = serializers.CharField()


class TokensSerializer(MessageSerializer):
    access_token = serializers.CharField()
    refresh_token = serializers.CharField()


class LoginAnswerSerializer(TokensSerializer):
    user_id = serializers.IntegerField()


class MeSerializer(serializers.ModelSerializer[User]):
    roles = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = User
        fields = ["id", "email", "name", "roles"]
