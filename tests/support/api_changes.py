"""Which changes of an OpenAPI document break clients.

The rules are those of oasdiff where it reports errors. oasdiff is a Go program, and
neither PyPI nor npm has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

from tests.support.schema_changes import (
    Direction,
    Schema,
    SchemaComparison,
    component,
)

HEADING = "### Breaking changes"


class Change(NamedTuple):
    operation: str
    text: str

    def __str__(self) -> str:
        return f"{self.operation}: {self.text}"


def breaking_changes(old: Schema, new: Schema) -> list[Change]:
    """Return the changes between two documents that break clients, sorted."""
    before, after = operations(old), operations(new)
    removed = [Change(name, "removed") for name in before if name not in after]
    changed = [
        Change(name, text)
        for name in before.keys() & after.keys()
        for text in Operations(old, new).changes(before[name], after[name])
    ]
    return sorted({*removed, *changed})


def unnamed(changes: list[Change], changelog: str) -> list[Change]:
    """Return the changes that the newest section of the changelog doesn't name.

    It names operations in backticks, below its heading "Breaking changes":
    `GET /books`, or `* /books*` for several.
    """
    newest = changelog.split("\n## ")[1]
    section = newest.partition(HEADING)[2].partition("\n#")[0]
    patterns = re.findall(r"`([^`]+)`", section)
    return [
        change
        for change in changes
        if not any(fnmatchcase(change.operation, pattern) for pattern in patterns)
    ]


def operations(document: Schema) -> dict[str, Schema]:
    return {
        f"{method.upper()} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


class Operations:
    """Compares operations of two documents."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self.old, self.new = old, new

    def changes(self, old: Schema, new: Schema) -> Iterator[str]:
        if old["operationId"] != new["operationId"]:
            yield f"{old['operationId']} is now named {new['operationId']}"
        yield from self.changes_of_security(old, new)
        yield from self.changes_of_parameters(old, new)
        yield from self.changes_of_body(old, new)
        yield from self.changes_of_responses(old["responses"], new["responses"])

    def changes_of_security(self, old: Schema, new: Schema) -> Iterator[str]:
        before, after = (
            {
                " and ".join(sorted(option))
                for option in operation.get("security") or [{}]
            }
            for operation in (old, new)
        )
        # An operation for anonymous clients takes requests with any token.
        if "" not in after:
            yield from (
                f"security {name or 'none'} is no longer enough"
                for name in sorted(before - after)
            )

    def changes_of_parameters(self, old: Schema, new: Schema) -> Iterator[str]:
        before = self.parameters(self.old, old)
        after = self.parameters(self.new, new)
        for name, parameter in after.items():
            is_required = before.get(name, {}).get("required", False)
            if parameter.get("required") and not is_required:
                yield f"{name} is now required"
        for name, parameter in before.items():
            if name not in after:
                yield f"{name} removed"
                continue
            for key in ("style", "explode"):
                if parameter.get(key) != after[name].get(key):
                    yield f"{name}: another {key}"
            yield from self.schema_changes("request", parameter, after[name], name)

    def parameters(self, document: Schema, operation: Schema) -> dict[str, Schema]:
        parts = [follow(document, part) for part in operation.get("parameters", [])]
        return {f"{part['in']} parameter {part['name']}": part for part in parts}

    def changes_of_body(self, old: Schema, new: Schema) -> Iterator[str]:
        before = follow(self.old, old.get("requestBody", {}))
        after = follow(self.new, new.get("requestBody", {}))
        if after.get("required") and not before.get("required"):
            yield "the request body is now required"
        yield from self.changes_of_content("request", before, after, "request body")

    def changes_of_responses(self, old: Schema, new: Schema) -> Iterator[str]:
        for status, response in old.items():
            if status not in new:
                if status < "400":
                    yield f"{status} removed"
                continue
            before, after = follow(self.old, response), follow(self.new, new[status])
            yield from (
                f"{status}: header {name} removed"
                for name in before.get("headers", {})
                if name not in after.get("headers", {})
            )
            yield from self.changes_of_content("response", before, after, status)

    def changes_of_content(
        self, direction: Direction, old: Schema, new: Schema, where: str
    ) -> Iterator[str]:
        after = new.get("content", {})
        for media_type, part in old.get("content", {}).items():
            if media_type not in after:
                yield f"{where}: {media_type} removed"
            else:
                yield from self.schema_changes(
                    direction, part, after[media_type], where
                )

    def schema_changes(
        self, direction: Direction, old: Schema, new: Schema, where: str
    ) -> Iterator[str]:
        """Compare what two parameters or media types say of their values."""
        comparison = SchemaComparison(self.old, self.new, direction)
        yield from comparison.changes(
            old.get("schema", {}), new.get("schema", {}), where
        )


def follow(document: Schema, part: Schema) -> Schema:
    return component(document, part["$ref"]) if "$ref" in part else part
