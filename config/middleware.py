from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from config.errors import answer
from config.wsgi_wrapper import REFUSAL


class RefusalMiddleware:
    """Answers what `config/wsgi_wrapper.py` refuses, in the dialect of the URL."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if problem := request.META.get(REFUSAL):
            response = answer(request, problem)
            response.headers["Content-Length"] = str(len(response.content))
            return response
        return self.get_response(request)
