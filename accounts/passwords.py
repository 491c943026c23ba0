"""Changing and resetting passwords, and deleting accounts."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError as InvalidPassword
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from rest_framework.exceptions import ParseError, ValidationError

from accounts.models import User
from accounts.services import revoke_all
from common.http.errors import Conflict
from common.ops import security_events


class InvalidLink(ParseError):
    default_detail = "This link is no longer valid. Request a new one."
    default_code = "reset_token_not_valid"


class AccountInUse(Conflict):
    default_detail = "The account can't be deleted: its invoices must be kept."
    default_code = "account_in_use"


def validate_new_password(user: User, password: str, field: str) -> None:
    """Raise ValidationError for the field if the password validators reject it."""
    try:
        validate_password(password, user)
    except InvalidPassword as exc:
        raise ValidationError({field: exc.messages}) from exc


def validate_first_password(email: str, password: str, name: str = "") -> None:
    """Validate the password of a registration, if QUINTET_VALIDATE_PASSWORDS is on."""
    if settings.QUINTET_VALIDATE_PASSWORDS:
        user = User(email=email, name=name)
        validate_new_password(user, password, "password")


@transaction.atomic
def set_password(user: User, password: str, field: str = "new_password") -> None:
    """Set the password and revoke all tokens of the user.

    Raise ValidationError for the field if the password validators reject it.
    """
    validate_new_password(user, password, field)
    user.set_password(password)
    user.save(update_fields=["password"])
    revoke_all(user)
    security_events.record("password_changed", user_id=user.pk)


def make_reset_token(user: User) -> str:
    """Return the token of a password-reset link.

    It is valid for `PASSWORD_RESET_TIMEOUT` seconds and until the password changes.
    """
    uid = urlsafe_base64_encode(str(user.pk).encode())
    return f"{uid}.{default_token_generator.make_token(user)}"


def lock_user_of(reset_token: str) -> User:
    """Return the user of a reset token, locked until the end of the transaction.

    Raise InvalidLink if the token is forged, used or expired.
    """
    uid, _, token = reset_token.partition(".")
    try:
        pk = int(urlsafe_base64_decode(uid))
    except ValueError:
        raise InvalidLink from None
    users = User.objects.select_for_update(no_key=True).filter(is_active=True)
    user: User | None = users.filter(pk=pk).first()
    if user is None or not default_token_generator.check_token(user, token):
        raise InvalidLink
    return user


@transaction.atomic
def reset_password(reset_token: str, password: str) -> User:
    """Set a new password by a reset token. Raise InvalidLink if it isn't valid."""
    user = lock_user_of(reset_token)
    set_password(user, password)
    return user


@transaction.atomic
def delete_account(user: User) -> None:
    """Delete the user with all data and tokens.

    Raise Conflict if the user has data that must be kept.
    """
    user_id = user.pk
    revoke_all(user)
    try:
        user.delete()
    except ProtectedError as exc:
        names = {str(row._meta.verbose_name_plural) for row in exc.protected_objects}
        raise AccountInUse(
            f"The account can't be deleted: its {' and '.join(sorted(names))} "
            "must be kept."
        ) from exc
    security_events.record("account_deleted", user_id=user_id)
