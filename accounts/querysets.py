from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.contrib.auth.models import BaseUserManager, Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, models, transaction
from django.db.models import (
    F,
    Func,
    OuterRef,
    Subquery,
    TextField,
    Value,
)
from django.db.models.lookups import In
from django.utils import timezone
from django.utils.crypto import get_random_string

from common.expressions import TextList

if TYPE_CHECKING:
    from accounts.models import User

NAME_LENGTH = 64


class UserQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """Oneself; all users for staff and, where a view lets them in, for nobody."""
        if not user.is_authenticated or user.is_staff:
            return self
        return self.filter(pk=user.pk)

    def with_rights(self, user_id: int) -> Self:
        """With the names of one user's permissions as the list `rights`.

        They are their own and those of their groups, such as `casting.view_actor`.
        """
        model: Any = self.model
        own = model.user_permissions.through.objects.filter(user=user_id)
        groups = model.groups.through.objects.filter(user=user_id)
        shared = Group.permissions.through.objects.filter(
            Among(F("group"), groups.values("group").query)
        )
        found = Permission.objects.filter(
            Among(F("pk"), own.values("permission").query)
            | Among(F("pk"), shared.values("permission").query)
        )
        kinds = ContentType.objects.filter(pk=OuterRef("content_type"))
        name = Joined(Subquery(kinds.values("app_label")), Value("."), F("codename"))
        return self.annotate(rights=TextList(found.order_by().values(value=name)))


class Among(In):
    """`IN` of few rows, which PostgreSQL reads first: sooner done than planned."""

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        column, params = self.process_lhs(compiler, connection)
        rows, more = self.process_rhs(compiler, connection)
        return f"{column} = ANY(ARRAY{rows})", (*params, *more)


class Joined(Func):
    """Texts in a row, none of which is NULL."""

    template = "%(expressions)s"
    arg_joiner = " || "
    output_field = TextField()


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
