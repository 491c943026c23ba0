"""Bearer tokens; whatever is wrong with one is 401, never 500."""

from __future__ import annotations

import re
import time
from collections.abc import Hashable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NoReturn, TypeVar

from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt import state
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken, Token
from rest_framework_simplejwt.utils import get_md5_hash_password

from accounts.claims import ClaimsSuffice, claimed
from accounts.models import User
from common.compiled import RowByKey
from common.reads import ends_at

USER_ID = re.compile("[0-9]{1,18}")
# Of the callers that a process answers within the life of an access token.
MOST_TOKENS = 4096
AnyToken = TypeVar("AnyToken", bound=Token)


class TokenAuthentication(JWTAuthentication):
    """The user is asked for at each request, so what changes there counts at once.

    For views that set `asks_rights`, one statement reads the user's rights along.
    """

    users = RowByKey(lambda key: User.objects.filter(pk=key))
    users_with_rights = RowByKey(
        lambda key: User.objects.filter(pk=key).with_rights(key)
    )
    asks_rights = takes_claims = False
    # What users are is known; the base class would look it up each time.
    user_model = User
    __init__ = object.__init__

    def authenticate(self, request: Request) -> Any:
        view = (request.parser_context or {}).get("view")
        self.asks_rights = getattr(view, "asks_rights", False)
        self.takes_claims = isinstance(view, ClaimsSuffice) and view.takes_claims()
        return super().authenticate(request)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def get_raw_token(self, header: bytes) -> bytes:
        """The token; any other scheme is refused rather than taken for nobody."""
        match header.split():
            case [scheme, token] if scheme.lower() == b"bearer":
                return token
        raise AuthenticationFailed(
            "The Authorization header must read: Bearer <token>", code="invalid_header"
        )

    def get_validated_token(self, raw_token: bytes) -> Any:
        """The token's claims, which nobody can change; they serve others, too."""
        claims = proven_claims(raw_token, verifier())
        if claims["exp"] <= time.time():
            read_token(AccessToken, raw_token)
        ends_at(claims["exp"])
        return claims

    def get_user(self, validated_token: Any) -> Any:
        """The token's user, of whom it may be found out later that they may not."""
        # Python takes more texts for the same number than we ever write.
        if not USER_ID.fullmatch(key := str(validated_token.get("sub"))):
            refuse()
        if self.takes_claims:
            issued_for = validated_token.get(api_settings.REVOKE_TOKEN_CLAIM)
            return claimed(int(key), issued_for)
        return self.proven_user(validated_token)

    def proven_user(self, validated_token: Any) -> User:
        """The token's user: existing, active, with the password it was issued for."""
        user = self.user(int(validated_token["sub"]))
        if user is None:
            raise AuthenticationFailed("User not found", code="user_not_found")
        if not user.is_active:
            raise AuthenticationFailed("User is inactive", code="user_inactive")
        issued_for = validated_token.get(api_settings.REVOKE_TOKEN_CLAIM)
        if issued_for != get_md5_hash_password(user.password):
            raise AuthenticationFailed(
                "The user's password has been changed.", code="password_changed"
            )
        return user

    def user(self, key: int) -> User | None:
        if not self.asks_rights:
            found: User | None = self.users.first(key)
            return found
        user: Any = self.users_with_rights.first(key)
        if user and not user.is_superuser:
            # Where Django's own backends look first.
            user._perm_cache = set(user.rights)
        return user


def verifier() -> Hashable:
    """What tokens are verified by; under another key, what was proven is not."""
    backend = state.token_backend
    return backend, backend.prepared_signing_key


@lru_cache(MOST_TOKENS)
def proven_claims(token: bytes, by: Hashable) -> Mapping[str, Any]:
    """The claims of a token whose signature is verified once, while it is in use.

    All else that may end it has to be asked each time. What is refused is not kept.
    """
    return MappingProxyType(read_token(AccessToken, token).payload)


def read_token(token_class: type[AnyToken], text: Any) -> AnyToken:
    """The verified token, or AuthenticationFailed with a stable code."""
    try:
        return token_class(text)
    except ExpiredTokenError as exc:
        raise AuthenticationFailed("Token is expired.", code="token_expired") from exc
    except (TokenError, KeyError, TypeError, ValueError, OverflowError):
        refuse()


def refuse() -> NoReturn:
    raise AuthenticationFailed("Token is invalid.", code="token_not_valid")
