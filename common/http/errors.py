"""What went wrong, told once: every exception becomes one neutral `Problem`.

A dialect only decides how a `Problem` looks on its wire.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import (
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
)
from django.db.models import ProtectedError, RestrictedError
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.fields import get_error_detail

from common.db.sqlstates import (
    CHECK_VIOLATION,
    FOREIGN_KEY_VIOLATION,
    IMMUTABLE,
    UNIQUE_VIOLATION,
    sqlstate_of,
)


class Conflict(exceptions.APIException):
    """The request is well formed, but the stored data stand against it."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "The request conflicts with the stored data."
    default_code = "conflict"


class TooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The request body is too large."
    default_code = "too_large"


class Unprocessable(exceptions.APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = "The request cannot be carried out."
    default_code = "unprocessable"


class Unavailable(exceptions.APIException):
    """The database did not answer; the same request may succeed in a moment."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "The service is busy. Please try again."
    default_code = "unavailable"
    wait = 1


@dataclass(frozen=True)
class Problem:
    """One refused request: what the client did wrong, in no dialect's words.

    `fields` holds a refused body: the tree of field names, list positions and
    `{"message", "code"}` leaves as DRF's `get_full_details()` gives it. `source` names
    the part of the request that is meant, `parts` holds the single mistakes where one
    refusal tells several, and `extra` what only the dialect that raised it understands;
    all three come from the exception, if it has them.
    """

    status: int
    code: str
    detail: str
    fields: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    source: dict[str, str] | None = None
    parts: tuple[Problem, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)


NOT_FOUND = Problem(404, "not_found", "Not found.")
SERVER_ERROR = Problem(500, "error", "Something went wrong on the server.")


def problem_from(exc: Exception) -> Problem | None:
    """The problem that an exception stands for; None for a bug of ours (a 500)."""
    known = exc if isinstance(exc, exceptions.APIException) else translate(exc)
    if known is None:
        return None
    if isinstance(known, exceptions.ValidationError):
        fields = known.get_full_details()
        return Problem(known.status_code, "invalid", "It is not valid.", fields)
    code, detail = code_and_detail(known)
    return Problem(
        known.status_code,
        code,
        detail,
        headers=headers_of(known),
        source=getattr(known, "source", None),
        parts=tuple(filter(None, map(problem_from, getattr(known, "parts", ())))),
        extra=getattr(known, "extra", {}),
    )


def translate(exc: Exception) -> exceptions.APIException | None:
    """Django's and the database's exceptions as the API's own."""
    match exc:
        case Http404():
            return exceptions.NotFound()
        case PermissionDenied():
            return exceptions.PermissionDenied()
        case ModelValidationError():
            return exceptions.ValidationError(get_error_detail(exc))
        case ProtectedError() | RestrictedError():
            return Conflict("Other data still refer to it.", code="in_use")
        case IntegrityError():
            return integrity_problem(exc)
        case OperationalError() | InterfaceError():
            return Unavailable()
        case DataError():
            return exceptions.ValidationError("A value does not fit its column.")
        case RequestDataTooBig():
            return TooLarge()
        case SuspiciousOperation():
            return exceptions.ParseError()
    return None


def integrity_problem(exc: IntegrityError) -> exceptions.APIException | None:
    """A broken constraint in the system's own words; the database's never leave it."""
    if violates(exc, UNIQUE_VIOLATION, "UNIQUE constraint failed"):
        return Conflict("It already exists.", code="unique")
    if violates(exc, FOREIGN_KEY_VIOLATION, "FOREIGN KEY constraint failed"):
        return Conflict("It refers to something that does not exist.", code="reference")
    if violates(exc, IMMUTABLE, "immutable: "):
        return Conflict("It can no longer be changed.", code="immutable")
    if violates(exc, CHECK_VIOLATION, "CHECK constraint failed"):
        return exceptions.ValidationError("A value is not allowed.", code="check")
    return None


def violates(exc: IntegrityError, sqlstate: str, sqlite_text: str) -> bool:
    """Whether the error is the named one, on PostgreSQL or on SQLite."""
    code = sqlstate_of(exc.__cause__)
    return code == sqlstate if code else str(exc).startswith(sqlite_text)


def code_and_detail(exc: exceptions.APIException) -> tuple[str, str]:
    """Code and text of an exception; simplejwt keeps both in a dict of its own."""
    detail = exc.detail
    if isinstance(detail, dict) and "code" in detail:
        return str(detail["code"]), str(detail.get("detail", ""))
    if isinstance(detail, exceptions.ErrorDetail):
        return str(detail.code), str(detail)
    return exc.default_code, str(exc.default_detail)


def headers_of(exc: exceptions.APIException) -> dict[str, str]:
    headers = dict(getattr(exc, "headers", {}))
    if auth_header := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return headers
