"""Access and refresh tokens, which stay valid when `SECRET_KEY` is rotated."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from rest_framework_simplejwt import tokens
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import (
    TokenBackendError,
    TokenBackendExpiredToken,
)
from rest_framework_simplejwt.settings import api_settings

from accounts.token_keys import token_key


class KeyRotationBackend(TokenBackend):
    """Token backend that also accepts the keys of `SECRET_KEY_FALLBACKS`."""

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        try:
            return super().decode(token, verify)
        except TokenBackendExpiredToken:
            raise
        except TokenBackendError:
            claims = self.decode_by_fallbacks(token, verify)
            if claims is None:
                raise
            return claims

    def decode_by_fallbacks(self, token: Any, verify: bool) -> dict[str, Any] | None:
        for secret_key in settings.SECRET_KEY_FALLBACKS:
            backend = TokenBackend(self.algorithm, token_key(secret_key))
            try:
                return backend.decode(token, verify)
            except TokenBackendExpiredToken:
                raise
            except TokenBackendError:
                continue
        return None


@cache
def token_backend() -> KeyRotationBackend:
    return KeyRotationBackend(api_settings.ALGORITHM, api_settings.SIGNING_KEY)


class AccessToken(tokens.AccessToken):
    def get_token_backend(self) -> KeyRotationBackend:
        return token_backend()


class RefreshToken(tokens.RefreshToken):
    access_token_class = AccessToken

    def get_token_backend(self) -> KeyRotationBackend:
        return token_backend()
