"""Bearer tokens of an identity provider, such as Auth0: RS256, keys from its JWKS URL.

    OIDC_ISSUER=https://agency.eu.auth0.com/  OIDC_AUDIENCE=https://casting.example.com
    OIDC_JWKS_URL=https://agency.eu.auth0.com/.well-known/jwks.json

A view takes them by naming `ExternalTokenAuthentication` before the authentication by
our own tokens. Everywhere else such a token is as foreign as any other: 401.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache
from time import monotonic
from typing import Any

import jwt
from django.conf import settings
from jwt.exceptions import PyJWKClientConnectionError, PyJWKClientError, PyJWTError
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.authentication import TokenAuthentication, refuse
from common.http.errors import Unavailable

ALGORITHM = "RS256"
REQUIRED = ["iss", "aud", "exp", "sub", "permissions"]
# How far the provider's clock may be from ours.
LEEWAY_SECONDS = 10
TIMEOUT_SECONDS = 3
# Keys are asked for anew after this time, and at once for a key id not seen before,
# but then, and after a failure, not again during the pause.
JWKS_TTL_SECONDS = 300
PAUSE_SECONDS = 10
# How long the last keys are good while the provider does not answer.
KEPT_SECONDS = 3600
# What parsing a token or a key set that somebody made up can raise.
UNREADABLE = (
    PyJWTError,
    ValueError,
    TypeError,
    LookupError,
    OverflowError,
    RecursionError,
)


@dataclass(frozen=True)
class ExternalCaller:
    """Whoever the provider vouches for: no account, and the token's rights alone."""

    subject: str
    permissions: frozenset[str]

    pk = id = None
    is_authenticated = is_active = True
    is_anonymous = is_staff = is_superuser = False

    def __str__(self) -> str:
        return self.subject


class ProviderKeys(jwt.PyJWKClient):
    """The provider's public keys, from memory where possible."""

    def __init__(self, url: str) -> None:
        super().__init__(
            url,
            lifespan=JWKS_TTL_SECONDS,
            timeout=TIMEOUT_SECONDS,
            cooldown_duration=PAUSE_SECONDS,
        )
        self.lock = threading.RLock()
        self.last: Any = None
        self.last_at = self.retry_at = 0.0

    def fetch_data(self) -> Any:
        """The provider's answer; while it does not answer, its last one."""
        with self.lock:
            if monotonic() < self.retry_at:
                return self.last_answer()
            try:
                self.last = super().fetch_data()
            except (*UNREADABLE, OSError):
                self.retry_at = monotonic() + PAUSE_SECONDS
                return self.last_answer()
            self.last_at = monotonic()
            return self.last

    def last_answer(self) -> Any:
        if self.last is None or monotonic() - self.last_at > KEPT_SECONDS:
            raise PyJWKClientConnectionError("The provider does not answer.")
        return self.last


@cache
def keys_at(url: str) -> ProviderKeys:
    return ProviderKeys(url)


class ExternalTokenAuthentication(BaseAuthentication):
    """Takes the tokens that claim to be the provider's; all others it leaves alone."""

    def authenticate(self, request: Request) -> tuple[ExternalCaller, Any] | None:
        if not settings.OIDC_ISSUER:
            return None
        own = TokenAuthentication()
        header = own.get_header(request)
        if not header:
            return None
        token = own.get_raw_token(header)
        if not claims_issuer(token):
            return None
        claims = verified_claims(token)
        return caller_of(claims), claims

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def claims_issuer(token: bytes) -> bool:
    """Whether the token names the provider. This proves nothing, and need not."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except UNREADABLE:
        return False
    return bool(claims.get("iss") == settings.OIDC_ISSUER)


def verified_claims(token: bytes) -> dict[str, Any]:
    """The claims of a token that the provider signed for us, or AuthenticationFailed.

    Raises Unavailable while the provider's keys cannot be had.
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
    except UNREADABLE:
        refuse()


def signing_key(header: dict[str, Any]) -> jwt.PyJWK:
    """The key that the token names; nothing is asked of the provider for others."""
    if header.get("alg") != ALGORITHM or not header.get("kid"):
        refuse()
    try:
        return keys_at(settings.OIDC_JWKS_URL).get_signing_key(header["kid"])
    except PyJWKClientConnectionError as exc:
        raise Unavailable("The identity provider does not answer.") from exc
    except PyJWKClientError:
        refuse()


def caller_of(claims: dict[str, Any]) -> ExternalCaller:
    permissions = claims["permissions"]
    if not isinstance(permissions, list) or not claims["sub"]:
        refuse()
    if not all(isinstance(permission, str) for permission in permissions):
        refuse()
    return ExternalCaller(claims["sub"], frozenset(permissions))
