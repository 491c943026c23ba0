from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from accounts.querysets import UserManager


class LowercaseEmailField(models.EmailField):
    """Stores and looks up addresses in lower case, whichever door they come by."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return value.lower() if isinstance(value, str) else value

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return value.lower() if isinstance(value, str) else value


class User(AbstractUser):
    """One person's identity in all five systems; the e-mail address is the login."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = LowercaseEmailField(unique=True)
    name = models.CharField(max_length=64, unique=True)
    is_account_current = models.BooleanField(
        default=True, help_text="Whether the account is in good standing."
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects: ClassVar = UserManager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(email=Lower("email")), name="user_email_is_lower_case"
            ),
            models.CheckConstraint(
                condition=~Q(email="") & ~Q(name=""), name="user_has_email_and_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def roles(self) -> list[str]:
        """The names of the user's groups, such as `casting-director`."""
        return sorted(self.groups.values_list("name", flat=True))
