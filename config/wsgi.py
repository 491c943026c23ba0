"""The WSGI entry point: `gunicorn config.wsgi`."""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest
from django.urls import ResolverMatch, URLResolver, get_resolver

from common.remembered import remembered

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)
MOST_PATHS, LONGEST_PATH = 5000, 100


class Request(WSGIRequest):
    def get_host(self) -> str:
        return self.checked_host

    @cached_property
    def checked_host(self) -> str:
        """Several ask for it while one request is answered."""
        return super().get_host()

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        """Takes a Content-Type that cannot be parsed for an unknown one.

        Django would raise before any view could answer 415.
        """
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]
        except ValueError:
            self.content_type, self.content_params = "unreadable", {}


class Handler(WSGIHandler):
    request_class = Request

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """Finds the view of a path that was asked for before without searching."""
        match: ResolverMatch = match_of(request.path_info, get_resolver())
        request.resolver_match = match
        return match


@remembered(MOST_PATHS, LONGEST_PATH)
def match_of(path: str, urls: URLResolver) -> ResolverMatch:
    return urls.resolve(path)


application = Handler()
