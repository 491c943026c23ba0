from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.querysets import (
    IdempotentAnswerQuerySet,
    ThrottleQuerySet,
    UserManager,
    oldest_answer,
)


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


class IdempotentAnswer(models.Model):
    """The answer to a POST that named a key; without a status there is none yet.

    A key is its user's own. Callers without a token cannot be told apart, so theirs
    stands for one request only: another body under the same key is another row.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    stored_at = models.DateTimeField(default=timezone.now, db_index=True)
    status = models.SmallIntegerField(null=True, blank=True)
    headers = models.JSONField(default=dict, blank=True)
    body = models.TextField(blank=True)

    objects = IdempotentAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "key"],
                condition=Q(user__isnull=False),
                name="idempotent_answer_is_one_for_each_user",
            ),
            models.UniqueConstraint(
                fields=["key", "fingerprint"],
                condition=Q(user=None),
                name="idempotent_answer_is_one_for_nobody",
            ),
            models.CheckConstraint(
                condition=~Q(key="") & ~Q(fingerprint=""),
                name="idempotent_answer_has_a_key",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def is_current(self) -> bool:
        """Whether there is an answer, and it is not too old to be given again."""
        return self.status is not None and self.stored_at > oldest_answer()


class Throttle(models.Model):
    """How often one thing was tried of late: a login from an address, for example.

    The key is a hash, so that the table tells nobody's address. Times are seconds of
    the epoch; tries under way stand by their names in `pending`.
    """

    key = models.CharField(max_length=64, primary_key=True)
    purpose = models.CharField(max_length=32)
    tries = models.JSONField(default=list, blank=True)
    pending = models.JSONField(default=dict, blank=True)
    expires_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = ThrottleQuerySet.as_manager()

    class Meta:
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(key="") & ~Q(purpose=""), name="throttle_has_a_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.key[:8]}"
