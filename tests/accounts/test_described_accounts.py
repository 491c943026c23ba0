"""The OpenAPI document of accounts: limits, errors of single views, deletion."""

from __future__ import annotations

import pytest

from tests.support.openapi import document

LIMITS = {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
LIMITED = ["register", "login", "me", "password", "password/reset"]


def operation(path: str, method: str = "post"):
    return document()["paths"][f"/auth/{path}"][method]


@pytest.mark.parametrize("path", LIMITED)
def test_limited_attempts_have_429_with_their_headers(path):
    method = "delete" if path == "me" else "post"
    response = operation(path, method)["responses"]["429"]

    assert LIMITS | {"Retry-After"} <= set(response["headers"])


@pytest.mark.parametrize("path", ["refresh", "logout", "password/reset/confirm"])
def test_nothing_else_has_429(path):
    assert "429" not in operation(path)["responses"]


def test_the_deletion_of_an_account_takes_the_password():
    body = operation("me", "delete")["requestBody"]

    assert body["required"]
    assert list(body["content"]) == ["application/json"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("login", {"email": "ada@example.com", "password": "wrong"}),
        ("refresh", {"refresh_token": "wrong"}),
        ("logout", {"refresh_token": "wrong"}),
        ("password/reset/confirm", {"token": "wrong", "new_password": "x y z"}),
        ("password", {"old_password": "wrong", "new_password": "x y z"}),
        ("register", {"email": "x@example.com", "password": "x y z", "name": "ada"}),
    ],
)
def test_the_example_of_an_error_is_what_the_view_returns(client_of, ada, path, body):
    response = client_of(ada).post(f"/auth/{path}", body, "json")

    declared = operation(path)["responses"][str(response.status_code)]
    assert declared["content"]["application/json"]["example"] == response.json()


def test_only_operations_for_users_need_a_token():
    needs_token = [
        path
        for path, operations in document()["paths"].items()
        if path.startswith("/auth")
        for each in operations.values()
        if each["security"] and {} not in each["security"]
    ]

    assert needs_token == ["/auth/me", "/auth/me", "/auth/password"]
