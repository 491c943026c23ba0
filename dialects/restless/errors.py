"""Error objects with all members that Flask-Restless sends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from http import HTTPStatus

from rest_framework.exceptions import APIException
from rest_framework.settings import api_settings

from common.http.errors import Problem
from common.suggestions import nearest
from dialects.restless import old_texts

JSONObject = dict[str, object]
JSONAPI = {"version": "1.0"}


class JSONAPIError(APIException):
    """A request that breaks a rule of JSON:API.

    The source is one of `pointer="/data/id"`, `parameter="sort"` and
    `header="Accept"`. `meta` and `links` are members of the error object.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        meta: JSONObject | None = None,
        links: JSONObject | None = None,
        **source: str,
    ) -> None:
        super().__init__(detail, code)
        self.status_code = status
        self.source = source
        self.extra = {"meta": meta, "links": links}


class JSONAPIErrors(APIException):
    """Several errors of the same status."""

    def __init__(self, parts: list[JSONAPIError]) -> None:
        super().__init__(parts[0].detail)
        self.status_code = parts[0].status_code
        self.parts = parts


def did_you_mean(name: object, valid_names: Iterable[str]) -> JSONObject | None:
    """Return the error's `meta` with the valid name closest to the name, if any.

    It isn't part of the error's `detail`, since old clients may compare that text.
    """
    close_name = nearest(name, valid_names)
    return {"did_you_mean": close_name} if close_name else None


def errors_document(problem: Problem) -> JSONObject:
    return {"errors": list(error_objects(problem)), "jsonapi": JSONAPI}


def error_objects(problem: Problem) -> Iterator[JSONObject]:
    if problem.fields is not None:
        for path, message, code in attribute_errors(problem.fields):
            source = {"pointer": f"/data/{path}"}
            yield error_object(problem.status, code, message, source)
        return
    for part in problem.parts:
        # Flask-Restless: the errors of a list have no status.
        yield error_of(part) | {"status": None}
    if not problem.parts:
        yield error_of(problem)


def error_of(problem: Problem) -> JSONObject:
    error = error_object(problem.status, problem.code, problem.detail, problem.source)
    return error | problem.extra


def error_object(
    status: int, code: str, detail: str, source: dict[str, str] | None
) -> JSONObject:
    return {
        "id": None,
        "links": None,
        "status": str(status),
        "code": code,
        "title": old_texts.TITLES.get(status) or HTTPStatus(status).phrase,
        "detail": detail,
        "source": source or None,
        "meta": None,
    }


def attribute_errors(
    errors: object, path: str = "attributes"
) -> Iterator[tuple[str, str, str]]:
    """Yield path, text and code of the errors in `get_full_details()`."""
    if isinstance(errors, list):
        for item in errors:
            yield from attribute_errors(item, path)
    elif isinstance(errors, dict) and set(errors) == {"message", "code"}:
        name = path.rpartition("/")[2]
        yield path, f"{name}: {errors['message']}", str(errors["code"])
    elif isinstance(errors, dict):
        for name, value in errors.items():
            is_general = name == api_settings.NON_FIELD_ERRORS_KEY
            yield from attribute_errors(value, path if is_general else f"{path}/{name}")
