"""docs/openapi.yaml is what production serves, and breaks no client unawares."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from tests.support.api_changes import breaking_changes, unnamed

ROOT = Path(settings.BASE_DIR)
CURRENT = ROOT / "docs" / "openapi.yaml"
RELEASED = ROOT / "docs" / "openapi.released.yaml"


def load(file: Path) -> dict:
    return yaml.load(file.read_text(), yaml.CSafeLoader)


def test_the_file_is_what_the_code_describes(tmp_path):
    file = tmp_path / "openapi.yaml"
    # The variables of this process must not change it.
    variables = os.environ | {"PYTHONPATH": ".", "QUINTET_ACCESS": "open"}
    command = [sys.executable, "docs/openapi.py", str(file)]
    subprocess.run(command, cwd=ROOT, env=variables, check=True, timeout=120)

    assert file.read_text() == CURRENT.read_text(), "Run script/openapi."


def test_the_changelog_names_every_breaking_change():
    changes = breaking_changes(load(RELEASED), load(CURRENT))
    unknown = unnamed(changes, (ROOT / "CHANGELOG.md").read_text())

    assert not unknown, "\n".join(map(str, unknown))


# The comparison itself

BOOK = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "title": {"type": "string", "maxLength": 80},
        "state": {"enum": ["new", "sold"]},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Book"}},
        "price": {"anyOf": [{"type": "number"}, {"type": "null"}]},
    },
    "required": ["title", "state"],
}
SHARED = {"schema": {"$ref": "#/components/schemas/Book"}}
DOCUMENT = {
    "paths": {
        "/books": {
            "get": {
                "operationId": "listBooks",
                "security": [{"bearer": []}, {}],
                "parameters": [{"$ref": "#/components/parameters/page"}],
                "responses": {
                    "200": {
                        "headers": {"ETag": {"schema": {"type": "string"}}},
                        "content": {"application/json": SHARED, "text/csv": {}},
                    },
                    "400": {"description": "Invalid."},
                },
            },
            "post": {
                "operationId": "createBook",
                "security": [{"bearer": []}],
                "requestBody": {"content": {"application/json": SHARED}},
                "responses": {"201": {"content": {"application/json": SHARED}}},
            },
        }
    },
    "components": {
        "parameters": {
            "page": {"name": "page", "in": "query", "schema": {"type": "integer"}}
        },
        "schemas": {"Book": BOOK},
    },
}
Edit = Callable[[dict], object]


def get(document: dict) -> dict:
    return document["paths"]["/books"]["get"]


def post(document: dict) -> dict:
    return document["paths"]["/books"]["post"]


def book(document: dict) -> dict:
    return document["components"]["schemas"]["Book"]


def page(document: dict) -> dict:
    return document["components"]["parameters"]["page"]


def field(document: dict, name: str) -> dict:
    return book(document)["properties"][name]


BREAKING: list[tuple[Edit, str]] = [
    (lambda d: d["paths"]["/books"].pop("get"), "GET /books: removed"),
    (lambda d: get(d).update(operationId="books"), "listBooks is now named books"),
    (lambda d: get(d)["security"].pop(), "security none is no longer enough"),
    (lambda d: get(d)["parameters"].clear(), "query parameter page removed"),
    (lambda d: page(d).update(required=True), "query parameter page is now required"),
    (
        lambda d: page(d)["schema"].update(maximum=9),
        "page: maximum None isn't within 9",
    ),
    (
        lambda d: post(d)["requestBody"].update(required=True),
        "POST /books: the request body is now required",
    ),
    (lambda d: get(d)["responses"].pop("200"), "GET /books: 200 removed"),
    (lambda d: get(d)["responses"]["200"]["headers"].clear(), "header ETag removed"),
    (
        lambda d: get(d)["responses"]["200"]["content"].pop("text/csv"),
        "200: text/csv removed",
    ),
    (lambda d: book(d)["properties"].pop("id"), "GET /books: 200.id: removed"),
    (lambda d: book(d)["required"].append("id"), "request body.id: now required"),
    (lambda d: book(d)["required"].pop(0), "200.title: may now be absent"),
    (lambda d: field(d, "id").update(type="string"), "200.id: type ['string']"),
    (lambda d: field(d, "id").update(type=["integer", "null"]), "200.id: type"),
    (lambda d: field(d, "title").update(maxLength=8), "request body.title: maxLength"),
    (lambda d: field(d, "title").update(maxLength=99), "201.title: maxLength 99"),
    (lambda d: field(d, "title").update(pattern="a"), "request body.title: pattern"),
    (lambda d: field(d, "state")["enum"].pop(), "request body.state: values"),
    (lambda d: field(d, "state")["enum"].append("lost"), "200.state: values"),
    (lambda d: field(d, "parts").update(items={"type": "string"}), "200.parts[]: type"),
    (lambda d: field(d, "price")["anyOf"].pop(), "request body.price: an alternative"),
    (
        lambda d: field(d, "price")["anyOf"].append({"type": "string"}),
        "200.price: there is a new alternative",
    ),
]
HARMLESS: list[Edit] = [
    lambda d: d["paths"].update({"/authors": {"get": {"operationId": "listAuthors"}}}),
    lambda d: get(d).update(summary="List books", tags=["Books"]),
    lambda d: post(d)["security"].append({}),
    lambda d: get(d)["parameters"].append({"name": "size", "in": "query"}),
    lambda d: get(d)["responses"].pop("400"),
    lambda d: get(d)["responses"].update({"401": {"description": "No token."}}),
    lambda d: get(d)["responses"]["200"]["headers"].update(Link={}),
    lambda d: book(d)["properties"].update(subtitle={"type": "string"}),
    lambda d: field(d, "title").update(description="The title.", examples=["Emma"]),
]


def changed(edit: Edit) -> list[str]:
    new = copy.deepcopy(DOCUMENT)
    edit(new)
    return [str(change) for change in breaking_changes(DOCUMENT, new)]


@pytest.mark.parametrize(("edit", "text"), BREAKING, ids=[text for _, text in BREAKING])
def test_a_breaking_change_is_found(edit, text):
    found = changed(edit)

    assert any(text in change for change in found), found


@pytest.mark.parametrize("edit", HARMLESS)
def test_a_harmless_change_is_not_reported(edit):
    assert changed(edit) == []


def test_a_component_by_another_name_is_the_same():
    new = copy.deepcopy(DOCUMENT)
    new["components"]["schemas"] = {"Volume": copy.deepcopy(BOOK)}
    volume = {"$ref": "#/components/schemas/Volume"}
    field_of_parts = new["components"]["schemas"]["Volume"]["properties"]["parts"]
    field_of_parts["items"] = volume
    for content in (
        get(new)["responses"]["200"]["content"],
        post(new)["requestBody"]["content"],
        post(new)["responses"]["201"]["content"],
    ):
        content["application/json"] = {"schema": volume}

    assert breaking_changes(DOCUMENT, new) == []


@pytest.mark.parametrize(
    ("entry", "count"),
    [
        ("", 2),
        ("### Breaking changes\n\n- `GET /books` is gone.\n", 1),
        ("### Breaking changes\n\n- `* /books`: gone.\n", 0),
        ("- `* /books`: gone, but not below the heading.\n", 2),
        ("### Breaking changes\n\n### Others\n\n- `* /books`\n", 2),
    ],
)
def test_the_newest_section_names_operations(entry, count):
    new = copy.deepcopy(DOCUMENT) | {"paths": {}}
    changelog = f"# Changelog\n\n## 2.0\n\n{entry}\n## 1.0\n\n{'`* *`'}\n"

    assert len(unnamed(breaking_changes(DOCUMENT, new), changelog)) == count


def test_every_change_of_the_own_document_is_seen():
    """An operation less, and each property of a component less, breaks someone."""
    old = load(CURRENT)
    new = copy.deepcopy(old)
    for item in new["paths"].values():
        item.pop("get", None)
    removed = {change.operation for change in breaking_changes(old, new)}

    assert removed == {
        f"GET {path}" for path in old["paths"] if "get" in old["paths"][path]
    }
    assert breaking_changes(old, copy.deepcopy(old)) == []
