from __future__ import annotations

from typing import Any

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter

LIMIT_HEADERS = {
    "X-RateLimit-Limit": "Tries in a while.",
    "X-RateLimit-Remaining": "Tries that are left.",
    "X-RateLimit-Reset": "When there will be more, in seconds since 1970.",
}


class BearerScheme(SimpleJWTScheme):
    """How the OpenAPI document names our tokens."""

    target_class = "accounts.authentication.TokenAuthentication"
    name = "bearer"


class ExternalScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI document names an identity provider's tokens."""

    target_class = "accounts.external.ExternalTokenAuthentication"
    name = "external"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A token of the identity provider that `OIDC_ISSUER` names.",
        }


def limit_headers(*statuses: int) -> list[OpenApiParameter]:
    """What the answers of these statuses tell of the caller's limit."""
    found = [
        OpenApiParameter(
            name,
            int,
            OpenApiParameter.HEADER,
            response=[*statuses],
            description=text,
        )
        for name, text in LIMIT_HEADERS.items()
    ]
    text = "Seconds until it may be tried again."
    wait = OpenApiParameter(
        "Retry-After", int, OpenApiParameter.HEADER, response=[429], description=text
    )
    return [*found, wait]
