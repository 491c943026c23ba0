"""Send the requests of recorded examples to this process."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode

from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.test.utils import setup_databases, teardown_databases

from accounts.demo import account
from accounts.passwords import make_reset_token
from accounts.services import issue_tokens
from config.examples import Example, ExampleRequest, ExampleResponse

HOST = "127.0.0.1:8000"
RECORDED_HEADERS = (
    *("Content-Type", "Content-Disposition", "Link", "Location"),
    *("Retry-After", "X-Total-Count"),
)
# Objects that are recorded of a list.
MAX_OBJECTS = 2
TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
# Parts that differ between two runs: random IDs, times, and numbers of invoices, which
# start with a year.
VOLATILE = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|"
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*|"
    r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d|"
    r"\b\d{4}-\d{6}\b"
)


@contextmanager
def demo_database() -> Iterator[None]:
    """Use a new test database with the demo data instead of the database."""
    old = setup_databases(verbosity=0, interactive=False)
    try:
        call_command("demo", verbosity=0)
        yield
    finally:
        teardown_databases(old, verbosity=0)


def send(example: Example) -> ExampleResponse:
    """Send the request of the example with a new token of its actor."""
    method, path = example["operation"].split()
    request, actor = example["request"], example["actor"]
    headers = headers_of(actor) | request.get("headers", {})
    response: Any = Client(raise_request_exception=False).generic(
        method,
        url_of(path, request),
        body_of(request, actor),
        headers.pop("Content-Type", "application/json"),
        headers={"Host": HOST, **headers},
    )
    return recorded(response)


def url_of(path: str, request: ExampleRequest) -> str:
    for name, value in request.get("path", {}).items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
    query = [
        (name, text_of(each))
        for name, value in request.get("query", {}).items()
        for each in (value if isinstance(value, list) else [value])
    ]
    return f"{path}?{urlencode(query)}" if query else path


def text_of(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def body_of(request: ExampleRequest, actor: str | None) -> str:
    if "body" not in request:
        return ""
    body = json.dumps(request["body"])
    for placeholder, value in secrets_of(actor).items():
        body = body.replace(placeholder, value)
    return body


def secrets_of(actor: str | None) -> dict[str, str]:
    """Return the values that replace these placeholders in a request."""
    if actor is None:
        return {}
    user = account(actor)
    return {
        "<refresh_token>": issue_tokens(user).refresh,
        "<reset_token>": make_reset_token(user),
    }


def headers_of(actor: str | None) -> dict[str, str]:
    if actor is None:
        return {}
    return {"Authorization": f"Bearer {issue_tokens(account(actor)).access}"}


def recorded(response: HttpResponse) -> ExampleResponse:
    media_type, headers = response.headers.get("Content-Type", ""), response.headers
    body: Any = None
    if "json" in media_type and response.content:
        body = shortened(json.loads(TOKEN.sub("eyJ…", response.content.decode())))
    elif media_type.startswith("text/") and "html" not in media_type:
        body = response.getvalue().decode()
    return {
        "status": response.status_code,
        "headers": {
            name: headers[name] for name in RECORDED_HEADERS if name in headers
        },
        "body": body,
    }


def shortened(part: Any) -> Any:
    """Return the JSON with lists that have only a few objects."""
    if isinstance(part, dict):
        return {name: shortened(value) for name, value in part.items()}
    if not isinstance(part, list):
        return part
    is_long = len(part) > MAX_OBJECTS and isinstance(part[0], dict)
    return [shortened(each) for each in (part[:MAX_OBJECTS] if is_long else part)]


def is_same(one: ExampleResponse, other: ExampleResponse) -> bool:
    """Return whether two responses are equal, apart from the volatile parts."""
    return masked(one) == masked(other)


def masked(response: ExampleResponse) -> str:
    return VOLATILE.sub("…", json.dumps(response, sort_keys=True, ensure_ascii=False))
