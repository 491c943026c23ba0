"""OpenAPI of accounts: security schemes, headers of limits, bodies of DELETE."""

from __future__ import annotations

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from dialects.openapi_parts import Schema, response_header
from dialects.schema import DialectSchema

LIMIT_HEADERS = {
    "X-RateLimit-Limit": "Maximum number of attempts per window.",
    "X-RateLimit-Remaining": "Attempts left in the current window.",
    "X-RateLimit-Reset": "Time when the limit resets (Unix time).",
}


class BearerScheme(SimpleJWTScheme):
    """The security scheme of our own tokens in the OpenAPI document."""

    target_class = "accounts.authentication.TokenAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> Schema:
        text = "The `access_token` that `POST /auth/login` returns."
        definition: Schema = super().get_security_definition(auto_schema)  # type: ignore[no-untyped-call]
        return definition | {"description": text}


class ExternalScheme(OpenApiAuthenticationExtension):
    """The security scheme of an identity provider's tokens in the OpenAPI document."""

    target_class = "accounts.external.ExternalTokenAuthentication"
    name = "external"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A token of the identity provider in `OIDC_ISSUER`.",
        }


def limit_headers(*statuses: int) -> list[OpenApiParameter]:
    """Return the headers of a limited view, for responses with these statuses."""
    return [
        response_header(name, text, int, statuses)
        for name, text in LIMIT_HEADERS.items()
    ]


class AccountSchema(DialectSchema):
    def complete(self, operation: Schema) -> None:
        if self.method == "DELETE":
            operation["requestBody"] = self.body_of_deletion()
        super().complete(operation)

    def body_of_deletion(self) -> Schema:
        """Return the request body, which drf-spectacular leaves out for DELETE."""
        serializer_class = self.view.get_serializer_class()
        schema = self.resolve_serializer(serializer_class, "request").ref
        return {"content": {"application/json": {"schema": schema}}, "required": True}
