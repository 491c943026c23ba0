"""Log formatters. Each entry is one line, has the request's id and contains no secrets.

The fields of a record (`extra={"fields": {…}}`) follow the message as `name=value`, or
are members of the JSON object. Tokens, passwords, email addresses, query strings and
the data in database errors are redacted from all of it.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime

from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError

from common.db.sqlstates import is_driver_error, sqlstate_of
from common.ops import request_id

MAX_TEXT_LENGTH = 16_000
PRIVATE_NAMES = (
    "password|passwd|passphrase|secret|token|cookie|authorization|api.?key|"
    "idempotency.?key|sessionid|credential"
)
# Each pattern starts at the start of a word, so that long texts don't take long.
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


# Most texts are paths and names, which no pattern matches.
HARMLESS = re.compile(r"(?!.*eyJ)[A-Za-z0-9_/.<>-]{0,200}")


def redact(text: str) -> str:
    """Return the text without secrets and personal data."""
    if HARMLESS.fullmatch(text):
        return text
    text = text[:MAX_TEXT_LENGTH]
    for pattern, replacement in REDACTIONS:
        text = pattern.sub(replacement, text)
    return text


def escape_line(text: str) -> str:
    """Escape the characters that could start or hide a line."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode()
        for char in text
    )


def message_of(record: logging.LogRecord) -> str:
    if sql := getattr(record, "sql", None):
        # The statement and its parameters contain the data of rows.
        return f"{str(sql).split(None, 1)[0]} …"
    args = record.args
    if isinstance(args, tuple):
        args = tuple(
            reason_of(arg) if isinstance(arg, BaseException) else arg for arg in args
        )
    try:
        return redact(str(record.msg) % args if args else str(record.msg))
    except Exception:
        return redact(str(record.msg))


def fields_of(record: logging.LogRecord) -> dict[str, object]:
    fields: dict[str, object] = getattr(record, "fields", {})
    return {
        name: redact(value) if isinstance(value, str) else value
        for name, value in fields.items()
        if value is not None
    }


def traceback_of(record: logging.LogRecord) -> list[str]:
    """Return the lines of the traceback: places and reasons, without values."""
    exc = record.exc_info[1] if record.exc_info else None
    lines = []
    for cause in reversed(list(exception_chain(exc))):
        frames = traceback.format_list(traceback.extract_tb(cause.__traceback__))
        lines += [line for frame in frames for line in frame.splitlines()]
        lines += f"{type(cause).__qualname__}: {reason_of(cause)}".splitlines()
    return lines


def exception_chain(exc: BaseException | None) -> Iterator[BaseException]:
    """Yield the exception and its causes, the latest first."""
    seen: set[int] = set()
    while exc is not None and id(exc) not in seen:
        seen.add(id(exc))
        yield exc
        context = None if exc.__suppress_context__ else exc.__context__
        exc = exc.__cause__ or context


def reason_of(exc: BaseException) -> str:
    """Return the redacted text of an exception, which never has the data of rows."""
    cause = exc.__cause__ if isinstance(exc, DatabaseError) else exc
    sqlstate = sqlstate_of(cause)
    if isinstance(exc, OperationalError | InterfaceError):
        return redact(str(exc).partition("\n")[0])
    if isinstance(exc, DatabaseError) or is_driver_error(exc):
        return f"(SQLSTATE {sqlstate})" if sqlstate else "(not shown)"
    return redact(str(exc))


def time_of(record: logging.LogRecord) -> str:
    time = datetime.fromtimestamp(record.created, UTC)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class TextFormatter(logging.Formatter):
    """`TIME LEVEL LOGGER [REQUEST ID] MESSAGE name=value …`, tracebacks indented."""

    def format(self, record: logging.LogRecord) -> str:
        head = f"{time_of(record)} {record.levelname} {record.name}"
        line = f"{head} [{request_id.current() or '-'}] {message_of(record)}"
        pairs = [f"{name}={quote(value)}" for name, value in fields_of(record).items()]
        first = escape_line(" ".join([line, *pairs]))
        trace = [f"    {escape_line(entry)}" for entry in traceback_of(record)]
        return "\n".join([first, *trace])


def quote(value: object) -> str:
    text = str(value)
    return text if re.fullmatch(r"[^\s=\"]+", text) else json.dumps(text)


class JSONFormatter(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": time_of(record),
            "level": record.levelname,
            "logger": record.name,
            "message": message_of(record),
            "request_id": request_id.current() or None,
        }
        if trace := traceback_of(record):
            entry["exception"] = "\n".join(trace)
        # Fields come last and can't replace a member.
        return json.dumps(entry | fields_of(record) | entry, default=str)


FORMATTERS: dict[str, type[logging.Formatter]] = {
    "text": TextFormatter,
    "json": JSONFormatter,
}


QUIET_LOGGERS: dict[str, dict[str, object]] = {
    # The access log has refused requests, so this one is for exceptions.
    "django.request": {"level": "ERROR"},
    # At DEBUG, they log statements and the variables of templates: user data.
    "django.db.backends": {"level": "INFO"},
    "django.template": {"level": "INFO"},
    # It repeats the access log, with query strings.
    "django.server": {"handlers": [], "level": "CRITICAL"},
    # It lists the glyphs in each PDF.
    "fontTools": {"level": "WARNING"},
}


def logging_config(format_name: str, level: str) -> dict[str, object]:
    """Return the setting LOGGING."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"entry": {"()": FORMATTERS[format_name]}},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "entry"}
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {"django": {"handlers": [], "level": level}, **QUIET_LOGGERS},
    }
