"""Error statuses in the OpenAPI document: a text and a typical error of each."""

from __future__ import annotations

import json
from functools import cache
from http import HTTPStatus
from typing import Any

from rest_framework import exceptions

from common.http.conditional import PreconditionFailed
from common.http.errors import (
    Conflict,
    Problem,
    TooLarge,
    Unavailable,
    Unprocessable,
    problem_from,
)

STATUS_DESCRIPTIONS = {
    400: "The request is invalid.",
    401: "A valid bearer token is required.",
    403: "The user lacks the permission.",
    404: "Not found, or it belongs to another user.",
    406: "None of the media types in `Accept` is available.",
    409: "Conflict with the current state of the resource.",
    412: "The precondition in `If-Match` or `If-None-Match` failed.",
    413: "The body is too large.",
    415: "The body's media type is not supported.",
    422: "The body is well-formed but invalid.",
    429: "Too many requests. `Retry-After` contains the seconds to wait.",
    503: "The database is unavailable. `Retry-After` contains the seconds to wait.",
}


def not_authenticated() -> exceptions.NotAuthenticated:
    error = exceptions.NotAuthenticated()
    error.auth_header = "Bearer"  # type: ignore[attr-defined]
    return error


ERRORS = [
    exceptions.ValidationError({"name": ["This field is required."]}, code="required"),
    exceptions.ParseError("Expecting value: line 1 column 1 (char 0)"),
    not_authenticated(),
    exceptions.PermissionDenied(),
    exceptions.NotFound(),
    exceptions.NotAcceptable(),
    Conflict("It already exists.", code="unique"),
    PreconditionFailed("If-Match", 'W/"41d0c5a1f3e2b7d69a80"'),
    TooLarge("The request body is larger than 2621440 bytes."),
    exceptions.UnsupportedMediaType("text/plain"),
    Unprocessable("This Idempotency-Key was used for another request."),
    exceptions.Throttled(wait=30),
    Unavailable(),
]


@cache
def problems() -> list[Problem]:
    """Return the samples. A dialect decides which status each of them has."""
    return [problem for problem in map(problem_from, ERRORS) if problem]


@cache
def typical_errors(view_class: Any) -> dict[int, object]:
    """Return the bodies of errors in the view's format, by status."""
    responses = [view_class.plain_response(problem) for problem in problems()]
    # The first problem of a status is its example.
    return {each.status_code: json.loads(each.content) for each in reversed(responses)}


def phrase_of(status: str) -> str:
    """Return HTTP's phrase of a status; 419 has none."""
    known = {str(each.value): each.phrase for each in HTTPStatus}
    return known.get(status, "Done")
