"""The WSGI entry point: `gunicorn config.wsgi`."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cached_property
from typing import Any

import django
from django.conf import settings
from django.core.cache import close_caches
from django.core.handlers.base import reset_urlconf
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.urls import Resolver404, ResolverMatch, URLResolver, get_resolver
from django.utils.log import log_response

from common.handlers import TwoWays, at_end
from common.headers import headers_of
from common.remembered import remembered
from common.urls import Signpost

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)
MOST_HOSTS, MOST_PATHS, LONGEST_PATH = 100, 5000, 100


NO_QUERY = QueryDict()


class Request(WSGIRequest):
    def get_host(self) -> str:
        return self.checked_host

    @cached_property
    def GET(self) -> Any:  # type: ignore[override]  # noqa: N802 - Django's name
        return super().GET if self.META.get("QUERY_STRING") else NO_QUERY

    @cached_property
    def checked_host(self) -> str:
        """Several ask for it while one request is answered."""
        raw: str = self._get_raw_host()  # type: ignore[attr-defined]
        return served(raw, (*settings.ALLOWED_HOSTS,), settings.DEBUG)

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        """Takes a Content-Type that cannot be parsed for an unknown one.

        Django would raise before any view could answer 415.
        """
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]
        except ValueError:
            self.content_type, self.content_params = "unreadable", {}


class Handler(TwoWays, WSGIHandler):
    request_class = Request

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        response: Any = self.answer(request)
        at_end(response, request.close, close_old_connections)
        if response.status_code >= 400:
            reason, path = response.reason_phrase, request.path
            log_response("%s: %s", reason, path, response=response, request=request)
        # As pairs they are kept, and need not be looked up one by one.
        vars(response)["items"] = headers_of(response).values
        found: HttpResponseBase = response
        return found

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """Finds the view of a path that was asked for before without searching."""
        match: ResolverMatch = match_of(request.path_info, get_resolver())
        request.resolver_match = match
        return match


@remembered(MOST_HOSTS, LONGEST_PATH)
def served(host: str, hosts: tuple[str, ...], debug: bool) -> str:
    """The host, if it is one of those served. Raises DisallowedHost."""
    request = HttpRequest()
    vars(request)["_get_raw_host"] = lambda: host
    return request.get_host()


@remembered(MOST_PATHS, LONGEST_PATH)
def match_of(path: str, urls: URLResolver) -> ResolverMatch:
    for found in urls.url_patterns:
        # What it finds there adds nothing to what one of these finds.
        if isinstance(found, Signpost):
            with suppress(Resolver404):
                return found.resolve(path.removeprefix("/"))
    return urls.resolve(path)


def leave_out_what_nobody_needs() -> None:
    """Of what Django does around each request.

    Old connections are closed at its end, here without a signal; before the first query
    they are looked at. Of URLs there is one tree, and no cache has connections.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    if not settings.DEBUG:
        request_started.disconnect(reset_queries)
    request_finished.disconnect(close_caches)
    request_finished.disconnect(reset_urlconf)


leave_out_what_nobody_needs()
application = Handler()
