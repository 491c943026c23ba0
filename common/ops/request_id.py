"""The request ID, which the response, the log entries and the request's jobs carry."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

HEADER, META = "X-Request-ID", "HTTP_X_REQUEST_ID"
LENGTH = 128
VALID = re.compile(rf"[A-Za-z0-9._-]{{1,{LENGTH}}}")

_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """Return the ID of the request, or of the one that started the job, or ""."""
    return _current.get()


def begin(sent_id: str | None) -> str:
    """Set and return the ID that the client has sent if it is valid, or a new one."""
    if not sent_id or not VALID.fullmatch(sent_id):
        sent_id = os.urandom(16).hex()
    _current.set(sent_id)
    return sent_id


def end() -> None:
    """Reset the ID, once the whole response was sent."""
    _current.set("")


@contextmanager
def using(request_id: str) -> Iterator[None]:
    """Set the ID inside the block, for work on behalf of an earlier request."""
    token = _current.set(request_id)
    try:
        yield
    finally:
        _current.reset(token)
