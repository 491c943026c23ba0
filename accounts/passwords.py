"""Passwords changed and reset, and accounts that end."""

from __future__ import annotations

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
    default_detail = "This link is not valid any more. Please ask for a new one."
    default_code = "reset_token_not_valid"


@transaction.atomic
def set_password(user: User, password: str, field: str = "new_password") -> None:
    """Sets a password that the validators accept; all tokens of the user end."""
    try:
        validate_password(password, user)
    except InvalidPassword as exc:
        raise ValidationError({field: exc.messages}) from exc
    user.set_password(password)
    user.save(update_fields=["password"])
    revoke_all(user)
    security_events.record("password_changed", user_id=user.pk)


def reset_token(user: User) -> str:
    """What a reset link proves: that its reader gets the mails of the account.

    It is good for `PASSWORD_RESET_TIMEOUT` seconds and until the password changes.
    """
    number = urlsafe_base64_encode(str(user.pk).encode())
    return f"{number}.{default_token_generator.make_token(user)}"


def user_of(token: str) -> User:
    """The user whom a reset token is for, held until the end of the transaction.

    Raises InvalidLink for one that is forged, spent or too old.
    """
    number, _, proof = token.partition(".")
    try:
        pk = int(urlsafe_base64_decode(number))
    except ValueError:
        raise InvalidLink from None
    users = User.objects.select_for_update(no_key=True).filter(is_active=True)
    user = users.filter(pk=pk).first()
    if user is None or not default_token_generator.check_token(user, proof):
        raise InvalidLink
    return user


@transaction.atomic
def reset_password(token: str, password: str) -> User:
    """Spends the token for a new password. Raises InvalidLink as `user_of` does."""
    user = user_of(token)
    set_password(user, password)
    return user


@transaction.atomic
def delete_account(user: User) -> None:
    """Deletes the user with all data and tokens.

    Raises Conflict where something must outlive the account.
    """
    number = user.pk
    revoke_all(user)
    try:
        user.delete()
    except ProtectedError as exc:
        kinds = {str(row._meta.verbose_name_plural) for row in exc.protected_objects}
        raise Conflict(
            f"The account cannot be deleted: its {' and '.join(sorted(kinds))} "
            "must be kept.",
            code="account_in_use",
        ) from exc
    security_events.record("account_deleted", user_id=number)
