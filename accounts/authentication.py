"""Bearer tokens; whatever is wrong with one is 401, never 500."""

from __future__ import annotations

import re
from typing import Any, NoReturn, TypeVar

from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError
from rest_framework_simplejwt.tokens import AccessToken, Token

USER_ID = re.compile("[0-9]{1,18}")
AnyToken = TypeVar("AnyToken", bound=Token)


class TokenAuthentication(JWTAuthentication):
    """Reads the token's user at each request, so changes to the user count at once."""

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def get_raw_token(self, header: bytes) -> bytes:
        """Returns the token; any other scheme is refused, not treated as anonymous."""
        match header.split():
            case [scheme, token] if scheme.lower() == b"bearer":
                return token
        raise AuthenticationFailed(
            "The Authorization header must read: Bearer <token>", code="invalid_header"
        )

    def get_validated_token(self, raw_token: bytes) -> AccessToken:
        return read_token(AccessToken, raw_token)

    def get_user(self, validated_token: Token) -> Any:
        """Returns the token's user: active, with the password it was issued for."""
        # int() also takes spaces and underscores, which no token of ours has.
        if not USER_ID.fullmatch(str(validated_token.get("sub"))):
            refuse()
        return super().get_user(validated_token)


def read_token(token_class: type[AnyToken], text: Any) -> AnyToken:
    """Returns the verified token. Raises AuthenticationFailed with a stable code."""
    try:
        return token_class(text)
    except ExpiredTokenError as exc:
        raise AuthenticationFailed("Token is expired.", code="token_expired") from exc
    except (TokenError, KeyError, TypeError, ValueError, OverflowError):
        refuse()


def refuse() -> NoReturn:
    raise AuthenticationFailed("Token is invalid.", code="token_not_valid")
