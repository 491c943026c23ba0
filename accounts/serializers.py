from __future__ import annotations

from typing import Any

from rest_framework import serializers

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


class PasswordChangeSerializer(serializers.Serializer[User]):
    old_password = password_field()
    new_password = password_field()


class ResetSerializer(serializers.Serializer[User]):
    email = serializers.EmailField(max_length=254)


class ResetConfirmSerializer(serializers.Serializer[User]):
    token = serializers.CharField(max_length=200)
    new_password = password_field()


class PasswordSerializer(serializers.Serializer[User]):
    password = password_field()


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
