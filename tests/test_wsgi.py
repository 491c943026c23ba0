"""The application as a web server calls it, below Django's test client."""

from __future__ import annotations

import io
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from config.wsgi import application
from media_catalog.models import Video


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
