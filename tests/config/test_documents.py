"""The OpenAPI documents, as the server sends them."""

from __future__ import annotations

import gzip
import json

import pytest
import yaml
from drf_spectacular.validation import validate_schema

from config import documents
from dialects.openapi_document import openapi_document, references_in

JSON, YAML = "application/json", "application/yaml"
SYSTEMS = [
    *("accounts", "bucket-lists", "books-and-authors"),
    *("casting", "goals", "media-catalog", "orders"),
]


@pytest.fixture(autouse=True)
def no_document_of_another_test() -> None:
    for cached in (openapi_document, documents.rendered, documents.systems):
        cached.cache_clear()


def parsed(response) -> dict:
    """Return the document of a response, by its media type."""
    assert response.status_code == 200
    body = response.content
    if response.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    is_json = response.headers["Content-Type"].endswith("json")
    return json.loads(body) if is_json else yaml.safe_load(body)


@pytest.mark.parametrize(
    ("url", "accept", "media_type"),
    [
        ("/openapi.json", "*/*", JSON),
        ("/openapi.json", YAML, JSON),
        ("/openapi.yaml", "*/*", YAML),
        ("/schema/", "*/*", "application/vnd.oai.openapi"),
        ("/schema", JSON, JSON),
        ("/schema/", "application/yaml;q=0.5, application/json", JSON),
        (
            "/schema/",
            "application/vnd.oai.openapi+json",
            "application/vnd.oai.openapi+json",
        ),
        ("/schema/?format=json", "*/*", JSON),
        ("/schema?format=yaml", JSON, YAML),
        ("/schema/goals/", "*/*", "application/vnd.oai.openapi"),
        ("/schema/goals?format=json", "*/*", JSON),
    ],
)
def test_url_query_and_accept_choose_the_format(client, url, accept, media_type):
    response = client.get(url, HTTP_ACCEPT=accept)

    assert response.headers["Content-Type"] == media_type
    assert "Accept" in response.headers["Vary"]
    assert parsed(response)["openapi"].startswith("3.1")


def test_both_formats_have_the_same_document(client):
    joint = parsed(client.get("/openapi.json"))

    assert parsed(client.get("/openapi.yaml")) == joint
    assert parsed(client.get("/schema/?format=json")) == joint


@pytest.mark.parametrize("url", ["/schema/?format=xml", "/schema/goals?format=html"])
def test_an_unknown_format_is_refused(client, url):
    response = client.get(url)

    assert response.status_code == 400
    assert response.json() == {"message": "format must be json or yaml."}


def test_what_no_format_matches_is_406(client):
    assert client.get("/schema/", HTTP_ACCEPT="text/csv").status_code == 406


def test_an_unknown_system_is_404(client):
    assert client.get("/schema/nothing/").status_code == 404


@pytest.mark.parametrize("url", ["/openapi.json", "/openapi.yaml", "/schema/goals/"])
def test_a_known_document_is_not_sent_again(client, url):
    first = client.get(url, HTTP_ACCEPT_ENCODING="gzip")
    assert first.headers["Content-Encoding"] == "gzip"
    assert first.headers["Cache-Control"] == "no-cache"
    for tag in (first.headers["ETag"], client.get(url).headers["ETag"]):
        again = client.get(url, HTTP_IF_NONE_MATCH=tag, HTTP_ACCEPT_ENCODING="gzip")
        assert (again.status_code, again.content) == (304, b"")
    assert client.get(url, HTTP_IF_NONE_MATCH='"other"').status_code == 200


def test_a_document_is_made_once(client):
    client.get("/openapi.json")
    made = openapi_document.cache_info().misses
    for url in ("/openapi.json", "/openapi.yaml", "/schema/goals/", "/docs", "/docs"):
        assert client.get(url).status_code == 200

    assert openapi_document.cache_info().misses == made == 1


def test_each_system_has_a_valid_document(client):
    assert sorted(documents.systems()) == sorted(SYSTEMS)
    joint = parsed(client.get("/openapi.json"))
    paths: dict = {}
    for name in SYSTEMS:
        document = parsed(client.get(f"/schema/{name}/?format=json"))
        validate_schema(document)
        [tag] = document["tags"]
        assert document["info"]["title"] == f"Quintet: {tag['name']}"
        assert_complete(document)
        for path, operations in document["paths"].items():
            paths.setdefault(path, {}).update(operations)

    assert paths == joint["paths"]


def assert_complete(document: dict) -> None:
    """Every reference has its component, and every component a reference."""
    used = references_in(document)
    components = {
        (kind, name)
        for kind, parts in document["components"].items()
        for name in parts
        if kind != "securitySchemes"
    }
    assert used == components


def test_a_system_has_only_what_it_needs(client):
    joint = parsed(client.get("/openapi.json"))
    goals = parsed(client.get("/schema/goals/"))

    assert all(path.startswith("/v1.0/") for path in goals["paths"])
    assert len(goals["components"]["schemas"]) < len(joint["components"]["schemas"]) / 3
