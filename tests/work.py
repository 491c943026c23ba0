"""What a request costs, counted: statements, and calls of functions."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch
from urllib.parse import unquote

from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test.utils import CaptureQueriesContext

from config import wsgi


class Work(NamedTuple):
    statements: int
    calls: int


def work_of(method: str, url: str, body: bytes, headers: dict[str, str]) -> Work:
    """Of one request, once all that is made only once is made."""
    with keeping_the_connection():
        for _ in range(3):
            answered(method, url, body, headers)
        with CaptureQueriesContext(connection) as statements:
            answered(method, url, body, headers)
        number = len(statements)
        # Counted by itself, for captured statements take another way.
        with counting() as calls:
            answered(method, url, body, headers)
    return Work(number, calls())


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


@contextmanager
def counting() -> Iterator[Callable[[], int]]:
    found = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal found
        found += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield lambda: found
    finally:
        sys.setprofile(before)


def answered(method: str, url: str, body: bytes, headers: dict[str, str]) -> None:
    path, _, query = url.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": unquote(path),
        "QUERY_STRING": query,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        **{
            f"HTTP_{name.upper().replace('-', '_')}": of for name, of in headers.items()
        },
        "CONTENT_TYPE": headers.get("Content-Type", ""),
    }
    status: list[str] = []

    def start(line: str, headers: Any, error: Any = None) -> Any:
        status.append(line)

    answer: Any = wsgi.application(environ, start)
    b"".join(answer)
    answer.close()
    assert status[0][:2] == "20", (url, status)
