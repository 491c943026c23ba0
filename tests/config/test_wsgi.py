"""The WSGI application as a web server calls it, below Django's test client."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.urls import get_script_prefix, set_script_prefix

from accounts.services import issue_tokens
from bucketlists.models import Bucketlist
from config.apis import dialect_of
from config.wsgi import application
from config.wsgi_wrapper import MAX_DISCARDED_BYTES, PROBLEM, prepare
from goals.models import Goal
from media_catalog.models import Video
from tests.support.openapi import document

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
JSON_API = "application/vnd.api+json"


class Stream(io.BytesIO):
    """A body; `taken` is how much of it was read."""

    @property
    def taken(self) -> int:
        return self.tell()


@pytest.fixture(autouse=True)
def connection_is_kept() -> Iterator[None]:
    """As by Django's test client: a test's transaction outlives its requests."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def environ_of(body: bytes = b"", **given: Any) -> dict[str, Any]:
    environ = {"wsgi.input": Stream(body), "wsgi.input_terminated": True} | given
    environ.setdefault("CONTENT_LENGTH", str(len(body)))
    setup_testing_defaults(environ)
    return environ


def chunked(body: bytes, **given: Any) -> dict[str, Any]:
    """As granian hands it over: decoded, without a length."""
    environ = environ_of(body, HTTP_TRANSFER_ENCODING="chunked", **given)
    del environ["CONTENT_LENGTH"]
    return environ


def call(environ: dict[str, Any]) -> tuple[int, bytes]:
    """Status and body of the answer."""
    answered: list[str] = []

    def start_response(status: str, headers: Any, error: Any = None) -> Any:
        answered.append(status)

    parts: Any = application(environ, start_response)
    try:
        body = b"".join(parts)
    finally:
        parts.close()
    return int(answered[0].split()[0]), body


def ask(method: str, url: str, **given: Any) -> tuple[int, bytes]:
    return call(environ_of(REQUEST_METHOD=method, PATH_INFO=url, **given))


# What is passed on


def test_only_variables_of_the_request_are_passed_on():
    given = environ_of(HTTP_ACCEPT="a/b", SECRET_KEY="s", PATH="/bin", GIT_DIR="x")
    environ = prepare(given)

    assert environ["HTTP_ACCEPT"] == "a/b"
    assert not {"SECRET_KEY", "PATH", "GIT_DIR"} & set(environ)
    names = {"REQUEST_METHOD", "PATH_INFO", "SERVER_NAME", "wsgi.url_scheme"}
    assert names <= set(environ)
    assert PROBLEM not in environ


def test_the_server_cannot_set_the_mount():
    assert prepare(environ_of(SCRIPT_NAME="/x", PATH_INFO="/y"))["SCRIPT_NAME"] == ""


@pytest.mark.difference(
    "Everywhere",
    old="Accepts HTTP/1.1 requests without `Host`",
    new="Returns 400",
    why="HTTP requires it",
)
@pytest.mark.parametrize(
    ("protocol", "host", "status"),
    [
        ("HTTP/1.1", "testserver", 200),
        ("HTTP/1.1", "", 400),
        ("HTTP/1.0", "", 200),
        ("HTTP/1.1", "testserver,testserver", 400),
    ],
)
def test_http_1_1_names_its_host(db, protocol, host, status):
    given = {"SERVER_PROTOCOL": protocol, "HTTP_HOST": host, "SERVER_NAME": "localhost"}
    assert ask("GET", "/livez", **given)[0] == status


@pytest.mark.difference(
    "Everywhere",
    old="Reads URLs of any length",
    new="Returns 414 for more than 8,190 characters",
)
def test_a_too_long_url_is_refused_in_its_dialect(db):
    status, body = ask("GET", "/api/video", QUERY_STRING="a" * 9000)

    assert status == 414
    assert json.loads(body)["errors"][0]["status"] == "414"


# Types


