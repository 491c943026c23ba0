"""Send the requests of a test client over HTTP instead of calling Django."""

from __future__ import annotations

import json
import socket
import threading
import time
import urllib.request
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.http import HttpResponse

from orders.events import MAX_STREAM_SECONDS

# Marks modules whose requests all go over HTTP.
OVER_HTTP = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("over_http"),
]
BODY_HEADERS = ("CONTENT_TYPE", "CONTENT_LENGTH")


def request_over_http(address: str) -> Callable[..., HttpResponse]:
    """Return a `Client.request` that sends the request to the server at the address."""

    def request(self: Any, **environ: Any) -> HttpResponse:
        environ = self._base_environ(**environ)
        connection = HTTPConnection(urlsplit(address).netloc, timeout=30)
        connection.request(
            environ["REQUEST_METHOD"],
            url_of(environ),
            body=environ["wsgi.input"].read() or None,
            headers=headers_of(environ),
        )
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return as_django(response.status, dict(response.getheaders()), body)

    return request


def url_of(environ: dict[str, Any]) -> str:
    path = quote(environ["PATH_INFO"].encode("latin-1"))
    query = environ["QUERY_STRING"]
    return f"{path}?{query}" if query else path


def headers_of(environ: dict[str, Any]) -> dict[str, str]:
    names = [name for name in environ if name.startswith("HTTP_")]
    headers = {name.removeprefix("HTTP_"): environ[name] for name in names}
    headers |= {name: str(environ[name]) for name in BODY_HEADERS if environ.get(name)}
    return {
        name.replace("_", "-").title(): value
        for name, value in headers.items()
        if name != "COOKIE"
    }


def as_django(status: int, headers: dict[str, str], body: bytes) -> HttpResponse:
    response = HttpResponse(body, status=status)
    del response.headers["Content-Type"]
    for name, value in headers.items():
        response.headers[name] = value
    response.json = lambda: json.loads(body)  # type: ignore[attr-defined]
    return response


def wait_for_server() -> None:
    """Wait for the live server's threads, which use the test's database."""
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(timeout=2 * MAX_STREAM_SECONDS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(address: str) -> None:
    # Many servers may start at once on a slow machine.
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"{address}/livez", timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"{address} does not respond")
