from __future__ import annotations

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from accounts.fields import AddressField, LoginAddressField, NameField, NewAddressField
from accounts.models import User
from accounts.passwords import validate_first_password
from accounts.querysets import MAX_NAME_LENGTH

# Long enough for any passphrase, short enough to hash.
MAX_PASSWORD_LENGTH = 1024


def password_field() -> serializers.CharField:
    return serializers.CharField(
        max_length=MAX_PASSWORD_LENGTH,
        trim_whitespace=False,
        write_only=True,
        style={"input_type": "password"},
    )


class RegisterSerializer(serializers.Serializer[User]):
    """Body of a registration. The database enforces that address and name are free."""

    email = NewAddressField(max_length=254)
    password = password_field()
    name = NameField(
        max_length=MAX_NAME_LENGTH,
        required=False,
        help_text="Unique name. By default, it's derived from the email address.",
    )

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        validate_first_password(**attrs)
        return attrs


class LoginSerializer(serializers.Serializer[User]):
    email = LoginAddressField(max_length=254)
    password = password_field()


class PasswordChangeSerializer(serializers.Serializer[User]):
    old_password = password_field()
    new_password = password_field()


class ResetSerializer(serializers.Serializer[User]):
    email = AddressField(max_length=254)


class ResetConfirmSerializer(serializers.Serializer[User]):
    token = serializers.CharField(
        max_length=200, help_text="The parameter `token` of the emailed link."
    )
    new_password = password_field()


class PasswordSerializer(serializers.Serializer[User]):
    password = password_field()


class RefreshSerializer(serializers.Serializer[object]):
    refresh_token = serializers.CharField(max_length=4096)


class LogoutSerializer(serializers.Serializer[object]):
    refresh_token = serializers.CharField(max_length=4096, required=False)


class MessageSerializer(serializers.Serializer[object]):
    message = serializers.CharField()


class TokensSerializer(MessageSerializer):
    access_token = serializers.CharField()
    refresh_token = serializers.CharField()


class LoginResponseSerializer(TokensSerializer):
    user_id = serializers.IntegerField()


@extend_schema_serializer(component_name="Account")
class MeSerializer(serializers.ModelSerializer[User]):
    roles = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="Your roles in the casting agency, such as `casting director`.",
    )

    class Meta:
        model = User
        fields = ["id", "email", "name", "roles"]
