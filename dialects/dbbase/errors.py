"""Error messages as Flask-RESTful-DBBase writes them.

{"message": [{"title": "The data exceeds the maximum length 100"},
             {"missing_columns": ["pub_year"]}]}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rest_framework.exceptions import (
    MethodNotAllowed,
    NotAuthenticated,
    ParseError,
    UnsupportedMediaType,
)
from rest_framework.settings import api_settings

from common.http.errors import Problem, first_message
from dialects.dbbase import old_texts


class QueryError(ParseError):
    """A query parameter is invalid; the hint names the likely correction."""

    def __init__(self, detail: str, code: str, hint: str = "") -> None:
        super().__init__(detail, code)
        self.hint = hint


# Errors of a body have the shape of DRF's `get_full_details()`.
ColumnErrors = list[dict[str, object]]


def message_of(problem: Problem) -> object:
    """Return the member `message` of an error response: a sentence or a list."""
    if problem.status == NotAuthenticated.status_code:
        return old_texts.UNAUTHORIZED
    if problem.status == MethodNotAllowed.status_code:
        return old_texts.METHOD_NOT_ALLOWED
    if problem.code == "malformed_json":
        return old_texts.MALFORMED_JSON.format(reason=problem.detail)
    if problem.code == UnsupportedMediaType.default_code:
        return old_texts.JSON_REQUIRED
    if is_by_row(problem.fields):
        return row_errors(problem.fields)
    if isinstance(problem.fields, dict):
        return column_errors(problem.fields)
    return first_message(problem.fields)[1] if problem.fields else problem.detail


def column_errors(errors_by_column: dict[str, Any]) -> ColumnErrors | str:
    """Return an entry per error in column order, the missing columns in the last one.

    An error of the whole row takes the place of the list.
    """
    entries: ColumnErrors = []
    missing: list[str] = []
    for column, errors in errors_by_column.items():
        if column == api_settings.NON_FIELD_ERRORS_KEY:
            return str(errors[0]["message"])
        if is_not_a_list(errors):
            return old_texts.NOT_A_LIST.format(column=column)
        if is_missing(errors):
            missing.append(column)
        else:
            entries += [{column: message} for message in messages_of(errors)]
    return [*entries, {"missing_columns": missing}] if missing else entries


def is_missing(errors: object) -> bool:
    return (
        isinstance(errors, list)
        and isinstance(errors[0], dict)
        and errors[0].get("code") == "required"
    )


def is_not_a_list(errors: object) -> bool:
    if not isinstance(errors, dict):
        return False
    entries = errors.get(api_settings.NON_FIELD_ERRORS_KEY, [])
    return any(entry["code"] == "not_a_list" for entry in entries)


def messages_of(errors: Any) -> list[object]:
    """Return the messages of one column. A nested list has one: its rows' errors."""
    if is_by_row(errors):
        return [row_errors(errors)]
    entries = errors if isinstance(errors, list) else [errors]
    return [
        entry["message"] if set(entry) == {"message", "code"} else column_errors(entry)
        for entry in entries
        if entry
    ]


def is_by_row(errors: object) -> bool:
    """Return whether these are the errors of rows in a list, by their index."""
    return isinstance(errors, dict) and all(isinstance(index, int) for index in errors)


def row_errors(errors_by_row: dict[int, Any]) -> ColumnErrors:
    return [entry for item in errors_by_row.items() for entry in item_errors(*item)]


def item_errors(index: int, errors: Any) -> Iterator[dict[str, object]]:
    """Yield the errors of a row in a list, each with the row's index from 0."""
    # An entry that is null has a list of errors, and no columns.
    is_row = isinstance(errors, dict)
    entries = column_errors(errors) if is_row else first_message(errors)[1]
    for entry in entries if isinstance(entries, list) else [{"message": entries}]:
        yield {"item": index, **entry}
