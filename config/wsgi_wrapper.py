"""Prepare requests before Django handles them, for any WSGI server.

- Only variables of WSGI and of the request are passed on. Some servers add the
  environment of their process, whose secrets would reach error reports.
- The body is read before any view runs, chunked bodies included. So a refused request
  is read to its end: a proxy that is still sending would otherwise return 502.
- Under a mount (`SCRIPT_NAME=/old`), the prefix moves to `SCRIPT_NAME`. Probes also
  work without it, because orchestrators and Prometheus don't go through the proxy.
- Incomplete requests, and requests for which Django would return 500, are refused. So
  are query strings and forms that are not UTF-8: Django would replace their characters.

A refused request has a `Problem` in its environ. `config.middleware.RefusalMiddleware`
returns it in the dialect of the URL.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.utils.http import parse_header_parameters

from common.http.errors import NOT_FOUND, Problem

if TYPE_CHECKING:
    from wsgiref.types import (
        InputStream,
        StartResponse,
        WSGIApplication,
        WSGIEnvironment,
    )

# The environ's key for the problem of a refused request.
PROBLEM = "quintet.problem"
# Passed on in addition to HTTP_… and wsgi.…; PEP 3333 defines them.
CGI_VARIABLES = {
    *("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING"),
    *("CONTENT_TYPE", "CONTENT_LENGTH", "SERVER_NAME", "SERVER_PORT"),
    *("SERVER_PROTOCOL", "REMOTE_ADDR"),
}
# Characters of path and query string.
MAX_URL_LENGTH = 8190
CHUNK_BYTES = 64 * 1024
# Bytes of a too large body that are read and discarded.
MAX_DISCARDED_BYTES = 16 * 1024 * 1024
# Paths that also work outside of the mount.
PROBES = {"/livez", "/readyz", "/healthz", "/metrics"}
UNKNOWN_TYPE = "application/octet-stream"
FORM_TYPE = "application/x-www-form-urlencoded"

NO_HOST = Problem(400, "bad_request", "The Host header is missing.")
INCOMPLETE = Problem(
    400, "bad_request", "The body is shorter than its Content-Length says."
)
BAD_LENGTH = Problem(400, "bad_request", "Content-Length must be a number.")
CONTENT_ENCODING = Problem(
    415,
    "unsupported_content_encoding",
    "A body with a Content-Encoding isn't supported. Send it without.",
    source={"header": "Content-Encoding"},
    headers={"Accept-Encoding": "identity"},
)
LENGTH_REQUIRED = Problem(
    411, "length_required", "The Content-Length header is missing."
)
QUERY_NOT_UTF8 = Problem(400, "bad_request", "The query string is not UTF-8.")
FORM_NOT_UTF8 = Problem(400, "bad_request", "The form is not UTF-8.")
OTHER_CHARSET = Problem(
    415, "unsupported_media_type", "Forms with non-ASCII characters must be UTF-8."
)
URI_TOO_LONG = Problem(
    414, "uri_too_long", f"The URL is longer than {MAX_URL_LENGTH} characters."
)


def prepare_requests(application: WSGIApplication) -> WSGIApplication:
    """Wrap a WSGI application so that it gets prepared requests."""

    def prepared_application(
        environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        return application(prepare(environ), start_response)

    return prepared_application


def prepare(server_environ: WSGIEnvironment) -> WSGIEnvironment:
    """Return a new environ, with a `Problem` if the request is refused."""
    environ = {
        name: value for name, value in server_environ.items() if is_of_request(name)
    }
    clean_content_type(environ)
    remove_empty_host(environ)
    body_problem = read_body(environ)
    mount_problem = move_mount(environ)
    problem = (
        body_problem
        or find_host_problem(environ)
        or mount_problem
        or find_length_problem(environ)
        or find_encoding_problem(environ)
        or find_query_problem(environ)
        or find_form_problem(environ)
    )
    if problem:
        environ[PROBLEM] = problem
    return environ


def is_of_request(name: str) -> bool:
    return name in CGI_VARIABLES or name.startswith(("HTTP_", "wsgi."))


def clean_content_type(environ: WSGIEnvironment) -> None:
    """Replace a type that Django can't parse by an unknown one: views return 415."""
    content_type = environ.get("CONTENT_TYPE")
    if content_type is not None and not is_parsable(content_type):
        environ["CONTENT_TYPE"] = UNKNOWN_TYPE


def is_parsable(content_type: str) -> bool:
    try:
        name, parameters = parse_header_parameters(content_type)
        charset = parameters.get("charset", "")
        codecs.lookup(charset)
    except LookupError:
        return bool(name)  # Django ignores a charset that Python does not have.
    except ValueError:
        return False
    try:
        # Some codecs, such as rot13, do not decode bytes.
        b"\xc3\xa4".decode(charset, "replace")
    except (ValueError, LookupError):
        return False
    return bool(name)