UNREADABLE = ["a/b; x*=nope'en'%41", "", ";", f"{FORM}; charset=rot13"]
UNREADABLE += [f"{FORM}; charset=idna", f"{FORM}; charset=undefined"]


@pytest.mark.parametrize("content_type", UNREADABLE)
@pytest.mark.parametrize("url", ["/books", "/api/video", "/v1.0/goals", "/actors"])
def test_an_unparsable_content_type_becomes_an_unknown_one(db, url, content_type):
    given = {"CONTENT_TYPE": content_type, "QUERY_STRING": "q=%C3%A4"}
    body = {"wsgi.input": Stream(b"{}"), "CONTENT_LENGTH": "2"}
    status, _ = ask("POST", url, **given, **body)

    assert status in {401, 415}


@pytest.mark.parametrize(
    "content_type", [FORM, JSON, "text/plain; charset=latin-1", f"{JSON}; charset=x"]
)
def test_other_content_types_stay_as_they_are(content_type):
    assert prepare(environ_of(CONTENT_TYPE=content_type))["CONTENT_TYPE"] == (
        content_type
    )


@pytest.mark.parametrize("charset", ["latin-1", "utf-8", "x-mine"])
def test_a_form_loses_its_charset_since_it_is_utf_8(charset):
    environ = environ_of(CONTENT_TYPE=f"{FORM}; charset={charset}")

    assert prepare(environ)["CONTENT_TYPE"] == FORM


# Bodies


WRITES = [
    (method.upper(), path)
    for path, operations in document()["paths"].items()
    for method, operation in operations.items()
    if "requestBody" in operation
]


@pytest.fixture
def staff_token(staff) -> str:
    staff.is_superuser = True
    staff.save()
    return f"Bearer {issue_tokens(staff).access}"


def url_in(path: str) -> str:
    return "/".join("1" if part.startswith("{") else part for part in path.split("/"))


@pytest.mark.difference(
    "Everywhere",
    old="Ignores a chunked body or reads it without a limit",
    new="Reads it up to the limit",
    why="No change should get lost",
)
@pytest.mark.parametrize(("method", "path"), WRITES)
def test_every_write_route_reads_a_chunked_body(
    db, staff_token, settings, method, path
):
    content_type = JSON_API if path.startswith("/api/") else JSON
    sent = {"REQUEST_METHOD": method, "PATH_INFO": url_in(path)}
    sent |= {"CONTENT_TYPE": content_type, "HTTP_AUTHORIZATION": staff_token}
    body = b'{"canary": '  # broken, so whoever reads it refuses it
    chunked_response = call(chunked(body, **sent))
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    too_large = call(chunked(body, **sent))
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = None
    unlimited = call(environ_of(body, **sent))

    assert chunked_response == unlimited
    assert chunked_response[0] < 500, chunked_response
    assert too_large[0] == 413, too_large


FORMS = [
    ("/bucketlists/", "name=whole", Bucketlist),
    ("/v1.0/goals", "user=staff&name=whole", Goal),
]


@pytest.mark.parametrize(("url", "fields", "model"), FORMS)
@pytest.mark.parametrize("kind", ["urlencoded", "multipart"])
def test_chunked_forms_are_read(db, staff_token, url, fields, model, kind):
    body, content_type = fields.encode(), FORM
    if kind == "multipart":
        parts = [field.split("=") for field in fields.split("&")]
        head = "--x\r\nContent-Disposition: form-data; name="
        text = "".join(f'{head}"{name}"\r\n\r\n{value}\r\n' for name, value in parts)
        body, content_type = (
            f"{text}--x--\r\n".encode(),
            "multipart/form-data; boundary=x",
        )
    sent = {"REQUEST_METHOD": "POST", "PATH_INFO": url, "CONTENT_TYPE": content_type}
    status, _ = call(chunked(body, **sent, HTTP_AUTHORIZATION=staff_token))

    assert status in {200, 201}
    assert [row.name for row in model.objects.all()] == ["whole"]


