"""Recorded examples: requests, and the responses to them on the demo data.

Each file in `docs/examples/` lists the examples of one system, in the order in which
they work. You write the requests; `manage.py record_examples` records the responses.
The OpenAPI document shows them, and Swagger UI fills its forms with them.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from django.conf import settings

FOLDER: Path = settings.BASE_DIR / "docs" / "examples"

# A part of the OpenAPI document.
Part = dict[str, Any]
QueryValue = str | int | bool | list[str]


class ExampleRequest(TypedDict):
    # Values by the name of their parameter.
    path: NotRequired[dict[str, str | int]]
    query: NotRequired[dict[str, QueryValue]]
    headers: NotRequired[dict[str, str]]
    body: NotRequired[Any]


class ExampleResponse(TypedDict):
    status: int
    headers: dict[str, str]
    # JSON, a text, or null for no body, for pages and for other media types.
    body: Any


class Example(TypedDict):
    """A request of a demo account, or of an anonymous client, and its response."""

    # The method and the path, such as `GET /books/{id}`.
    operation: str
    actor: str | None
    request: ExampleRequest
    # Recorded.
    response: NotRequired[ExampleResponse]


@cache
def load_examples() -> dict[str, list[Example]]:
    """Return the examples by the name of their file."""
    files = sorted(FOLDER.glob("*.json"))
    return {file.stem: json.loads(file.read_text()) for file in files}


def add_examples(result: Part, **kwargs: object) -> Part:
    """Put the examples into the OpenAPI document: a postprocessing hook.

    It must run before repeated parts are moved to `components`.
    """
    for examples in load_examples().values():
        # The first example of an operation shows its request as well.
        first = {each["operation"]: each for each in reversed(examples)}
        for example in examples:
            method, path = example["operation"].split()
            if operation := result["paths"].get(path, {}).get(method.lower()):
                if example is first[example["operation"]]:
                    add_request(operation, example["request"])
                if "response" in example:
                    add_response(operation, example["response"])
    return result


def add_request(operation: Part, request: ExampleRequest) -> None:
    values: dict[str, object] = {**request.get("path", {}), **request.get("query", {})}
    # Several operations may share a part, so change copies.
    operation["parameters"] = [
        with_example(parameter, values[parameter["name"]])
        if parameter["name"] in values
        else parameter
        for parameter in operation.get("parameters", [])
    ]
    if "body" in request and "requestBody" in operation:
        body = operation["requestBody"]
        content = {
            name: with_example(media_type, request["body"])
            for name, media_type in body["content"].items()
        }
        operation["requestBody"] = body | {"content": content}


def add_response(operation: Part, response: ExampleResponse) -> None:
    status = str(response["status"])
    declared = operation["responses"].get(status, {})
    content = declared.get("content", {})
    media_type = response["headers"].get("Content-Type", "")
    name = media_type if media_type in content else media_type.partition(";")[0]
    is_shown = response["body"] is not None or name.endswith("json")
    if name in content and is_shown and "example" not in content[name]:
        content = content | {name: with_example(content[name], response["body"])}
        operation["responses"][status] = declared | {"content": content}


def with_example(part: Part, value: object) -> Part:
    """Return the parameter or the media type with this example alone."""
    others = {name: each for name, each in part.items() if name != "examples"}
    return others | {"example": value}
