"""The WSGI entry point: `gunicorn config.wsgi`."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from io import BytesIO
from typing import Any

import django
from django.conf import LazySettings, settings
from django.core.cache import close_caches
from django.core.handlers.base import reset_urlconf
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections as close_old_ones
from django.db import connections, reset_queries
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.urls import (
    Resolver404,
    ResolverMatch,
    URLResolver,
    get_resolver,
    set_script_prefix,
)
from django.utils.functional import cached_property
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
    _read_started: bool

    @property
    def body(self) -> bytes:
        """As Django reads it, which looks thrice at how long it is."""
        if not self._read_started and "_body" not in self.__dict__:
            length = int(self.META.get("CONTENT_LENGTH") or 0)
            if length <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                # The stream ends where it was said to.
                self._body = self.read()
                self._stream = BytesIO(self._body)
        return super().body

    def get_host(self) -> str:
        """The host, if it is one of those served; several ask for it."""
        return self.checked_host

    @cached_property
    def GET(self) -> Any:  # type: ignore[override]  # noqa: N802 - Django's name
        return super().GET if self.META.get("QUERY_STRING") else NO_QUERY

    @cached_property
    def checked_host(self) -> str:
        is_plain = "HTTP_X_FORWARDED_HOST" not in self.META
        raw: str = self.META.get("HTTP_HOST", "") if is_plain else ""
        raw = raw or self._get_raw_host()  # type: ignore[attr-defined]
        return served(raw, (*settings.ALLOWED_HOSTS,), settings.DEBUG)

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        """Takes a Content-Type that cannot be parsed for an unknown one.

        Django would raise before any view could answer 415.
        """
        if "CONTENT_TYPE" not in meta:
            self.content_type, self.content_params = "", {}
            return
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]
        except ValueError:
            self.content_type, self.content_params = "unreadable", {}


class Handler(TwoWays, WSGIHandler):
    request_class = Request

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """As Django's own does, without what is the same each time or unheard."""
        if settings.FORCE_SCRIPT_NAME:
            set_script_prefix(settings.FORCE_SCRIPT_NAME)
        if request_started.receivers:
            request_started.send(sender=type(self), environ=environ)
        response: Any = self.get_response(Request(environ))
        response._handler_class = type(self)
        cookies = [
            ("Set-Cookie", each.output(header="")) for each in response.cookies.values()
        ]
        status = f"{response.status_code} {response.reason_phrase}"
        start_response(status, [*headers_of(response).values(), *cookies])
        return sent_as_file(response, environ.get("wsgi.file_wrapper")) or response

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        response: Any = self.answer(request)
        at_end(response, request.close, close_old_connections)
        if response.status_code >= 400:
            reason, path = response.reason_phrase, request.path
            log_response("%s: %s", reason, path, response=response, request=request)
        found: HttpResponseBase = response
        return found

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """Finds the view of a path that was asked for before without searching."""
        match: ResolverMatch = match_of(request.path_info, get_resolver())
        request.resolver_match = match
        return match


def sent_as_file(response: Any, wrapper: Any) -> Any:
    """What the server sends of a file by itself; nothing if it is none."""
    file = getattr(response, "file_to_stream", None)
    if file is None or wrapper is None:
        return None
    # The server closes the file and not the response.
    file.close = response.close
    return wrapper(file, response.block_size)


class OfThread(threading.local):
    """The connections of a thread, which stay the same once all have been opened."""

    connections: Sequence[Any] = ()


of_thread = OfThread()


def close_old_connections() -> None:
    """As Django's does, which asks for the connections of the thread one by one."""
    found = of_thread.connections or connections.all(initialized_only=True)
    if len(found) == len(connections.settings):
        of_thread.connections = found
    for connection in found:
        connection.close_if_unusable_or_obsolete()


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
    Settings hide nothing of what they are made of, as other lazy objects may.
    """
    LazySettings.__getattribute__ = object.__getattribute__  # type: ignore[method-assign]
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_ones)
    if not settings.DEBUG:
        request_started.disconnect(reset_queries)
    request_finished.disconnect(close_caches)
    request_finished.disconnect(reset_urlconf)


leave_out_what_nobody_needs()
application = Handler()
