"""The security that the document declares is what an anonymous client meets."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.support.openapi import document

pytestmark = pytest.mark.django_db
# They also read a refresh token from the body, and return 401 without one.
READ_A_TOKEN = {"POST /auth/refresh", "POST /auth/logout"}

# Which token is needed depends on the operations that the body names.
ATOMIC = (
    '{"atomic:operations": [{"op": "remove", "ref": {"type": "video", "id": "1"}}]}'
)


def operations(openapi: dict) -> Iterator[tuple[str, str, dict]]:
    for path, item in openapi["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def is_open_to_all(operation: dict) -> bool:
    return not operation["security"] or {} in operation["security"]


def media_type_of(operation: dict) -> str:
    """Return the first media type of the body: others are refused before the token."""
    content = operation.get("requestBody", {}).get("content", {})
    return next(iter(content), "application/json")


@pytest.mark.parametrize("access", ["open", "closed"])
def test_a_token_is_required_where_the_document_says_so(client, settings, access):
    settings.QUINTET_ACCESS = access
    wrong = []
    for method, path, operation in operations(document(access)):
        url = re.sub(r"\{\w+\}", "1", path)
        body = ATOMIC if path == "/api/operations" else "{}"
        response = client.generic(method, url, body, media_type_of(operation))
        name = f"{method} {path}"
        is_refused = response.status_code == 401 and name not in READ_A_TOKEN
        if is_refused == is_open_to_all(operation):
            wrong.append((name, response.status_code, operation["security"]))

    assert wrong == []


def test_the_modes_differ_in_tokens_alone():
    open_, closed = (as_described(access) for access in ("open", "closed"))

    assert open_.keys() == closed.keys()
    for name, operation in open_.items():
        statuses = operation.pop("responses").keys()
        added = closed[name].pop("responses").keys() ^ statuses
        assert added <= {"401", "403"}, name
        assert operation == closed[name]


def as_described(access: str) -> dict[str, dict]:
    """Return the operations in an access mode, without what names the role needed."""
    return {
        f"{method} {path}": {
            key: part
            for key, part in operation.items()
            if key not in {"security", "description"}
        }
        for method, path, operation in operations(document(access))
    }
