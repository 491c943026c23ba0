from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, Permission
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.fields import NormalizedCharField, NormalizedEmailField
from accounts.normal_forms import nfc, spellings
from accounts.placeholders import is_real_address
from accounts.querysets import (
    MAX_NAME_LENGTH,
    AttemptCounterQuerySet,
    IdempotencyKeyQuerySet,
    OldPasswordQuerySet,
    UserManager,
    oldest_replayable,
)
from accounts.stored_passwords import verify
from common.ops import request_id

# Permissions of the user with the key %s, directly and by groups. Every request of a
# role needs them. Django takes longer to write this UNION than PostgreSQL to run it.
PERMISSIONS_OF_USER = """
SELECT auth_permission.id, app_label, auth_permission.codename
FROM auth_permission
JOIN django_content_type ON django_content_type.id = content_type_id
WHERE auth_permission.id IN (
    SELECT permission_id FROM accounts_user_user_permissions WHERE user_id = %s
    UNION ALL
    SELECT permission_id FROM auth_group_permissions
    JOIN accounts_user_groups ON accounts_user_groups.group_id
        = auth_group_permissions.group_id
    WHERE user_id = %s
)
"""


class User(AbstractUser):
    """A user of all five APIs, who logs in with the email address."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    # Django's 128 characters are too few for a Werkzeug hash that Argon2 has hashed.
    password = models.CharField(max_length=256)
    email = NormalizedEmailField(unique=True)
    name = NormalizedCharField(max_length=MAX_NAME_LENGTH, unique=True)
    is_account_current = models.BooleanField(
        default=True, help_text="Designates whether the account is in good standing."
    )
    uses_goals = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Designates whether the goal service lists the user. It also lists "
        "users who have a goal.",
    )
    is_demo = models.BooleanField(
        default=False,
        editable=False,
        help_text="Designates an account of the demo data, whose password is public.",
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects: ClassVar = UserManager()

    class Meta:
        ordering = ["id"]
        # For the check that production has no demo accounts.
        indexes = [
            models.Index(
                fields=["is_demo"], condition=Q(is_demo=True), name="user_is_demo"
            )
        ]
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

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Validate the fields. A stored email address may be one of an old system.

        Some of those aren't valid, and the user can be changed all the same.
        """
        if User.objects.filter(pk=self.pk, email=self.email).exists():
            exclude = {*(exclude or ()), "email"}
        super().clean_fields(exclude)

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(
            raw_password if raw_password is None else nfc(raw_password)
        )

    def check_password(self, raw_password: str | None) -> bool:
        """Return whether this is the password, in one of its spellings."""
        return any(
            verify(spelling, self.password, self.pk).is_correct
            for spelling in spellings(raw_password or "")
        )

    @property
    def has_real_address(self) -> bool:
        """True if the email address can receive email."""
        return is_real_address(self.email)

    @property
    def roles(self) -> list[str]:
        """The names of the user's groups, such as `casting director`."""
        return sorted(self.groups.values_list("name", flat=True))

    @cached_property
    def permission_names(self) -> set[str]:
        """The user's permissions and those of the groups, as `casting.view_actor`."""
        keys = [self.pk, self.pk]
        permissions: Iterable[Any] = Permission.objects.raw(PERMISSIONS_OF_USER, keys)
        return {f"{found.app_label}.{found.codename}" for found in permissions}


class OldPassword(models.Model):
    """A password that also logs the user in, until the first login.

    If one user had accounts in several old systems, each had its own password. `beside`
    is the user's main password hash when the row was created: the row is valid only
    while the user still has that hash. So changing or resetting the password
    invalidates it.
    """

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="old_passwords"
    )
    encoded = models.CharField(max_length=256)
    beside = models.CharField(max_length=256)

    objects = OldPasswordQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["user", "encoded"], name="old_password_is_unique_per_user"
            ),
            models.CheckConstraint(
                condition=~Q(encoded=""), name="old_password_is_not_empty"
            ),
        ]

    def __str__(self) -> str:
        return f"Old password {self.pk}"


class IdempotencyKey(models.Model):
    """An `Idempotency-Key` and the response to its request, once there is a `status`.

    Each user has their own keys. Anonymous clients are indistinguishable, so an
    anonymous key belongs to one request: another body is another row.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    stored_at = models.DateTimeField(default=timezone.now, db_index=True)
    status = models.SmallIntegerField(null=True, blank=True)
    headers = models.JSONField(default=dict, blank=True)
    body = models.TextField(blank=True)

    objects = IdempotencyKeyQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "key"],
                condition=Q(user__isnull=False),
                name="idempotency_key_is_unique_per_user",
            ),
            models.UniqueConstraint(
                fields=["key", "fingerprint"],
                condition=Q(user=None),
                name="idempotency_key_is_unique_per_request",
            ),
            models.CheckConstraint(
                condition=~Q(key="") & ~Q(fingerprint=""),
                name="idempotency_key_is_not_empty",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def is_replayable(self) -> bool:
        """There is a response, and it hasn't expired."""
        return self.status is not None and self.stored_at > oldest_replayable()


class ActionRecord(models.Model):
    """An action that was taken on an object, by whom and for which request.

    It outlives both: the object is named by type, ID and name, and the name of the
    actor is kept. Nothing changes a record; `accounts.trace` writes them.
    """

    MAX_TEXT_LENGTH = 200

    class ActorKind(models.TextChoices):
        USER = "user"
        PROVIDER = "provider", "User of the identity provider"
        ANONYMOUS = "anonymous", "Anonymous client"
        WORKER = "worker"
        COMMAND = "command"
        SCRIPT = "script"

    at = models.DateTimeField(default=timezone.now, db_index=True)
    verb = models.CharField(max_length=32, verbose_name="action")
    actor_kind = models.CharField(max_length=16, choices=ActorKind.choices)
    actor_name = models.CharField(max_length=MAX_TEXT_LENGTH, blank=True)
    actor = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    object_type = models.CharField(max_length=100)
    object_id = models.CharField(max_length=64)
    object_name = models.CharField(max_length=MAX_TEXT_LENGTH, blank=True)
    changes = models.JSONField(
        default=dict,
        blank=True,
        encoder=DjangoJSONEncoder,
        help_text="Values before and after the action, by field.",
    )
    request_id = models.CharField(
        max_length=request_id.LENGTH, blank=True, verbose_name="request ID"
    )

    class Meta:
        ordering = ["-id"]
        verbose_name = "recorded action"
        default_permissions = ("view",)
        indexes = [
            models.Index(
                fields=["object_type", "object_id", "id"], name="action_by_object"
            ),
            models.Index(fields=["verb", "id"], name="action_by_verb"),
            models.Index(fields=["request_id"], name="action_by_request"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_name}"


class AttemptCounter(models.Model):
    """Recent attempts by one subject, such as failed logins from an IP address.

    The key is a hash, so that the table contains no IP addresses. `attempts` are Unix
    times; `pending` maps the IDs of unfinished attempts to their start.
    """

    key = models.CharField(max_length=64, primary_key=True)
    purpose = models.CharField(max_length=32)
    attempts = models.JSONField(default=list, blank=True)
    pending = models.JSONField(default=dict, blank=True)
    expires_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = AttemptCounterQuerySet.as_manager()

    class Meta:
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(key="") & ~Q(purpose=""), name="attempt_counter_has_a_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.key[:8]}"
