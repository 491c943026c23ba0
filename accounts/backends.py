"""The authentication backend of the APIs, the admin and the login page."""

from __future__ import annotations

from typing import NamedTuple, TypeGuard

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import is_password_usable, make_password
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import F, Model
from django.http import HttpRequest

from accounts.attempt_limits import limit_attempts, login_limits
from accounts.hashers import equalize_duration
from accounts.models import OldPassword, User
from accounts.normal_forms import nfc, spellings
from accounts.stored_passwords import verify

AnyUser = User | AnonymousUser


class EmailBackend(ModelBackend):
    """Backend for email address and password, which limits failed logins."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        *,
        email: str | None = None,
        **kwargs: object,
    ) -> User | None:
        """Return the user or None. Raise TooManyAttempts if a limit is reached."""
        email = username if email is None else email
        if email is None or password is None:
            return None
        account = read_account(email=email)
        with limit_attempts(request, login_limits(request, email)) as attempt:
            attempt.succeeded = can_log_in(account, password)
        return account.user if account and attempt.succeeded else None

    def get_all_permissions(
        self, user_obj: AnyUser, obj: Model | None = None
    ) -> set[str]:
        """Return the permissions of a user, read with one query for user and groups."""
        if obj is None and is_active_user(user_obj):
            return user_obj.permission_names
        return super().get_all_permissions(user_obj, obj)


def is_active_user(user: AnyUser) -> TypeGuard[User]:
    """Return whether it is a user who has permissions, but not all of them."""
    return isinstance(user, User) and user.is_active and not user.is_superuser


class Account(NamedTuple):
    """A user and the hashes of the passwords that log the user in, the main one first.

    A hash may be that of an unusable password.
    """

    user: User
    hashes: list[str]
    has_old_passwords: bool = False


def read_account(**lookup: object) -> Account | None:
    """Return the account of a user, if there is one.

    One query reads the user and the old passwords, so the number of queries doesn't
    reveal whether there are any.
    """
    columns = {"old_hash": F("old_passwords__encoded")}
    columns |= {"beside": F("old_passwords__beside")}
    users = User.objects.filter(**lookup).annotate(**columns)
    rows = list(users.order_by("old_passwords__pk"))
    if not rows:
        return None
    user = rows[0]
    valid = [row.old_hash for row in rows if row.beside == user.password]
    return Account(user, [user.password, *valid], user.old_hash is not None)


def is_password_correct(user: User, password: str) -> bool:
    """Return whether the user is active and this is the main password.

    Failures take equally long for all users.
    """
    return can_log_in(Account(user, [user.password]), password)


def can_log_in(account: Account | None, password: str) -> bool:
    """Return whether the user is active and has this password, in one of its spellings.

    Failures take equally long, whether the account exists or not.
    """
    return any(has_password(account, spelling) for spelling in spellings(password))


def has_password(account: Account | None, password: str) -> bool:
    verified: list[str] = []
    if account:
        for encoded in filter(is_password_usable, account.hashes):
            result = verify(password, encoded, account.user.pk)
            if result.is_correct and account.user.is_active:
                return keep(account, password, encoded, result.must_update)
            if not result.is_damaged:
                verified.append(encoded)
    equalize_duration(password, verified)
    return False


def keep(account: Account, password: str, used: str, must_update: bool) -> bool:
    """Make the password the user's only one, hashed by the preferred hasher.

    `used` is its hash. If it's no longer valid, verify the password again.
    """
    user = account.user
    is_current = used == user.password and not must_update
    if is_current and not account.has_old_passwords:
        return True
    encoded = used if is_current else make_password(nfc(password))
    if replace_passwords(user, used, encoded):
        user.password = encoded
        return True
    current = read_account(pk=user.pk)
    is_correct = has_password(current, password)
    if current:
        user.password = current.user.password
    return is_correct


@transaction.atomic
def replace_passwords(user: User, used: str, encoded: str) -> bool:
    """Set the main password hash and delete the old passwords.

    Return False and change nothing if a concurrent login or a new password has
    invalidated the hash that was used.
    """
    users = User.objects.filter(pk=user.pk, password=user.password)
    if not users.select_for_update(no_key=True):
        return False
    old_passwords = OldPassword.objects.filter(user=user)
    is_main = used == user.password
    if not is_main and not old_passwords.filter(encoded=used).exists():
        return False
    if encoded != user.password:
        users.update(password=encoded)
    old_passwords.delete()
    return True
