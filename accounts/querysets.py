from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AnonymousUser, BaseUserManager
from django.db import IntegrityError, models, transaction
from django.db.models import Case, Count, F, Max, Q, When
from django.db.models.expressions import CombinedExpression
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.model_permissions import has_model_permission
from accounts.normal_forms import nfc, normalize_email

if TYPE_CHECKING:
    from accounts.models import AttemptCounter, IdempotencyKey, OldPassword, User

Row = TypeVar("Row", bound=models.Model)

MAX_NAME_LENGTH = 64


class OwnedQuerySet(models.QuerySet[Row]):
    """Rows that belong to users."""

    # The lookup of the owner's ID.
    owner_lookup = "user"
    # True if anonymous users see all rows, False if none, in views that admit them.
    is_open = False

    def owned_by(self, user: User) -> Self:
        return self.filter(**{self.owner_lookup: user.pk})

    def visible_to(
        self,
        user: User | AnonymousUser,
        action: str = "view",
        of: type[models.Model] | None = None,
    ) -> Self:
        """Return the rows that the user may view, or do the action with.

        These are the user's own rows, or all with the model permission. `of` is the
        model of the permission, if the action is about rows that belong to these.
        """
        if not user.is_authenticated:
            return self if self.is_open else self.none()
        model = of or self.model
        if any(has_model_permission(user, each, model) for each in ("view", action)):
            return self
        return self.owned_by(user)


class UserQuerySet(OwnedQuerySet["User"]):
    owner_lookup = "pk"
    # `/v1.0/goals` shows the trees of all users if `QUINTET_ACCESS` is open.
    is_open = True


def neutral_name(pk: int) -> str:
    """Return a name that reveals nothing of the user, such as `user-7`.

    It can be taken, as any name can: `UserManager.unique_name()` adds a suffix.
    """
    return f"user-{pk}"


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    use_in_migrations = True

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        return normalize_email(email or "")

    def create_user(
        self, email: str, password: str | None = None, name: str = "", **fields: Any
    ) -> User:
        """Create a user. Without a `name`, derive one from the email address.

        Raise IntegrityError if the email address or the given name is taken.
        """
        fields |= {"email": email, "name": name or self.free_name(email)}
        user: User = self.model(**fields)
        user.set_password(password)
        try:
            with transaction.atomic(using=self._db):
                user.save(using=self._db)
        except IntegrityError:
            if name or self.filter(email=email).exists():
                raise
            # A concurrent registration has taken the derived name.
            user.name = self.unique_name(user.name)
            user.save(using=self._db)
        return user

    def create_superuser(
        self, email: str, password: str | None = None, name: str = "", **fields: Any
    ) -> User:
        fields |= {"is_staff": True, "is_superuser": True}
        return self.create_user(email, password, name, **fields)

    def free_name(self, email: str) -> str:
        name = nfc(email.partition("@")[0])[:MAX_NAME_LENGTH]
        return self.unique_name(name) if self.filter(name=name).exists() else name

    def unique_name(self, name: str) -> str:
        suffix = get_random_string(8)
        return f"{name[: MAX_NAME_LENGTH - len(suffix) - 1]}-{suffix}"


class OldPasswordQuerySet(models.QuerySet["OldPassword"]):
    def valid(self) -> Self:
        """Return the passwords of users whose main password hasn't changed since."""
        return self.filter(beside=F("user__password"))

    def usable(self) -> Self:
        unusable = Q(encoded__startswith=UNUSABLE_PASSWORD_PREFIX)
        return self.valid().exclude(unusable)

    def max_hashes(self, algorithms: list[str]) -> dict[str, int]:
        """Return how many hashes one user has at most, by algorithm.

        The user's main hash is counted as well. Users without a row are not.
        """
        hashes = {name: hashes_per_user(name) for name in algorithms}
        users = self.valid().order_by().values("user").annotate(**hashes)
        maxima = users.aggregate(**{f"max_{name}": Max(name) for name in algorithms})
        return {name: maxima[f"max_{name}"] or 0 for name in algorithms}


def hashes_per_user(algorithm: str) -> CombinedExpression:
    """Return the number of a user's hashes, of old passwords grouped by user."""
    prefix = f"{algorithm}$"
    is_main = When(beside__startswith=prefix, then=1)
    old = Count("pk", filter=Q(encoded__startswith=prefix))
    return old + Max(Case(is_main, default=0))


def oldest_replayable() -> datetime:
    """Return the time since when stored responses are replayed."""
    return timezone.now() - timedelta(hours=settings.QUINTET_IDEMPOTENCY_HOURS)


class IdempotencyKeyQuerySet(models.QuerySet["IdempotencyKey"]):
    def named(self, user: User | AnonymousUser, key: str, fingerprint: str) -> Self:
        """Filter by the user's key. An anonymous key belongs to one request only."""
        if user.is_authenticated:
            return self.filter(user=user, key=key)
        return self.filter(user=None, key=key, fingerprint=fingerprint)

    def expired(self) -> Self:
        return self.filter(stored_at__lte=oldest_replayable())


class AttemptCounterQuerySet(models.QuerySet["AttemptCounter"]):
    def expired(self) -> Self:
        return self.filter(expires_at__lt=timezone.now())

    def lock(self, purposes: dict[str, str]) -> dict[str, AttemptCounter]:
        """Lock the rows of these keys until the commit and return them by key.

        `purposes` maps keys to purposes, for the rows that have to be created. Rows are
        locked in the order of their keys, which prevents deadlocks.
        """
        keys = sorted(purposes)
        new_rows = [self.model(key=key, purpose=purposes[key]) for key in keys]
        rows: dict[str, AttemptCounter] = {}
        while len(rows) < len(keys):  # Expired rows may be deleted in the meantime.
            self.bulk_create(new_rows, ignore_conflicts=True)
            locked = self.select_for_update().filter(key__in=keys).order_by("key")
            rows = {row.key: row for row in locked}
        return rows
