"""How a problem looks in the envelope, and what else can go wrong in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import APIException, NotFound
from rest_framework.settings import api_settings

from common.http.errors import Problem

MESSAGES = {
    400: "Bad request",
    404: "Resource was not found",
    405: "Method not found",
    406: "Not acceptable",
    409: "Conflict",
    412: "Precondition failed",
    413: "Payload too large",
    415: "Unsupported media type",
    422: "Unprocessable Entity",
    429: "Too many requests",
    500: "Internal Server error",
    503: "Service unavailable",
}
# Codes and texts as the usual Auth0 decorator gives them.
REFUSALS = {
    "not_authenticated": (
        "authorization_header_missing",
        "Authorization header is expected.",
    ),
    "invalid_header": (
        "invalid_header",
        "Authorization header must be a bearer token.",
    ),
    "token_expired": ("token_expired", "Token expired."),
    "permission_denied": ("unauthorized", "Permission not found."),
}
INVALID_CLAIMS = ("invalid_claims", "The token is not valid for this service.")
# What stands in `detail` for the body as a whole.
BODY = "body"


class EnvelopeErrorSerializer(serializers.Serializer[Any]):
    error = serializers.IntegerField()
    message = serializers.CharField()
    success = serializers.BooleanField()
    detail = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="The reasons, by the name of the field or parameter.",
    )


class RefusalSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    description = serializers.CharField()


class BadQuery(APIException):
    """The query of the URL is wrong; `reasons` by the names of its parameters."""

    status_code = 400
    default_detail = "The query is not valid."
    default_code = "bad_query"

    def __init__(self, reasons: Mapping[str, Any]) -> None:
        super().__init__()
        self.extra = {"detail": reasons}


class NothingNamed(NotFound):
    """Something that the URL names besides its own resource does not exist."""

    def __init__(self, reasons: Mapping[str, Any]) -> None:
        super().__init__()
        self.extra = {"detail": reasons}


def draw_refusal(problem: Problem) -> dict[str, Any]:
    code, description = REFUSALS.get(problem.code, INVALID_CLAIMS)
    return {"code": code, "description": description}


def draw_failure(problem: Problem) -> tuple[int, dict[str, Any]]:
    """The old three keys, and behind them the reasons where some are known."""
    status = 422 if problem.fields else problem.status
    message = MESSAGES.get(status, problem.detail)
    body = {"error": status, "message": message, "success": False}
    if reasons := reasons_of(problem):
        body["detail"] = reasons
    return status, body


def reasons_of(problem: Problem) -> Any:
    if problem.code == "malformed_json":
        return {BODY: [problem.detail]}
    if problem.source:
        return {name: [problem.detail] for name in problem.source.values()}
    if isinstance(problem.fields, dict):
        return {shown(name): texts(part) for name, part in problem.fields.items()}
    if problem.fields:
        return {BODY: texts(problem.fields)}
    return problem.extra.get("detail")


def shown(name: str) -> str:
    return BODY if name == api_settings.NON_FIELD_ERRORS_KEY else name


def texts(part: Any) -> list[str]:
    """The messages in a part of a problem's field tree, in their order."""
    if isinstance(part, dict) and isinstance(part.get("message"), str):
        return [part["message"]]
    below = part.values() if isinstance(part, dict) else part
    return [text for entry in below for text in texts(entry)]
