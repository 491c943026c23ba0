"""Authentication by bearer tokens. A malformed token returns 401, never 500."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError
from rest_framework_simplejwt.tokens import Token

from accounts.tokens import AccessToken

USER_ID = re.compile("[0-9]{1,18}")
AnyToken = TypeVar("AnyToken", bound=Token)


class TokenAuthentication(JWTAuthentication):
    """Authentication that loads the user on every request, so changes apply at once."""

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def get_raw_token(self, header: bytes) -> bytes:
        """Return the token. Raise AuthenticationFailed for any other scheme."""
        match header.split():
            case [scheme, token] if scheme.lower() == b"bearer":
                return token
        raise AuthenticationFailed(
            "The Authorization header must read: Bearer <token>", code="invalid_header"
        )

    def get_validated_token(self, raw_token: bytes) -> AccessToken:
        return read_token(AccessToken, raw_token)

    def get_user(self, validated_token: Token) -> Any:
        """Return the token's user, who must be active and have the same password."""
        # int() accepts spaces and underscores, which our tokens never contain.
        if not USER_ID.fullmatch(str(validated_token.get("sub"))):
            raise invalid_token_error()
        return super().get_user(validated_token)


def read_token(token_class: type[AnyToken], text: str | bytes) -> AnyToken:
    """Return the verified token. Raise AuthenticationFailed with a stable code."""
    try:
        return token_class(text)  # type: ignore[arg-type]
    except ExpiredTokenError as exc:
        raise AuthenticationFailed("Token is expired.", code="token_expired") from exc
    except (TokenError, KeyError, TypeError, ValueError, OverflowError) as exc:
        raise invalid_token_error() from exc


def invalid_token_error() -> AuthenticationFailed:
    return AuthenticationFailed("Token is invalid.", code="token_not_valid")
