from __future__ import annotations

from collections.abc import Iterable

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

LIMIT_HEADERS = {
    "X-RateLimit-Limit": "Maximum number of attempts per window.",
    "X-RateLimit-Remaining": "Attempts left in the current window.",
    "X-RateLimit-Reset": "Time when the limit resets (Unix time).",
}
RETRY_AFTER = "Seconds to wait before trying again."


class BearerScheme(SimpleJWTScheme):
    """The security scheme of our own tokens in the OpenAPI document."""

    target_class = "accounts.authentication.TokenAuthentication"
    name = "bearer"


class ExternalScheme(OpenApiAuthenticationExtension):
    """The security scheme of an identity provider's tokens in the OpenAPI document."""

    target_class = "accounts.external.ExternalTokenAuthentication"
    name = "external"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A token of the identity provider that `OIDC_ISSUER` names.",
        }


def limit_headers(*statuses: int) -> list[OpenApiParameter]:
    """Return the headers of a limited view, for responses with these statuses."""
    limits = [header(name, text, statuses) for name, text in LIMIT_HEADERS.items()]
    return [*limits, header("Retry-After", RETRY_AFTER, [429])]


def header(name: str, text: str, statuses: Iterable[int]) -> OpenApiParameter:
    return OpenApiParameter(
        name,
        int,
        OpenApiParameter.HEADER,
        response=list(statuses),
        description=text,
    )
