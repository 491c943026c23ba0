"""Handlers of errors outside the API views: pages for browsers, else the dialect's."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.utils.cache import patch_vary_headers
from django.utils.html import format_html
from django.views import defaults

from common.http.errors import NOT_FOUND, SERVER_ERROR, Problem, problem_from
from common.ops import request_id
from config.apis import dialect_of

logger = logging.getLogger("quintet.server")

# The page of an error in the page of an error.
PLAIN_PAGE = """<!doctype html>
<html lang="en">
<title>Something went wrong on the server</title>
<h1>Something went wrong on the server</h1>
<p>Nothing was saved. If it happens again, report it with the request ID.</p>
<p>Request ID: <code>{}</code></p>
</html>
"""

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
    return negotiated(request, partial(server_error_page, request), SERVER_ERROR)


def server_error_page(request: HttpRequest) -> HttpResponse:
    """Return the page of an error, without styles if its template fails.

    The template needs the manifest of the static files. If that is missing, an
    exception would leave the request without an entry in the log.
    """
    try:
        return defaults.server_error(request)
    except Exception as exc:
        logger.error("The page of an error can't be rendered: %s", exc)
        page = format_html(PLAIN_PAGE, request_id.current())
        return HttpResponseServerError(page)


def negotiated(
    request: HttpRequest, page: Callable[[], HttpResponse], problem: Problem
) -> HttpResponse:
    """Return the page for a browser, and the problem for other clients."""
    response = page() if is_for_browser(request) else error_response(request, problem)
    patch_vary_headers(response, ["Accept"])
    return response
