"""Settings of passwords, of our own tokens, and of those of an identity provider."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import ImproperlyConfigured

from accounts.token_keys import token_key
from config.environment import YEAR, all_or_none, at_least


def password_hashers() -> list[str]:
    """Return the preferred hasher, and those that verify older hashes."""
    return [
        "django.contrib.auth.hashers.Argon2PasswordHasher",
        "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
        "accounts.hashers.BCryptPasswordHasher",
        "accounts.hashers.WerkzeugHMACPasswordHasher",
        "accounts.hashers.ScryptPasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
        "accounts.hashers.PBKDF2SHA512PasswordHasher",
    ]


def simple_jwt(secret_key: str) -> dict[str, object]:
    """Return the settings of djangorestframework-simplejwt."""
    access_seconds = at_least("ACCESS_TOKEN_SECONDS", 1, 300, YEAR)
    refresh_seconds = at_least("REFRESH_TOKEN_SECONDS", 1, 14 * 24 * 3600, YEAR)
    return {
        "ACCESS_TOKEN_LIFETIME": timedelta(seconds=access_seconds),
        "REFRESH_TOKEN_LIFETIME": timedelta(seconds=refresh_seconds),
        "ROTATE_REFRESH_TOKENS": True,
        "BLACKLIST_AFTER_ROTATION": True,
        "CHECK_REVOKE_TOKEN": True,
        "ALGORITHM": "HS256",
        "SIGNING_KEY": token_key(secret_key),
        "USER_ID_CLAIM": "sub",
    }


def identity_provider(production: bool) -> list[str]:
    """Return issuer, audience and JWKS URL; empty texts without a provider."""
    issuer, audience, jwks_url = all_or_none(
        "OIDC_ISSUER", "OIDC_AUDIENCE", "OIDC_JWKS_URL"
    )
    # Over plain HTTP, the keys could be replaced on the way.
    schemes = ("https://",) if production else ("https://", "http://")
    if jwks_url and not jwks_url.startswith(schemes):
        raise ImproperlyConfigured(
            f"OIDC_JWKS_URL must start with {' or '.join(schemes)}."
        )
    return [issuer, audience, jwks_url]
