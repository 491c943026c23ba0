from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class NoContentMiddleware:
    """Keeps `Content-Length` off 204 and 304, where HTTP forbids a length of 0."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code in {204, 304}:
            del response.headers["Content-Length"]
        return response
