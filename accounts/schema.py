"""OpenAPI of accounts: security schemes, limits of attempts, errors of single views."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from dialects.openapi_parts import Schema
from dialects.schema import DialectSchema, can_fail

Method = TypeVar("Method", bound=Callable[..., Any])

LIMIT_TEXTS = {
    "X-RateLimit-Limit": "Maximum number of attempts per window.",
    "X-RateLimit-Remaining": "Attempts left in the current window.",
    "X-RateLimit-Reset": "Time when the limit resets (Unix time).",
}
LIMIT_HEADERS: Schema = {
    name: {"schema": {"type": "integer"}, "description": text}
    for name, text in LIMIT_TEXTS.items()
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
            "description": "A token of the identity provider that `OIDC_ISSUER` names.",
        }


class Refusal(NamedTuple):
    """When a view returns an error, and the message that it then has."""

    description: str
    message: str


def refuses(status: int, description: str, message: str) -> Callable[[Method], Method]:
    """Decorate a view's method with an error that has a meaning of its own."""

    def decorate(method: Method) -> Method:
        refusals: dict[int, Refusal] = getattr(method, "refusals", {})
        known = {**refusals, status: Refusal(description, message)}
        method.refusals = known  # type: ignore[attr-defined]
        return can_fail(status)(method)

    return decorate


def limited(*statuses: int) -> Callable[[Method], Method]:
    """Decorate a view's method that limits attempts.

    Responses with these statuses, and 429, have the headers of the limit.
    """

    def decorate(method: Method) -> Method:
        method.limited_statuses = (*statuses, 429)  # type: ignore[attr-defined]
        return can_fail(429)(method)

    return decorate


class AccountSchema(DialectSchema):
    def complete(self, operation: Schema) -> None:
        if self.method == "DELETE":
            operation["requestBody"] = self.body_of_deletion()
        super().complete(operation)
        for status in getattr(self.handler, "limited_statuses", ()):
            operation["responses"][str(status)]["headers"].update(LIMIT_HEADERS)

    def body_of_deletion(self) -> Schema:
        """Return the request body, which drf-spectacular leaves out for DELETE."""
        serializer_class = self.view.get_serializer_class()
        schema = self.resolve_serializer(serializer_class, "request").ref
        return {"content": {"application/json": {"schema": schema}}, "required": True}

    def error_response(self, status: int) -> Schema:
        response = super().error_response(status)
        refusal = getattr(self.handler, "refusals", {}).get(status)
        if refusal is None:
            return response
        schema = self.error_schema(status)
        content = {"schema": schema, "example": {"message": refusal.message}}
        return response | {
            "description": refusal.description,
            "content": dict.fromkeys(response["content"], content),
        }
