"""Issuing, rotating and revoking tokens, and deleting what has expired."""

from __future__ import annotations

from typing import NamedTuple, cast

from django.db import transaction
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import (
    BlacklistedToken,
    OutstandingToken,
)

from accounts.authentication import TokenAuthentication, invalid_token_error, read_token
from accounts.models import IdempotencyKey, User
from accounts.tokens import RefreshToken

KEY_BATCH_SIZE = 1000
TOKEN_BATCH_SIZE = 1000


class Tokens(NamedTuple):
    access: str
    refresh: str


def issue_tokens(user: User) -> Tokens:
    refresh = RefreshToken.for_user(user)
    return Tokens(access=str(refresh.access_token), refresh=str(refresh))


@transaction.atomic
def rotate(refresh_token: str) -> Tokens:
    """Return new tokens for a refresh token, which can't be used again.

    Raise AuthenticationFailed if the token is invalid, used or revoked, or if its user
    was deleted, was deactivated or has changed the password.
    """
    token = read_token(RefreshToken, refresh_token)
    user = TokenAuthentication().get_user(token)
    blacklist(token)
    return issue_tokens(user)


@transaction.atomic
def revoke(refresh_token: str) -> None:
    """Revoke one refresh token. Raise AuthenticationFailed as `rotate` does."""
    blacklist(read_token(RefreshToken, refresh_token))


@transaction.atomic
def revoke_all(user: User) -> None:
    """Revoke all refresh tokens of the user."""
    tokens = OutstandingToken.objects.filter(user=user, blacklistedtoken=None)
    BlacklistedToken.objects.bulk_create(
        [BlacklistedToken(token=token) for token in tokens], ignore_conflicts=True
    )


def blacklist(token: RefreshToken) -> None:
    """Blacklist the token. Raise AuthenticationFailed if it was blacklisted before."""
    # simplejwt returns the result of get_or_create(), but annotates one object.
    _, is_new = cast("tuple[BlacklistedToken, bool]", token.blacklist())
    if not is_new:
        raise invalid_token_error()


@transaction.atomic
def delete_expired_keys() -> int:
    """Delete a batch of expired idempotency keys and return their number."""
    rows = IdempotencyKey.objects.expired().order_by("stored_at")
    batch = rows.select_for_update(skip_locked=True).values_list("pk", flat=True)
    pks = list(batch[:KEY_BATCH_SIZE])
    deleted, _ = IdempotencyKey.objects.filter(pk__in=pks).delete()
    return deleted


def delete_expired_tokens() -> int:
    """Delete a batch of expired refresh tokens and return their number."""
    expired = OutstandingToken.objects.filter(expires_at__lte=timezone.now())
    batch = expired.order_by("expires_at").values_list("pk", flat=True)
    pks = list(batch[:TOKEN_BATCH_SIZE])
    _, deleted = OutstandingToken.objects.filter(pk__in=pks).delete()
    return deleted.get(OutstandingToken._meta.label, 0)
