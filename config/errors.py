"""Errors that no view of a dialect could draw, in the dialect of their URL."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from common.http.errors import NOT_FOUND, SERVER_ERROR, Problem, problem_from
from dialects.base import Dialect
from dialects.dbbase import DbbaseDialect
from dialects.envelope import EnvelopeDialect
from dialects.message import ArgumentDialect, MessageDialect
from dialects.restless import RestlessDialect

# The first prefix that fits; all else speaks plain messages.
DIALECTS: list[tuple[tuple[str, ...], type[Dialect]]] = [
    (("/v1.0/",), ArgumentDialect),
    (("/actors", "/movies"), EnvelopeDialect),
    (("/api/v2/", "/books", "/authors", "/orders", "/meta/"), DbbaseDialect),
    (("/invoice", "/a-model-command"), DbbaseDialect),
    (("/api/",), RestlessDialect),
]


def dialect_of(path: str) -> type[Dialect]:
    for prefixes, dialect in DIALECTS:
        if path.startswith(prefixes):
            return dialect
    return MessageDialect


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    return dialect_of(request.path_info).plain_response(problem)


def is_page(request: HttpRequest) -> bool:
    """Whether people look at it rather than programs."""
    return request.path_info.startswith(("/admin/", "/session/"))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_page(request):
        return defaults.page_not_found(request, exception)
    return answer(request, NOT_FOUND)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_page(request):
        return defaults.bad_request(request, exception)
    return answer(request, problem_from(exception) or SERVER_ERROR)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_page(request):
        return defaults.permission_denied(request, exception)
    return answer(request, problem_from(exception) or SERVER_ERROR)


def server_error(request: HttpRequest) -> HttpResponse:
    if is_page(request):
        return defaults.server_error(request)
    return answer(request, SERVER_ERROR)
