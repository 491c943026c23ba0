"""Tokens: issued in pairs, rotated once, revoked for good.

Tokens, and answers to requests that named a key, are forgotten after their time.
"""

from __future__ import annotations

from typing import NamedTuple, cast

from django.db import transaction
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import (
    BlacklistedToken,
    OutstandingToken,
)
from rest_framework_simplejwt.tokens import RefreshToken

from accounts.authentication import TokenAuthentication, read_token, refuse
from accounts.models import IdempotentAnswer, User

ANSWERS_FORGOTTEN_AT_ONCE = 1000
TOKENS_FORGOTTEN_AT_ONCE = 1000


class Tokens(NamedTuple):
    access: str
    refresh: str


def issue_tokens(user: User) -> Tokens:
    refresh = RefreshToken.for_user(user)
    return Tokens(access=str(refresh.access_token), refresh=str(refresh))


@transaction.atomic
def rotate(refresh_token: str) -> Tokens:
    """A new pair for a refresh token, which is spent by this.

    Raises AuthenticationFailed for a token that is invalid, spent or revoked, or
    whose user is gone, deactivated or has changed the password.
    """
    token = read_token(RefreshToken, refresh_token)
    user = TokenAuthentication().get_user(token)
    spend(token)
    return issue_tokens(user)


@transaction.atomic
def revoke(refresh_token: str) -> None:
    """Ends one refresh token. Raises AuthenticationFailed as `rotate` does."""
    spend(read_token(RefreshToken, refresh_token))


@transaction.atomic
def revoke_all(user: User) -> None:
    """Ends every refresh token of the user."""
    tokens = OutstandingToken.objects.filter(user=user, blacklistedtoken=None)
    BlacklistedToken.objects.bulk_create(
        [BlacklistedToken(token=token) for token in tokens], ignore_conflicts=True
    )


def spend(token: RefreshToken) -> None:
    """Blacklists a token; of two requests with the same one, only the first wins."""
    # Annotated upstream as one row; it answers like get_or_create().
    _, is_first = cast("tuple[BlacklistedToken, bool]", token.blacklist())
    if not is_first:
        refuse()


@transaction.atomic
def forget_answers() -> int:
    """Deletes answers that are too old to be given again; how many, of a batch."""
    rows = IdempotentAnswer.objects.expired().order_by("stored_at")
    batch = rows.select_for_update(skip_locked=True).values_list("pk", flat=True)
    keys = list(batch[:ANSWERS_FORGOTTEN_AT_ONCE])
    deleted, _ = IdempotentAnswer.objects.filter(pk__in=keys).delete()
    return deleted


def forget_tokens() -> int:
    """Deletes refresh tokens that have expired; how many, of a batch."""
    expired = OutstandingToken.objects.filter(expires_at__lte=timezone.now())
    batch = expired.order_by("expires_at").values_list("pk", flat=True)
    keys = list(batch[:TOKENS_FORGOTTEN_AT_ONCE])
    _, deleted = OutstandingToken.objects.filter(pk__in=keys).delete()
    return deleted.get(OutstandingToken._meta.label, 0)
