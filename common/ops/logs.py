"""Log lines: one entry is one line, carries the request's id and tells no secret.

A record's own data (`extra={"fields": {…}}`) become `name=value` behind the text, or
members of the JSON object. Tokens, passwords, e-mail addresses, query strings and
whatever a database says about its rows are redacted out of all of it.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError

from common.db.sqlstates import is_driver_error, sqlstate_of
from common.ops import request_id

LONGEST_TEXT = 16_000
PRIVATE_NAMES = (
    "password|passwd|passphrase|secret|token|cookie|authorization|api.?key|"
    "idempotency.?key|sessionid|credential"
)
# Each starts where a word starts, so that none takes long for a long text.
REDACTIONS = [
    (re.compile(r"^(Invalid request from ip=[\w.:]*?): .*", re.DOTALL), r"\1"),
    (
        re.compile(
            rf"(?i)(?<![\w-])([\w-]{{0,40}}(?:{PRIVATE_NAMES})[\w-]{{0,40}}[\"']?\s*[:=]\s*)"
            r"(?:(?:bearer|basic)\s+)?(?:\"[^\"]*\"|'[^']*'|[^\s,;&]+)"
        ),
        r"\1***",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+"), r"\1 ***"),
    (re.compile(r"(?<![\w-])eyJ[\w-]+(?:\.[\w-]*)*"), "***"),
    (re.compile(r"(?<=[\w/%.)-])\?[^\s\"'<>]+"), "?***"),
    (re.compile(r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"), "***@***"),
]


# Most texts are paths and names, in which there is nothing to look for.
HARMLESS = re.compile(r"(?!.*eyJ)[A-Za-z0-9_/.<>-]{0,200}")


def redacted(text: str) -> str:
    """The text without what nobody who reads logs may know."""
    if HARMLESS.fullmatch(text):
        return text
    text = text[:LONGEST_TEXT]
    for pattern, blot in REDACTIONS:
        text = pattern.sub(blot, text)
    return text


def on_one_line(text: str) -> str:
    """The text with everything escaped that could start or hide a line."""
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode()
        for sign in text
    )


def message_of(record: logging.LogRecord) -> str:
    if sql := getattr(record, "sql", None):
        # Its values are the rows', whether they stand in the text or beside it.
        return f"{str(sql).split(None, 1)[0]} …"
    args = record.args
    if isinstance(args, tuple):
        args = tuple(map(without_rows, args))
    try:
        return redacted(str(record.msg) % args if args else str(record.msg))
    except Exception:
        return redacted(str(record.msg))


def without_rows(value: Any) -> Any:
    """An exception as its reason, anything else as it is."""
    return reason(value) if isinstance(value, BaseException) else value


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    found: dict[str, Any] = getattr(record, "fields", {})
    return {
        name: redacted(value) if isinstance(value, str) else value
        for name, value in found.items()
        if value is not None
    }


def trace_of(record: logging.LogRecord) -> list[str]:
    """The lines of the exception's traceback: places and reasons, no values."""
    exc = record.exc_info[1] if record.exc_info else None
    lines = []
    for part in reversed(list(chain(exc))):
        frames = traceback.format_list(traceback.extract_tb(part.__traceback__))
        lines += [line for frame in frames for line in frame.splitlines()]
        lines += f"{type(part).__qualname__}: {reason(part)}".splitlines()
    return lines


def chain(exc: BaseException | None) -> Iterator[BaseException]:
    """The exception and those it came from, the latest first."""
    seen: set[int] = set()
    while exc is not None and id(exc) not in seen:
        seen.add(id(exc))
        yield exc
        hidden = None if exc.__suppress_context__ else exc.__context__
        exc = exc.__cause__ or hidden


def reason(exc: BaseException) -> str:
    cause = exc.__cause__ if isinstance(exc, DatabaseError) else exc
    sqlstate = sqlstate_of(cause)
    if isinstance(exc, OperationalError | InterfaceError):
        return redacted(str(exc).partition("\n")[0])
    if isinstance(exc, DatabaseError) or is_driver_error(exc):
        return f"(SQLSTATE {sqlstate})" if sqlstate else "(not shown)"
    return redacted(str(exc))


def time_of(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class TextFormatter(logging.Formatter):
    """`TIME LEVEL LOGGER [REQUEST ID] MESSAGE name=value …`, tracebacks indented."""

    def format(self, record: logging.LogRecord) -> str:
        head = f"{time_of(record)} {record.levelname} {record.name}"
        line = f"{head} [{request_id.current() or '-'}] {message_of(record)}"
        pairs = [f"{key}={shown(value)}" for key, value in fields_of(record).items()]
        first = on_one_line(" ".join([line, *pairs]))
        trace = [f"    {on_one_line(entry)}" for entry in trace_of(record)]
        return "\n".join([first, *trace])


def shown(value: Any) -> str:
    text = str(value)
    return text if re.fullmatch(r"[^\s=\"]+", text) else json.dumps(text)


class JSONFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": time_of(record),
            "level": record.levelname,
            "logger": record.name,
            "message": message_of(record),
            "request_id": request_id.current() or None,
        }
        trace = trace_of(record)
        more = {"exception": "\n".join(trace)} if trace else {}
        own = {
            name: value
            for name, value in fields_of(record).items()
            if name not in entry
        }
        return json.dumps(entry | own | more, default=str)


FORMATTERS: dict[str, type[logging.Formatter]] = {
    "text": TextFormatter,
    "json": JSONFormatter,
}