def test_a_too_large_body_is_not_kept():
    stream = Stream(b"a" * 9_000_000)
    environ = prepare(chunked(b"", **{"wsgi.input": stream}))

    assert stream.taken == 9_000_000
    assert (environ["CONTENT_LENGTH"], environ["wsgi.input"].read()) == ("9000000", b"")
    assert "HTTP_TRANSFER_ENCODING" not in environ


@pytest.mark.difference(
    "Everywhere",
    old="Reads bodies of any size",
    new="Returns 413 for more than 2.5 MB",
    why="Large bodies block other clients",
)
@pytest.mark.parametrize(
    "given",
    [
        {"CONTENT_LENGTH": str(MAX_DISCARDED_BYTES * 2)},
        {"CONTENT_LENGTH": "3000000", "HTTP_EXPECT": "100-continue"},
    ],
)
def test_a_body_refused_by_its_length_need_not_be_sent(db, given):
    stream = Stream(b"a" * 100)
    status, _ = ask(
        "POST", "/books", CONTENT_TYPE=JSON, **given, **{"wsgi.input": stream}
    )

    assert (status, stream.taken) == (413, 0)


def test_an_endless_body_is_not_read_to_its_end():
    class Endless:
        taken = 0

        def read(self, size: int) -> bytes:
            self.taken += size
            return b"a" * size

    stream = Endless()
    prepare(chunked(b"", **{"wsgi.input": stream}))

    assert MAX_DISCARDED_BYTES < stream.taken < MAX_DISCARDED_BYTES * 2


@pytest.mark.difference(
    "Everywhere",
    old="Reads a body that is shorter than its `Content-Length`",
    new="Returns 400",
    why="The rest is missing",
)
@pytest.mark.parametrize(
    ("url", "content_type", "body"),
    [
        ("/api/video/v", JSON_API, b'{"data": {"type": "video", "id": "v"}}'),
        ("/v1.0/goals", FORM, b"user=staff&name=whole"),
        ("/books", JSON, b'{"title": "A"}'),
    ],
)
def test_a_body_shorter_than_its_length_writes_nothing(db, url, content_type, body):
    Video.objects.create(id="v")
    method = "PATCH" if url.endswith("/v") else "POST"
    given = {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body) + 1)}
    status, answer = ask(method, url, **given, **{"wsgi.input": Stream(body)})

    assert status == 400
    assert b"shorter" in answer
    assert dialect_of(url).renderer_classes[0].media_type
    assert not Goal.objects.exists()


@pytest.mark.parametrize("length", ["x", "-1", "1.5", "٣"])
def test_a_length_that_is_not_a_number_is_refused(db, length):
    assert ask("POST", "/books", CONTENT_LENGTH=length)[0] == 400


def test_chunks_that_the_server_does_not_decode_are_refused(db):
    environ = chunked(b"2\r\n{}\r\n", REQUEST_METHOD="POST", PATH_INFO="/books")
    del environ["wsgi.input_terminated"]

    assert call(environ)[0] == 411


# Mounts


@pytest.fixture
def prefix_afterwards() -> Iterator[None]:
    """Django keeps it for the thread."""
    before = get_script_prefix()
    yield
    set_script_prefix(before)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/old/livez", 200),
        ("/old/books", 200),
        ("/old/books/9", 404),
        ("/livez", 200),
        ("/readyz/", 200),
        ("/books", 404),
        ("/livez/x", 404),
        ("/oldlivez", 404),
        ("/oldbooks", 404),
        ("/xyz/livez", 404),
        ("/old", 200),
        ("/old/", 200),
    ],
)
def test_urls_begin_at_the_mount(db, settings, prefix_afterwards, path, status):
    settings.FORCE_SCRIPT_NAME = "/old"

    assert ask("GET", path)[0] == status


def test_no_content_has_no_length(api, db):
    Video.objects.create(id="v")
    response = api.delete("/api/video/v")

    assert response.status_code == 204
    assert "Content-Length" not in response.headers
