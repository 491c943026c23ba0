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


class ExampleRequest(TypedDict):
    # Values by the name of their parameter.
    path: NotRequired[dict[str, str | int]]
    query: NotRequired[dict[str, str | int | bool]]
    headers: NotRequired[dict[str, str]]
    body: NotRequired[Any]


class ExampleResponse(TypedDict):
    status: int
    headers: dict[str, str]
    # JSON, a text, or null for no body and for other media types.
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
    return {
        file.stem: json.loads(file.read_text()) for file in sorted(FOLDER.glob("*"))
    }


def add_examples(result: Part, **kwargs: object) -> Part:
    """Put the examples into the OpenAPI document: a postprocessing hook.

    Parts that are repeated must have been moved to `components`.
    """
    for examples in load_examples().values():
        # The first example of an operation shows its request as well.
        first = {each["operation"]: each for each in reversed(examples)}
        for example in examples:
            method, path = example["operation"].split()
            if operation := result["paths"].get(path, {}).get(method.lower()):
                writer = ExampleWriter(result, operation)
                if example is first[example["operation"]]:
                    writer.add_request(example["request"])
                if "response" in example:
                    writer.add_response(example["response"])
    return result


class ExampleWriter:
    """Adds examples to one operation of the document."""

    def __init__(self, document: Part, operation: Part) -> None:
        self.document, self.operation = document, operation

    def add_request(self, request: ExampleRequest) -> None:
        values: dict[str, object] = {
            **request.get("path", {}),
            **request.get("query", {}),
            **request.get("headers", {}),
        }
        if parameters := self.operation.get("parameters"):
            parameters = [self.with_value(each, values) for each in parameters]
            self.operation["parameters"] = parameters
        if "body" in request and "requestBody" in self.operation:
            body = self.resolve(self.operation["requestBody"])
            example = {"example": request["body"]}
            content = {name: each | example for name, each in body["content"].items()}
            self.operation["requestBody"] = body | {"content": content}

    def with_value(self, parameter: Part, values: dict[str, object]) -> Part:
        found = self.resolve(parameter)
        if found["name"] not in values:
            return parameter
        # The two exclude each other.
        copy = {name: value for name, value in found.items() if name != "examples"}
        return copy | {"example": values[found["name"]]}

    def add_response(self, response: ExampleResponse) -> None:
        status = str(response["status"])
        declared = self.resolve(self.operation["responses"].get(status, {}))
        content = declared.get("content", {})
        media_type = response["headers"].get("Content-Type", "")
        name = media_type if media_type in content else media_type.partition(";")[0]
        is_shown = response["body"] is not None or name.endswith("json")
        if is_shown and "example" not in content.get(name, {"example": None}):
            content = content | {name: content[name] | {"example": response["body"]}}
            self.operation["responses"][status] = declared | {"content": content}

    def resolve(self, part: Part) -> Part:
        """Return the component that the part refers to, or the part itself."""
        if "$ref" not in part:
            return part
        found = self.document
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        return found
