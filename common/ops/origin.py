"""The origin of code that runs outside of a request: a worker or a command.

with origin.using("command", "grant_role"):
    ...
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class Origin(NamedTuple):
    kind: str
    name: str = ""


# Without a context, this is a script that calls the services by itself.
SCRIPT = Origin("script")
WORKER = "worker"
COMMAND = "command"

_current: ContextVar[Origin] = ContextVar("origin", default=SCRIPT)


def current() -> Origin:
    return _current.get()


@contextmanager
def using(kind: str, name: str = "") -> Iterator[None]:
    """Set the origin inside the block."""
    token = _current.set(Origin(kind, name))
    try:
        yield
    finally:
        _current.reset(token)
