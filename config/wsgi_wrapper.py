"""Prepares a request before Django sees it, whichever WSGI server received it.

- Only what WSGI and the request define is passed on. Some servers add the environment
  of their process, which may hold secrets and would reach error reports.
- The body is read before any view runs, also one without a length (chunked). So an
  early refusal cannot cut off a client that still sends: a proxy would make it a 502.
- Under a mount (`SCRIPT_NAME=/old`), the prefix moves to `SCRIPT_NAME`.
- What Django would answer with 500, or carry out although it is incomplete, is refused.

A refusal is a `Problem` in the environ, and `config.middleware.RefusalMiddleware`
answers it in the dialect of the URL.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.http import parse_header_parameters

from common.http.errors import NOT_FOUND, Problem

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

REFUSAL = "quintet.refusal"
# Besides HTTP_… and wsgi.…, which PEP 3333 defines, too.
NAMES = {
    *("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING"),
    *("CONTENT_TYPE", "CONTENT_LENGTH", "SERVER_NAME", "SERVER_PORT"),
    *("SERVER_PROTOCOL", "REMOTE_ADDR"),
}
MAX_TARGET = 8190
CHUNK = 64 * 1024
# Beyond the limit of a body, this much is still read and thrown away.
MAX_DISCARDED = 16 * 1024 * 1024
UNKNOWN_TYPE = "application/octet-stream"

NO_HOST = Problem(400, "bad_request", "The Host header is missing.")
INCOMPLETE = Problem(
    400, "bad_request", "The body is shorter than its Content-Length says."
)
BAD_LENGTH = Problem(400, "bad_request", "Content-Length must be a number.")
LENGTH_REQUIRED = Problem(411, "length_required", "A Content-Length is needed.")
URI_TOO_LONG = Problem(
    414, "uri_too_long", f"The URL is longer than {MAX_TARGET} characters."
)


def fit_for_django(application: WSGIApplication) -> WSGIApplication:
    def wrapped(
        environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        return application(prepared(environ), start_response)

    return wrapped


def prepared(given: WSGIEnvironment) -> WSGIEnvironment:
    """A new environ, with a `Problem` at `REFUSAL` if the request is to be refused."""
    environ = {name: given[name] for name in given if is_of_request(name)}
    clean_content_type(environ)
    refusals = [read_body(environ), check_host(environ), move_mount(environ)]
    refusals.append(check_target(environ))
    if found := next(filter(None, refusals), None):
        environ[REFUSAL] = found
    return environ


def is_of_request(name: str) -> bool:
    return name in NAMES or name.startswith(("HTTP_", "wsgi."))


def clean_content_type(environ: WSGIEnvironment) -> None:
    """Makes a type that Django could not parse an unknown one: views answer 415."""
    given = environ.get("CONTENT_TYPE")
    if given is not None and not is_readable(given):
        environ["CONTENT_TYPE"] = UNKNOWN_TYPE


def is_readable(content_type: str) -> bool:
    try:
        name, parameters = parse_header_parameters(content_type)
        charset = parameters.get("charset", "")
        codecs.lookup(charset)
    except LookupError:
        return bool(name)  # Django ignores a charset that Python does not know
    except ValueError:
        return False
    try:
        # Some are not for texts, such as rot13.
        b"\xc3\xa4".decode(charset, "replace")
    except (ValueError, LookupError):
        return False
    return bool(name)


def check_host(environ: WSGIEnvironment) -> Problem | None:
    if environ.get("HTTP_HOST"):
        return None
    environ.pop("HTTP_HOST", None)
    return NO_HOST if environ.get("SERVER_PROTOCOL") == "HTTP/1.1" else None


def check_target(environ: WSGIEnvironment) -> Problem | None:
    length = len(environ.get("PATH_INFO", "")) + len(environ.get("QUERY_STRING", ""))
    return URI_TOO_LONG if length > MAX_TARGET else None


def move_mount(environ: WSGIEnvironment) -> Problem | None:
    """404 for a path outside the mount; `/oldbooks` is outside `/old`."""
    mount = settings.FORCE_SCRIPT_NAME or ""
    environ["SCRIPT_NAME"], path = mount, environ.get("PATH_INFO", "")
    if mount and path != mount and not path.startswith(f"{mount}/"):
        return NOT_FOUND
    environ["PATH_INFO"] = path[len(mount) :]
    return None


def read_body(environ: WSGIEnvironment) -> Problem | None:
    """Puts the whole body in place of the server's stream, and its length.

    Of a body that is too long nothing is kept but the length, by which views refuse it.
    """
    stream, limit = environ["wsgi.input"], settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    environ["wsgi.input"] = BytesIO()
    if environ.pop("HTTP_TRANSFER_ENCODING", ""):
        if not environ.get("wsgi.input_terminated"):
            return LENGTH_REQUIRED  # this server does not decode it
        body, length = receive(stream.read, None, limit)
        environ["CONTENT_LENGTH"] = str(length)
    else:
        given = environ.get("CONTENT_LENGTH") or "0"
        if not (given.isascii() and given.isdigit()):
            return BAD_LENGTH
        if is_not_worth_reading(environ, int(given), limit):
            return None
        body, length = receive(stream.read, int(given), limit)
        if length < int(given):
            return INCOMPLETE
    environ["wsgi.input"] = BytesIO(body)
    return None


def is_not_worth_reading(
    environ: WSGIEnvironment, length: int, limit: int | None
) -> bool:
    """Whether it is too long, and its client would rather be told before sending it."""
    if limit is None or length <= limit:
        return False
    return "HTTP_EXPECT" in environ or length > limit + MAX_DISCARDED


def receive(
    read: Callable[[int], Any], length: int | None, limit: int | None
) -> tuple[bytes, int]:
    """The body (empty if it exceeds the limit) and how much of it arrived."""
    pieces: list[bytes] = []
    count = 0
    while length is None or count < length:
        piece = read(CHUNK if length is None else min(CHUNK, length - count))
        if not piece:
            break
        count += len(piece)
        pieces.append(bytes(piece))
        if limit is not None and count > limit:
            pieces.clear()
            if count > limit + MAX_DISCARDED:
                break
    return b"".join(pieces), count
