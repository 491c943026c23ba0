from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from rest_framework import serializers

from accounts.normal_forms import nfc, normalize_email
from accounts.placeholders import PLACEHOLDER_DOMAIN, is_placeholder

if TYPE_CHECKING:
    CharField = models.CharField[str, str]
    EmailField = models.EmailField[str, str]
else:
    CharField, EmailField = models.CharField, models.EmailField


class NormalizedCharField(CharField):
    """A text, stored and looked up in its normal form."""

    def normalize(self, text: str) -> str:
        return nfc(text)

    def to_python(self, value: Any) -> Any:
        return self.normalized(super().to_python(value))

    def get_prep_value(self, value: Any) -> Any:
        return self.normalized(super().get_prep_value(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Set the instance's attribute to what is stored."""
        value = self.normalized(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value

    def normalized(self, value: Any) -> Any:
        return self.normalize(value) if isinstance(value, str) else value


class NormalizedEmailField(NormalizedCharField, EmailField):
    """An email address, of which each spelling is the same."""

    def normalize(self, text: str) -> str:
        return normalize_email(text)


class NameField(serializers.CharField):
    """The name of a user."""

    def to_internal_value(self, data: Any) -> str:
        return nfc(super().to_internal_value(data))


class LoginAddressField(serializers.CharField):
    """An email address, or another text that an old system had as one."""

    def to_internal_value(self, data: Any) -> str:
        return normalize_email(super().to_internal_value(data))


class AddressField(serializers.EmailField):
    """The email address of a user."""

    def to_internal_value(self, data: Any) -> str:
        return normalize_email(super().to_internal_value(data))


class NewAddressField(AddressField):
    """The email address of a new user, which can't be a placeholder."""

    def to_internal_value(self, data: Any) -> str:
        address = super().to_internal_value(data)
        if is_placeholder(address):
            raise serializers.ValidationError(
                f"Addresses of {PLACEHOLDER_DOMAIN} can't be registered."
            )
        return address
