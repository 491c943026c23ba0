"""The id of a request: in its answer, its log lines and the jobs that it starts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

HEADER, META = "X-Request-ID", "HTTP_X_REQUEST_ID"
LENGTH = 128
ACCEPTED = re.compile(rf"[A-Za-z0-9._-]{{1,{LENGTH}}}")

_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """The id of the request, or of the one that started the job; empty without any."""
    return _current.get()


def begin(given: str | None) -> str:
    """Takes the caller's id over, if it may be one, or makes a new one."""
    request_id = given if ACCEPTED.fullmatch(given or "") else None
    request_id = request_id or os.urandom(16).hex()
    _current.set(request_id)
    return request_id


def end() -> None:
    """Forgets the id, once the whole answer was sent."""
    _current.set("")


@contextmanager
def using(request_id: str) -> Iterator[None]:
    """Has what is done inside carry the id of the request that asked for it."""
    token = _current.set(request_id)
    try:
        yield
    finally:
        _current.reset(token)
