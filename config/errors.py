"""Handlers of errors outside the API views: pages for browsers, else the dialect's."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views import defaults

from common.http.errors import NOT_FOUND, SERVER_ERROR, Problem, problem_from
from config.apis import dialect_of

JSON, HTML = "application/json", "text/html"


def error_response(request: HttpRequest, problem: Problem) -> HttpResponse:
    return dialect_of(request.path_info).plain_response(problem)


def is_page(request: HttpRequest) -> bool:
    """Return whether the URL is a page of the admin or a login page."""
    return request.path_info.startswith(("/admin/", "/session/"))


def is_for_browser(request: HttpRequest) -> bool:
    """Return whether the client is a browser, which accepts HTML rather than JSON."""
    return is_page(request) or request.get_preferred_type([JSON, HTML]) == HTML


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    problem = problem_from(exception) or SERVER_ERROR
    return negotiated(
        request, partial(defaults.bad_request, request, exception), problem
    )


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    page = partial(defaults.permission_denied, request, exception)
    return negotiated(request, page, problem_from(exception) or SERVER_ERROR)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    page = partial(defaults.page_not_found, request, exception)
    return negotiated(request, page, NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    return negotiated(request, partial(defaults.server_error, request), SERVER_ERROR)


def negotiated(
    request: HttpRequest, page: Callable[[], HttpResponse], problem: Problem
) -> HttpResponse:
    """Return the page for a browser, and the problem for other clients."""
    response = page() if is_for_browser(request) else error_response(request, problem)
    patch_vary_headers(response, ["Accept"])
    return response
