"""The application as a web server calls it, below Django's test client."""

from __future__ import annotations

import gc
import io
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import Mock, patch
from wsgiref.util import FileWrapper, setup_testing_defaults

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.http import FileResponse
from django.urls import get_script_prefix, set_script_prefix

from config import wsgi
from config.wsgi import LONGEST_PATH, MOST_PATHS, application, match_of
from dialects.base import Dialect
from media_catalog.models import Video


@contextmanager
def keeping_the_connection() -> Iterator[None]:
    """A test's transaction is not to end with a request."""
    # Django's test client connects what the service has left out.
    signals = [request_started, request_finished]
    found = [of for of in signals if of.disconnect(close_old_connections)]
    with patch.object(wsgi, "close_old_connections", lambda: None):
        yield
    for signal in found:
        signal.connect(close_old_connections)


def call(method: str, url: str, body: bytes = b"", **environ: Any) -> tuple[str, bytes]:
    environ |= {"REQUEST_METHOD": method, "PATH_INFO": url}
    environ |= {"CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
    setup_testing_defaults(environ)
    answered: list[str] = []

    def start_response(status: str, headers: Any, error: Any = None) -> Any:
        answered.append(status)

    parts = application(environ, start_response)
    return answered[0], b"".join(parts)


@pytest.mark.parametrize(
    "url", ["/books", "/api/video", "/bucketlists/", "/auth/login"]
)
def test_a_content_type_that_cannot_be_parsed_is_no_500(db, url):
    unreadable = "a/b; x*=nope'en'%41"
    status, _ = call("POST", url, b"{}", CONTENT_TYPE=unreadable)

    assert status.startswith(("401", "415"))


def test_a_plain_request_is_answered(db):
    assert call("GET", "/livez") == ("200 OK", b"ok\n")


def test_no_content_has_no_length(api, db):
    Video.objects.create(id="v")
    answer = api.delete("/api/video/v")

    assert answer.status_code == 204
    assert "Content-Length" not in answer.headers


def test_paths_share_no_answers_with_those_asked_for_before(db):
    """Where a path leads is kept, and for how many of them is limited."""
    for name in ("a", "b", "a", "c" * LONGEST_PATH):
        Video.objects.get_or_create(id=name)
        with keeping_the_connection():
            status, body = call("GET", f"/api/video/{name}")
            assert (status, f'"id": "{name}"' in body.decode()) == ("200 OK", True)
            assert call("GET", f"/api/no-such-{name}")[0] == "404 Not Found"
    assert match_of.cache_info().maxsize == MOST_PATHS


def test_whoever_listens_hears_of_a_request(db):
    heard = Mock()
    with keeping_the_connection(), patch.object(request_started, "receivers", []):
        request_started.connect(heard)
        call("GET", "/livez")

    assert heard.call_args.kwargs["environ"]["PATH_INFO"] == "/livez"


def test_urls_begin_where_the_service_does(db, settings):
    before = get_script_prefix()
    settings.FORCE_SCRIPT_NAME = "/below"
    try:
        with keeping_the_connection():
            call("GET", "/livez")
        assert get_script_prefix() == "/below/"
    finally:
        set_script_prefix(before)


def test_a_file_is_left_to_the_server(db, tmp_path):
    found = FileResponse((tmp_path / "a").open("wb+"))

    assert wsgi.sent_as_file(found, None) is None
    sent = wsgi.sent_as_file(found, FileWrapper)
    assert (type(sent), sent.blksize) == (FileWrapper, found.block_size)
    with keeping_the_connection():
        sent.close()
    assert found.closed


def test_cookies_are_set(db):
    answer: list[Any] = []
    environ: dict[str, Any] = {"PATH_INFO": "/admin/login/", "HTTP_ACCEPT": "text/html"}
    setup_testing_defaults(environ)
    with keeping_the_connection():
        application(environ, lambda *args: answer.extend(args))

    assert answer[0] == "200 OK"
    assert [of for name, of in answer[1] if name == "Set-Cookie" and "csrftoken" in of]


def test_connections_are_looked_at_after_each_request(monkeypatch):
    open_one = Mock()
    connections = Mock(settings={"default": {}}, all=Mock(return_value=[open_one]))
    monkeypatch.setattr(wsgi, "connections", connections)
    monkeypatch.setattr(wsgi, "of_thread", wsgi.OfThread())
    for _ in range(3):
        wsgi.close_old_connections()

    assert open_one.close_if_unusable_or_obsolete.call_count == 3
    assert connections.all.call_count == 1
    # As long as there are others that may be opened, they are looked for.
    connections.settings = {"default": {}, "replica": {}}
    monkeypatch.setattr(wsgi, "of_thread", wsgi.OfThread())
    for _ in range(3):
        wsgi.close_old_connections()
    assert connections.all.call_count == 4


@pytest.mark.parametrize("length", [0, 5, 6])
def test_a_body_is_read_as_by_django(settings, length):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 5
    environ: dict[str, Any] = {"CONTENT_LENGTH": str(length)}
    setup_testing_defaults(environ)
    found = []
    for kind in (wsgi.Request, wsgi.WSGIRequest):
        request = kind(environ | {"wsgi.input": io.BytesIO(b"abcdefgh")})
        try:
            found.append((request.body, request.read(), request.body))
        except Exception as exc:
            found.append(type(exc))
    assert found[0] == found[1]


@pytest.mark.parametrize("url", ["/api/video", "/books", "/actors", "/v1.0/goals"])
def test_nothing_of_a_request_waits_for_garbage_collection(db, monkeypatch, url):
    made: list[Any] = []
    initialize = Dialect.initialize_request

    def noted(view: Any, *args: Any, **kwargs: Any) -> Any:
        request = initialize(view, *args, **kwargs)
        made.extend([weakref.ref(view), weakref.ref(request)])
        return request

    monkeypatch.setattr(Dialect, "initialize_request", noted)
    environ: dict[str, Any] = {"PATH_INFO": url}
    setup_testing_defaults(environ)
    gc.disable()
    try:
        with keeping_the_connection():
            answer: Any = application(environ, lambda *args: None)
            assert made[0]()
            answer.close()
            del answer
        assert [ref() for ref in made] == [None, None]
    finally:
        gc.enable()
