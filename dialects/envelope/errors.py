"""Errors in the envelope, and exceptions of this dialect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import APIException, NotFound
from rest_framework.settings import api_settings

from common.http.errors import Problem
from dialects.envelope import old_texts

# Messages by status. They replace the text of an exception.
MESSAGES = {
    400: old_texts.BAD_REQUEST,
    404: old_texts.NOT_FOUND,
    405: old_texts.METHOD_NOT_FOUND,
    406: "Not acceptable",
    409: "Conflict",
    412: "Precondition failed",
    413: "Payload too large",
    415: "Unsupported media type",
    422: old_texts.UNPROCESSABLE_ENTITY,
    429: "Too many requests",
    500: old_texts.SERVER_ERROR,
    503: "Service unavailable",
}
# Code and description by the problem's code, as in Auth0's decorator. A new code of 401
# or 403 needs an entry; without one it is INVALID_CLAIMS.
AUTH_ERRORS = {
    "not_authenticated": (
        "authorization_header_missing",
        old_texts.HEADER_EXPECTED,
    ),
    "invalid_header": (
        "invalid_header",
        "Authorization header must be a bearer token.",
    ),
    "token_expired": ("token_expired", old_texts.EXPIRED),
    "permission_denied": ("unauthorized", old_texts.PERMISSION_NOT_FOUND),
}
INVALID_CLAIMS = ("invalid_claims", "The token is not valid for this service.")
AUTH_CODES = [f"`{code}`" for code, _ in (*AUTH_ERRORS.values(), INVALID_CLAIMS)]
# The key in `detail` for errors of the body as a whole.
BODY = "body"

# Messages by the name of a field or parameter.
Messages = Mapping[str, object]


class EnvelopeErrorSerializer(serializers.Serializer[Any]):
    error = serializers.IntegerField(help_text="The HTTP status.")
    message = serializers.CharField()
    success = serializers.BooleanField(help_text="Always false.")
    detail = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="Error messages by field or parameter.",
    )


class RefusalSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text=f"One of {', '.join(AUTH_CODES)}.")
    description = serializers.CharField()


class BadQuery(APIException):
    """Query parameters are invalid."""

    status_code = 400
    default_detail = "The query is not valid."
    default_code = "bad_query"

    def __init__(self, messages: Messages) -> None:
        super().__init__()
        self.extra = {"detail": messages}


class RelatedNotFound(NotFound):
    """The URL names another resource in addition to its own, which does not exist."""

    def __init__(self, messages: Messages) -> None:
        super().__init__()
        self.extra = {"detail": messages}


def draw_auth_error(problem: Problem) -> dict[str, str]:
    """Return the body of 401 and 403."""
    code, description = AUTH_ERRORS.get(problem.code, INVALID_CLAIMS)
    return {"code": code, "description": description}


def draw_error(problem: Problem) -> tuple[int, dict[str, object]]:
    """Return status and body: the old API's three keys, and `detail` if available."""
    status = 422 if problem.fields else problem.status
    message = MESSAGES.get(status, problem.detail)
    body = {"error": status, "message": message, "success": False}
    if detail := detail_of(problem):
        body["detail"] = detail
    return status, body


def detail_of(problem: Problem) -> Messages | None:
    if problem.code == "malformed_json":
        return {BODY: [problem.detail]}
    if problem.source:
        return {name: [problem.detail] for name in problem.source.values()}
    if isinstance(problem.fields, dict):
        return {key_of(name): messages(part) for name, part in problem.fields.items()}
    if problem.fields:
        return {BODY: messages(problem.fields)}
    return problem.extra.get("detail")


def key_of(name: str) -> str:
    return BODY if name == api_settings.NON_FIELD_ERRORS_KEY else name


def messages(part: Any) -> list[str]:
    """Return the messages in a part of a problem's fields, in their order."""
    if isinstance(part, dict) and isinstance(part.get("message"), str):
        return [part["message"]]
    below = part.values() if isinstance(part, dict) else part
    return [message for entry in below for message in messages(entry)]
