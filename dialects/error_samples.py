"""A typical problem of each error status, for the examples of the OpenAPI document."""

from __future__ import annotations

from functools import cache

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
