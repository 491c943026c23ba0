"""Convert every exception into a dialect-neutral `Problem`.

A dialect only decides how a `Problem` looks.
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
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
)
from django.db.models import ProtectedError, RestrictedError
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.fields import get_error_detail
from rest_framework.settings import api_settings

from common.db.sqlstates import (
    CHECK_VIOLATION,
    FOREIGN_KEY_VIOLATION,
    IMMUTABLE,
    NOT_NULL_VIOLATION,
    UNIQUE_VIOLATION,
    column_of,
    sqlstate_of,
)


class Conflict(exceptions.APIException):
    """The request is valid but conflicts with stored data (409)."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "The request conflicts with the current state of the resource."
    default_code = "conflict"


class TooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The request body is too large."
    default_code = "too_large"


class Unprocessable(exceptions.APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = "The request can't be processed."
    default_code = "unprocessable"


class Unavailable(exceptions.APIException):
    """A service that the request needs did not respond; the client can retry (503)."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "The database is temporarily unavailable. Try again later."
    default_code = "unavailable"
    wait = 1


@dataclass(frozen=True)
class Problem:
    """An error response before a dialect formats it.

    The `code` chooses a text in some dialects; JSON:API also sends it.

    `fields` describes an invalid body: the tree of field names, list positions and
    `{"message", "code"}` leaves that DRF's `get_full_details()` returns. `source` names
    the part of the request that is wrong, `parts` are the single problems of a request
    with several, `extra` is for the dialect whose exception it was, and `hint` says how
    to mend the request. These four are attributes of the exception, as are `headers`,
    and `wait` for Retry-After.
    """

    status: int
    code: str
    detail: str
    fields: Any = None  # recursive, so without a type
    headers: dict[str, str] = field(default_factory=dict)
    source: dict[str, str] | None = None
    parts: tuple[Problem, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    hint: str = ""


NOT_FOUND = Problem(404, "not_found", "Not found.")
SERVER_ERROR = Problem(500, "error", "Something went wrong on the server.")


def problem_from(exc: Exception) -> Problem | None:
    """Return the problem of an exception; None for a bug, which Django makes a 500."""
    error = exc if isinstance(exc, exceptions.APIException) else to_api_exception(exc)
    if error is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        # Their codes stay in `fields`; only JSON:API sends them.
        fields = error.get_full_details()
        return Problem(error.status_code, "invalid", "This value is invalid.", fields)
    code, detail = code_and_detail(error)
    return Problem(
        error.status_code,
        code,
        detail,
        headers=headers_of(error),
        source=getattr(error, "source", None),
        parts=tuple(filter(None, map(problem_from, getattr(error, "parts", ())))),
        extra=getattr(error, "extra", {}),
        hint=getattr(error, "hint", ""),
    )


def to_api_exception(exc: Exception) -> exceptions.APIException | None:
    """Return DRF's exception for one of Django's or of the database's."""
    match exc:
        case Http404():
            return exceptions.NotFound()
        case PermissionDenied():
            return exceptions.PermissionDenied()
        case ModelValidationError():
            return exceptions.ValidationError(get_error_detail(exc))
        case RequestDataTooBig():
            return TooLarge()
        case SuspiciousOperation():
            return exceptions.ParseError()
        case DatabaseError() | InterfaceError():
            return database_exception(exc)
    return None


def database_exception(
    exc: DatabaseError | InterfaceError,
) -> exceptions.APIException | None:
    match exc:
        case ProtectedError() | RestrictedError():
            text = "It can't be deleted because other objects refer to it."
            return Conflict(text, code="in_use")
        case IntegrityError():
            return integrity_exception(exc)
        case OperationalError() | InterfaceError():
            return Unavailable()
        case DataError():
            return exceptions.ValidationError(
                "A value is too long or too large for its column."
            )
    return None


def integrity_exception(exc: IntegrityError) -> exceptions.APIException | None:
    """Return the exception of a violated constraint, without the database's text."""
    if violates(exc, UNIQUE_VIOLATION, "UNIQUE constraint failed"):
        return Conflict("It already exists.", code="unique")
    if violates(exc, FOREIGN_KEY_VIOLATION, "FOREIGN KEY constraint failed"):
        return Conflict("It refers to an object that does not exist.", code="reference")
    if violates(exc, NOT_NULL_VIOLATION, "NOT NULL constraint failed"):
        return exceptions.ValidationError(
            {column_of(exc): "This field may not be null."}, code="null"
        )
    if violates(exc, IMMUTABLE, "immutable: "):
        return Conflict(
            "This invoice has been issued and can no longer be changed.",
            code="immutable",
        )
    if violates(exc, CHECK_VIOLATION, "CHECK constraint failed"):
        return exceptions.ValidationError("A value is not allowed.", code="check")
    return None


def violates(exc: IntegrityError, sqlstate: str, sqlite_text: str) -> bool:
    """Return whether PostgreSQL or SQLite reports this violation."""
    code = sqlstate_of(exc.__cause__)
    return code == sqlstate if code else str(exc).startswith(sqlite_text)


def code_and_detail(exc: exceptions.APIException) -> tuple[str, str]:
    """Return code and text of an exception; simplejwt has both in a dict."""
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


def first_message(fields: Any) -> tuple[str, str, str]:
    """Return field name, text and code of the first error in a problem's fields."""
    name = ""
    while not (isinstance(fields, dict) and set(fields) == {"message", "code"}):
        if isinstance(fields, list):
            fields = next(entry for entry in fields if entry)
            continue
        key, fields = next((key, errors) for key, errors in fields.items() if errors)
        name = name if key == api_settings.NON_FIELD_ERRORS_KEY else str(key)
    return name, str(fields["message"]), str(fields["code"])
