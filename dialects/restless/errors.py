"""Errors as Flask-Restless draws them, with `source`, `title` and `code` filled in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from http import HTTPStatus
from typing import Any

from rest_framework.exceptions import APIException
from rest_framework.settings import api_settings

from common.http.errors import Problem

VERSION = {"version": "1.0"}
# Python names these in other words since 3.13.
TITLES = {
    413: "Request Entity Too Large",
    414: "Request-URI Too Long",
    422: "Unprocessable Entity",
}


class JSONAPIError(APIException):
    """What the wire's rules forbid; `source` says where in the request.

    One of `pointer="/data/id"`, `parameter="sort"` or `header="Accept"`. `meta` and
    `links` are the error object's own.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        meta: dict[str, Any] | None = None,
        links: dict[str, Any] | None = None,
        **source: str,
    ) -> None:
        super().__init__(detail, code)
        self.status_code = status
        self.source = source
        self.extra = {"meta": meta, "links": links}


class Refusals(APIException):
    """Several of one kind, each told on its own."""

    def __init__(self, parts: list[JSONAPIError]) -> None:
        super().__init__(parts[0].detail)
        self.status_code = parts[0].status_code
        self.parts = parts


def did_you_mean(name: Any, known: Iterable[str]) -> dict[str, Any]:
    """The error's `meta` naming the known name that comes nearest, if any is near.

    Old clients may compare the texts, so it does not stand there.
    """
    near = get_close_matches(name[:255], known, n=1) if isinstance(name, str) else []
    return {"meta": {"did_you_mean": near[0]}} if near else {}


def errors_document(problem: Problem) -> dict[str, Any]:
    return {"errors": list(errors_of(problem)), "jsonapi": VERSION}


def errors_of(problem: Problem) -> Iterator[dict[str, Any]]:
    if problem.fields is not None:
        for path, message, code in leaves(problem.fields):
            source = {"pointer": f"/data/{path}"}
            yield error(problem.status, code, message, source)
        return
    for part in problem.parts:
        # The members of a list carry no status of their own on this wire.
        yield error_of(part) | {"status": None}
    if not problem.parts:
        yield error_of(problem)


def error_of(problem: Problem) -> dict[str, Any]:
    found = error(problem.status, problem.code, problem.detail, problem.source)
    return found | problem.extra


def error(
    status: int, code: str, detail: str, source: dict[str, str] | None
) -> dict[str, Any]:
    return {
        "id": None,
        "links": None,
        "status": str(status),
        "code": code,
        "title": TITLES.get(status) or HTTPStatus(status).phrase,
        "detail": detail,
        "source": source or None,
        "meta": None,
    }


def leaves(fields: Any, path: str = "attributes") -> Iterator[tuple[str, str, str]]:
    """Path, text and code of every mistake in a tree of attributes."""
    if isinstance(fields, dict) and set(fields) == {"message", "code"}:
        name = path.rpartition("/")[2]
        message = str(fields["message"])
        yield path, f"{name}: {message}", str(fields["code"])
    elif isinstance(fields, dict):
        for name, below in fields.items():
            is_general = name == api_settings.NON_FIELD_ERRORS_KEY
            yield from leaves(below, path if is_general else f"{path}/{name}")
    else:
        for below in fields:
            yield from leaves(below, path)