def remove_empty_host(environ: WSGIEnvironment) -> None:
    if not environ.get("HTTP_HOST"):
        environ.pop("HTTP_HOST", None)


def find_host_problem(environ: WSGIEnvironment) -> Problem | None:
    is_needed = environ.get("SERVER_PROTOCOL") == "HTTP/1.1"
    return NO_HOST if is_needed and "HTTP_HOST" not in environ else None


def find_length_problem(environ: WSGIEnvironment) -> Problem | None:
    length = len(environ.get("PATH_INFO", "")) + len(environ.get("QUERY_STRING", ""))
    return URI_TOO_LONG if length > MAX_URL_LENGTH else None


def find_query_problem(environ: WSGIEnvironment) -> Problem | None:
    query = environ.get("QUERY_STRING", "").encode("latin-1")
    return None if is_utf8(unquote_to_bytes(query)) else QUERY_NOT_UTF8


def find_form_problem(environ: WSGIEnvironment) -> Problem | None:
    """Check that a form is UTF-8, and remove its charset, by which Django decodes it.

    Some clients declare another one for ASCII, too.
    """
    name, parameters = parse_header_parameters(environ.get("CONTENT_TYPE", ""))
    if name != FORM_TYPE:
        return None
    environ["CONTENT_TYPE"] = FORM_TYPE
    form = environ["wsgi.input"].read()
    environ["wsgi.input"].seek(0)
    text = unquote_to_bytes(form)
    if not is_utf8(text):
        return FORM_NOT_UTF8
    is_declared = parameters.get("charset", "utf-8").lower() in {"utf-8", "utf8"}
    return None if is_declared or text.isascii() else OTHER_CHARSET


def is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def find_encoding_problem(environ: WSGIEnvironment) -> Problem | None:
    """Return 415 for a body that is compressed (RFC 9110, 15.5.16)."""
    codings = environ.get("HTTP_CONTENT_ENCODING", "").lower().split(",")
    is_encoded = any(coding.strip() not in {"", "identity"} for coding in codings)
    has_body = environ.get("CONTENT_LENGTH") not in {None, "", "0"}
    return CONTENT_ENCODING if is_encoded and has_body else None


def move_mount(environ: WSGIEnvironment) -> Problem | None:
    """Return 404 for a path outside the mount; `/oldbooks` is outside `/old`."""
    mount = settings.FORCE_SCRIPT_NAME or ""
    environ["SCRIPT_NAME"], path = mount, environ.get("PATH_INFO", "")
    if mount and path.rstrip("/") in PROBES:
        return None
    if mount and path != mount and not path.startswith(f"{mount}/"):
        return NOT_FOUND
    environ["PATH_INFO"] = path[len(mount) :]
    return None


def read_body(environ: WSGIEnvironment) -> Problem | None:
    """Replace the server's stream by the whole body, and set its length.

    A body above the limit is left empty. Views refuse it by its Content-Length.
    """
    stream = environ["wsgi.input"]
    environ["wsgi.input"] = BytesIO()
    if environ.pop("HTTP_TRANSFER_ENCODING", ""):
        return read_chunked_body(environ, stream)
    return read_sized_body(environ, stream)


def read_chunked_body(environ: WSGIEnvironment, stream: InputStream) -> Problem | None:
    if not environ.get("wsgi.input_terminated"):
        return LENGTH_REQUIRED  # This server does not decode chunks.
    body, length = receive(stream, None, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(length)
    return None


def read_sized_body(environ: WSGIEnvironment, stream: InputStream) -> Problem | None:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    text = environ.get("CONTENT_LENGTH") or "0"
    if not (text.isascii() and text.isdigit()):
        return BAD_LENGTH
    if is_left_unread(environ, int(text), limit):
        return None
    body, length = receive(stream, int(text), limit)
    if length < int(text):
        return INCOMPLETE
    environ["wsgi.input"] = BytesIO(body)
    return None


def is_left_unread(environ: WSGIEnvironment, length: int, limit: int | None) -> bool:
    """Return whether the body is too large, and need not be sent to be refused."""
    if limit is None or length <= limit:
        return False
    return "HTTP_EXPECT" in environ or length > limit + MAX_DISCARDED_BYTES


def receive(
    stream: InputStream, length: int | None, limit: int | None
) -> tuple[bytes, int]:
    """Return the body, empty if it exceeds the limit, and the bytes received."""
    pieces: list[bytes] = []
    count = 0
    while length is None or count < length:
        missing = CHUNK_BYTES if length is None else length - count
        piece = stream.read(min(CHUNK_BYTES, missing))
        if not piece:
            break
        count += len(piece)
        pieces.append(bytes(piece))
        if limit is not None and count > limit:
            pieces.clear()
            if count > limit + MAX_DISCARDED_BYTES:
                break
    return b"".join(pieces), count
