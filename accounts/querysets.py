from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.contrib.auth.models import BaseUserManager
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.crypto import get_random_string

if TYPE_CHECKING:
    from accounts.models import User

NAME_LENGTH = 64


class UserQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """Oneself; all users for staff and, where a view lets them in, for nobody."""
        if not user.is_authenticated or user.is_staff:
            return self
        return self.filter(pk=user.pk)


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    use_in_migrations = True

    def create_user(
        self, email: str, password: str | None = None, name: str = "", **fields: Any
    ) -> User:
        """A new user; without `name` one is made from the address.

        Raises IntegrityError when the address, or the name asked for, is taken.
        """
        user = self.model(email=email, name=name or self.free_name(email), **fields)
        user.set_password(password)
        try:
            with transaction.atomic(using=self._db):
                user.save(using=self._db)
        except IntegrityError:
            if name or self.filter(email=email).exists():
                raise
            # Another registration took the made-up name in the same moment.
            user.name = self.unique_name(user.name)
            user.save(using=self._db)
        return user

    def create_superuser(
        self, email: str, password: str | None = None, name: str = "", **fields: Any
    ) -> User:
        fields |= {"is_staff": True, "is_superuser": True}
        return self.create_user(email, password, name, **fields)

    def free_name(self, email: str) -> str:
        name = email.partition("@")[0][:NAME_LENGTH]
        return self.unique_name(name) if self.filter(name=name).exists() else name

    def unique_name(self, name: str) -> str:
        suffix = get_random_string(8)
        return f"{name[: NAME_LENGTH - len(suffix) - 1]}-{suffix}"


def oldest_answer() -> datetime:
    """When the oldest answers were stored that are given again."""
    return timezone.now() - timedelta(hours=settings.QUINTET_IDEMPOTENCY_HOURS)


class IdempotentAnswerQuerySet(models.QuerySet):
    def named(self, user: Any, key: str, fingerprint: str) -> Self:
        """The answer under the caller's key, whatever the request was for."""
        if user.is_authenticated:
            return self.filter(user=user, key=key)
        return self.filter(user=None, key=key, fingerprint=fingerprint)

    def expired(self) -> Self:
        return self.filter(stored_at__lte=oldest_answer())


class ThrottleQuerySet(models.QuerySet):
    def expired(self) -> Self:
        return self.filter(expires_at__lt=timezone.now())

    def locked(self, purposes: dict[str, str]) -> dict[str, Any]:
        """The rows of these keys, made where they are missing, held until the commit.

        All lock in the order of the keys, so that nobody waits in a circle.
        """
        keys = sorted(purposes)
        missing = [self.model(key=key, purpose=purposes[key]) for key in keys]
        rows: dict[str, Any] = {}
        found: Any
        while len(rows) < len(keys):  # Somebody may be deleting what has expired.
            self.bulk_create(missing, ignore_conflicts=True)
            found = self.select_for_update().filter(key__in=keys).order_by("key")
            rows = {str(row.pk): row for row in found}
        return rows
