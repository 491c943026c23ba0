"""Handlers of errors outside the API views, in the dialect of the URL."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from common.http.errors import NOT_FOUND, SERVER_ERROR, Problem, problem_from
from config.apis import dialect_of


def error_response(request: HttpRequest, problem: Problem) -> HttpResponse:
    return dialect_of(request.path_info).plain_response(problem)


def is_page(request: HttpRequest) -> bool:
    """Return whether the URL is a page of the admin or a login page."""
    return request.path_info.startswith(("/admin/", "/session/"))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_page(request):
        return defaults.page_not_found(request, exception)
    return error_response(request, NOT_FOUND)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_page(request):
        return defaults.bad_request(request, exception)
    return error_response(request, problem_from(exception) or SERVER_ERROR)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_page(request):
        return defaults.permission_denied(request, exception)
    return error_response(request, problem_from(exception) or SERVER_ERROR)


def server_error(request: HttpRequest) -> HttpResponse:
    if is_page(request):
        return defaults.server_error(request)
    return error_response(request, SERVER_ERROR)
