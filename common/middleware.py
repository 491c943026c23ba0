from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class NoContentMiddleware:
    """Keeps `Content-Length` off 204 answers, where HTTP forbids it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 204:
            del response.headers["Content-Length"]
        return response
