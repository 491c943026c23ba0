"""The authentication backend of the APIs, the admin and the login page."""

from __future__ import annotations

from typing import TypeGuard

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from django.http import HttpRequest

from accounts.attempt_limits import limit_attempts, login_limits
from accounts.hashers import equalize_duration
from accounts.models import User
from accounts.normal_forms import nfc, spellings
from accounts.stored_passwords import verify

AnyUser = User | AnonymousUser


class EmailBackend(ModelBackend):
    """Authenticates by email address and password and limits failed logins."""

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
        user = User.objects.filter(email=email).first()
        with limit_attempts(request, login_limits(request, email)) as attempt:
            attempt.succeeded = is_password_correct(user, password)
        return user if attempt.succeeded else None

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


def is_password_correct(user: User | None, password: str) -> bool:
    """Return whether the user is active and has this password.

    Failures take equally long, whether the user exists or not.
    """
    return any(has_password(user, spelling) for spelling in spellings(password))


def has_password(user: User | None, password: str) -> bool:
    encoded = user.password if user else UNUSABLE_PASSWORD_PREFIX
    result = verify(password, encoded, user and user.pk)
    if user is None or not result.is_correct or not user.is_active:
        equalize_duration(
            password, UNUSABLE_PASSWORD_PREFIX if result.is_damaged else encoded
        )
        return False
    if result.must_update:
        update_hash(user, password)
    return True


def update_hash(user: User, password: str) -> None:
    """Hash the password with the preferred hasher. Of concurrent logins, one does."""
    unchanged = User.objects.filter(pk=user.pk, password=user.password)
    unchanged.update(password=make_password(nfc(password)))
    user.refresh_from_db(fields=["password"])
