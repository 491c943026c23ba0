"""The OpenAPI document names the roles that casting needs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.openapi import document, generated


def operation(path: str, method: str) -> Any:
    return document()["paths"][path][method]


@pytest.mark.parametrize(
    ("path", "method", "roles"),
    [
        ("/actors", "get", "casting assistant, casting director, executive producer"),
        ("/actors", "post", "casting director, executive producer"),
        ("/movies", "post", "executive producer"),
        ("/movies/{id}", "patch", "casting director, executive producer"),
        ("/movies/{id}", "delete", "executive producer"),
        (
            "/movies/{id}/actors/{actor_id}",
            "put",
            "casting director, executive producer",
        ),
    ],
)
def test_each_operation_names_its_roles(path, method, roles):
    text = f"Requires one of the roles: {roles}."
    assert operation(path, method)["description"].endswith(text)


def test_claims_are_named_with_an_identity_provider(settings):
    claim = "needs `patch:movies` in its claim `permissions`."
    assert "claim" not in operation("/movies/{id}", "patch")["description"]

    settings.OIDC_ISSUER = "https://agency.example.com/"
    described = generated()["paths"]["/movies/{id}"]["patch"]["description"]
    assert described.endswith(claim)


def test_only_a_list_of_all_rows_is_missing_if_it_is_empty():
    assert "404" in operation("/actors", "get")["description"]
    assert "404" not in operation("/movies/{movie_id}/actors", "get")["description"]


def test_sort_is_a_text_that_names_its_fields():
    parameters = operation("/movies", "get")["parameters"]
    sort = next(each for each in parameters if each["name"] == "sort")

    assert sort["schema"]["type"] == "string"
    assert "`release_date`" in sort["description"]
