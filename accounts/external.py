"""Bearer tokens of an identity provider, such as Auth0: RS256, keys from its JWKS URL.

    OIDC_ISSUER=https://agency.eu.auth0.com/  OIDC_AUDIENCE=https://casting.example.com
    OIDC_JWKS_URL=https://agency.eu.auth0.com/.well-known/jwks.json

A view accepts them if `ExternalTokenAuthentication` comes first in its
`authentication_classes`. All other views return 401.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jwt
from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.authentication import TokenAuthentication, invalid_token_error
from accounts.provider_keys import PARSE_ERRORS, keys_at

ALGORITHM = "RS256"
REQUIRED = ["iss", "aud", "exp", "sub", "permissions"]
# The allowed difference between the provider's clock and ours.
LEEWAY_SECONDS = 10

Claims = dict[str, Any]


@dataclass(frozen=True)
class ExternalUser:
    """A user of the provider: no account, only the permissions in the token."""

    subject: str
    permissions: frozenset[str]

    pk = id = None
    is_authenticated = is_active = True
    is_anonymous = is_staff = is_superuser = False

    def __str__(self) -> str:
        return self.subject


class ExternalTokenAuthentication(BaseAuthentication):
    """Authentication by the provider's tokens. The next class gets all others."""

    def authenticate(self, request: Request) -> tuple[ExternalUser, Claims] | None:
        if not settings.OIDC_ISSUER:
            return None
        bearer = TokenAuthentication()
        header = bearer.get_header(request)
        if not header:
            return None
        token = bearer.get_raw_token(header)
        if not has_our_issuer(token):
            return None
        claims = verify_claims(token)
        return user_of(claims), claims

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def has_our_issuer(token: bytes) -> bool:
    """Return whether the token names the provider, without verifying it."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except PARSE_ERRORS:
        return False
    return bool(claims.get("iss") == settings.OIDC_ISSUER)


def verify_claims(token: bytes) -> Claims:
    """Return the claims of a token that the provider signed for us.

    Raise AuthenticationFailed for any other token, and Unavailable if the provider's
    keys can't be fetched.
    """
    try:
        return jwt.decode(
            token,
            signing_key(jwt.get_unverified_header(token)),
            algorithms=[ALGORITHM],
            audience=settings.OIDC_AUDIENCE,
            issuer=settings.OIDC_ISSUER,
            leeway=LEEWAY_SECONDS,
            options={"require": REQUIRED},
        )
    except jwt.ExpiredSignatureError as exc:
        raise AuthenticationFailed("Token is expired.", code="token_expired") from exc
    except PARSE_ERRORS as exc:
        raise invalid_token_error() from exc


def signing_key(header: dict[str, Any]) -> jwt.PyJWK:
    """Return the key that the header names.

    The provider isn't asked for tokens with another algorithm or without a key id.
    """
    if header.get("alg") != ALGORITHM or not header.get("kid"):
        raise invalid_token_error()
    key = keys_at(settings.OIDC_JWKS_URL).get(header["kid"])
    if key is None:
        raise invalid_token_error()
    return key


def user_of(claims: Claims) -> ExternalUser:
    permissions = claims["permissions"]
    if not isinstance(permissions, list) or not claims["sub"]:
        raise invalid_token_error()
    if not all(isinstance(permission, str) for permission in permissions):
        raise invalid_token_error()
    return ExternalUser(claims["sub"], frozenset(permissions))
