"""Texts of the OpenAPI document about a URL, for the browsable pages.

documented("/books/14").title      "Book 14"
documented("/books/14").body("PUT")   the recorded example, and its media type
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from dialects.openapi_document import REFERENCE, openapi_document
from dialects.openapi_parts import Schema

PARAMETER = re.compile(r"\{\w+\}")
# The verb and the article that a title lacks: "Get a book" is the page "Book 14".
VERB = re.compile(r"^(List|Get)( an?| the)? ")
# Longer URLs belong to no operation.
MAX_LENGTH = 2000


class Body(NamedTuple):
    """The request body of an operation: media type, schema and recorded example."""

    media_type: str
    schema: Schema
    example: object


@dataclass(frozen=True)
class DocumentedPath:
    """A URL, and the path of the document that it belongs to."""

    # Without the prefix of SCRIPT_NAME.
    url: str
    template: str

    @property
    def operations(self) -> dict[str, Schema]:
        operations: dict[str, Schema] = openapi_document()["paths"][self.template]
        return operations

    def operation(self, method: str) -> Schema:
        return self.operations.get(method.lower(), {})

    def description(self, method: str) -> str:
        return str(self.operation(method).get("description", ""))

    @property
    def tag(self) -> str:
        operation = next(iter(self.operations.values()))
        return str(operation["tags"][0])

    @property
    def is_list(self) -> bool:
        return str(self.operation("GET").get("operationId", "")).startswith("list")

    @property
    def is_row(self) -> bool:
        return self.template.endswith("}")

    @property
    def title(self) -> str:
        """Return such as "Books", "Book 14" or "Complete a goal"."""
        operation = self.operation("GET") or next(iter(self.operations.values()))
        title = VERB.sub("", operation["summary"])
        if self.is_row and "get" in self.operations:
            title = f"{title} {self.url.rstrip('/').rpartition('/')[2]}"
        return title[:1].upper() + title[1:]

    def body(self, method: str) -> Body | None:
        """Return the body that the method takes; None if it takes none."""
        content = self.operation(method).get("requestBody", {}).get("content", {})
        for media_type, part in content.items():
            return Body(media_type, part["schema"], part.get("example"))
        return None

    def ancestors(self) -> Iterator[DocumentedPath]:
        """Yield the paths above this one that can be read, the nearest last."""
        parts = self.url.rstrip("/").split("/")
        for length in range(2, len(parts)):
            above = documented("/".join(parts[:length]))
            if above and "get" in above.operations:
                yield above

    def children(self) -> Iterator[DocumentedPath]:
        """Yield what belongs to the row or the list, such as its actions and files."""
        parent = PARAMETER.sub("{}", self.template).rstrip("/")
        for template in openapi_document()["paths"]:
            rest = PARAMETER.sub("{}", template).removeprefix(parent)
            if rest != template and rest[:1] in {"/", "."} and is_literal(rest):
                yield DocumentedPath(self.url.rstrip("/") + rest, template)


def is_literal(part: str) -> bool:
    return "{" not in part and len(part) > 1


def documented(url: str) -> DocumentedPath | None:
    """Return the texts of the document about a URL, without its trailing slash."""
    for pattern, template in patterns():
        if len(url) < MAX_LENGTH and pattern.fullmatch(url):
            return DocumentedPath(url, template)
    return None


@cache
def patterns() -> list[tuple[re.Pattern[str], str]]:
    """Return a pattern of each path of the document, literal paths first."""
    templates = sorted(openapi_document()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(pattern_of(template)), template) for template in templates]


def pattern_of(template: str) -> str:
    literals = map(re.escape, PARAMETER.split(template.rstrip("/")))
    return "[^/]+?".join(literals) + "/?"


def writable(schema: Schema, value: object) -> object:
    """Return the part of a row's representation that a request can send back."""
    schema = resolved(schema)
    if isinstance(value, dict) and "properties" in schema:
        return {
            name: writable(part, value[name])
            for name, part in schema["properties"].items()
            if name in value and not part.get("readOnly")
        }
    if isinstance(value, list) and "items" in schema:
        return [writable(schema["items"], each) for each in value]
    return value


def resolved(schema: Schema) -> Schema:
    """Return the schema behind a reference, or the first one of alternatives."""
    for key in ("oneOf", "anyOf", "allOf"):
        if key in schema:
            return resolved(schema[key][0])
    if reference := schema.get("$ref"):
        kind, _, name = reference.removeprefix(REFERENCE).partition("/")
        return resolved(openapi_document()["components"][kind][name])
    return schema
