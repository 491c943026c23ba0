"""Which changes of a JSON Schema break clients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Schema = dict[str, Any]
Direction = Literal["request", "response"]

UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
RULES = ("pattern", "format", "multipleOf", "uniqueItems", "contentMediaType")


@dataclass
class SchemaComparison:
    """Compares schemas of two documents, for values that clients send or receive.

    The server must accept every value that it accepted before, and must send no value
    that it didn't send before. So, in a request the new schema is the wider one and in
    a response the old one: a change breaks clients if the wider schema refuses a value
    of the narrower one. A property must not go in either direction, because requests
    with unknown properties are refused.
    """

    old: Schema
    new: Schema
    direction: Direction
    # References that are being compared: schemas may refer to themselves.
    compared: set[tuple[str, str]] = field(default_factory=set)

    def changes(self, old: Schema, new: Schema, where: str) -> Iterator[str]:
        """Yield what breaks clients at `where`, such as `title`."""
        references = (old.get("$ref", ""), new.get("$ref", ""))
        if all(references):
            if references in self.compared:
                return
            self.compared.add(references)
        old, new = resolved(self.old, old), resolved(self.new, new)
        olds, news = alternatives(old), alternatives(new)
        if len(olds) == len(news) == 1:
            yield from self.changes_of_one(
                resolved(self.old, olds[0]), resolved(self.new, news[0]), where
            )
        elif self.direction == "request":
            for option in olds:
                if all(self.is_broken(option, each) for each in news):
                    yield f"{where}: an alternative is no longer accepted"
        else:
            for option in news:
                if all(self.is_broken(each, option) for each in olds):
                    yield f"{where}: there is a new alternative"

    def is_broken(self, old: Schema, new: Schema) -> bool:
        fork = SchemaComparison(self.old, self.new, self.direction, set(self.compared))
        return any(True for _ in fork.changes(old, new, ""))

    def changes_of_one(self, old: Schema, new: Schema, where: str) -> Iterator[str]:
        wide, narrow = (new, old) if self.direction == "request" else (old, new)
        yield from (f"{where}: {text}" for text in refused_values(wide, narrow))
        yield from self.changes_of_properties(old, new, where)
        for key, place in (("items", "[]"), ("additionalProperties", ".*")):
            before, after = old.get(key), new.get(key)
            if isinstance(before, dict) and isinstance(after, dict):
                yield from self.changes(before, after, f"{where}{place}")
            elif wide.get(key) is False and narrow.get(key) is not False:
                yield f"{where}: {key} is false on one side only"

    def changes_of_properties(
        self, old: Schema, new: Schema, where: str
    ) -> Iterator[str]:
        olds, news = old.get("properties", {}), new.get("properties", {})
        for name in olds:
            if name not in news:
                yield f"{where}.{name}: removed"
            else:
                yield from self.changes(olds[name], news[name], f"{where}.{name}")
        before, after = set(old.get("required", [])), set(new.get("required", []))
        if self.direction == "request":
            yield from (f"{where}.{name}: now required" for name in after - before)
        else:
            lost = (before - after) & news.keys()
            yield from (f"{where}.{name}: may now be absent" for name in lost)


def refused_values(wide: Schema, narrow: Schema) -> Iterator[str]:
    """Yield why `wide` refuses values that `narrow` allows."""
    if types(wide) and not (types(narrow) and types(narrow) <= types(wide)):
        yield f"type {sorted(types(narrow))} isn't within {sorted(types(wide))}"
    if values(wide) and not (values(narrow) and values(narrow) <= values(wide)):
        yield f"values {sorted(values(narrow))} aren't within {sorted(values(wide))}"
    for name in UPPER_BOUNDS:
        if name in wide and narrow.get(name, float("inf")) > wide[name]:
            yield f"{name} {narrow.get(name)} isn't within {wide[name]}"
    for name in LOWER_BOUNDS:
        if name in wide and narrow.get(name, float("-inf")) < wide[name]:
            yield f"{name} {narrow.get(name)} isn't within {wide[name]}"
    for name in RULES:
        if name in wide and narrow.get(name) != wide[name]:
            yield f"{name} {narrow.get(name)} isn't {wide[name]}"


def types(schema: Schema) -> set[str]:
    """Return the types of the schema; empty for any type."""
    declared = schema.get("type", [])
    names = {declared} if isinstance(declared, str) else set(declared)
    return names | {"integer"} if "number" in names else names


def values(schema: Schema) -> set[str]:
    """Return the values of an enum as texts; empty for any value."""
    return {repr(value) for value in schema.get("enum", [])} | (
        {repr(schema["const"])} if "const" in schema else set()
    )


def alternatives(schema: Schema) -> list[Schema]:
    """Return the schemas of which one is enough, each with what holds for all."""
    for key in ("anyOf", "oneOf"):
        if key in schema:
            rest = {name: part for name, part in schema.items() if name != key}
            return [{"allOf": [rest, option]} for option in schema[key]]
    return [schema]


def resolved(document: Schema, schema: Schema) -> Schema:
    """Return the schema with its reference and its `allOf` merged into it."""
    parts = schema.get("allOf", [])
    if reference := schema.get("$ref"):
        parts = [component(document, reference), *parts]
    merged = {key: schema[key] for key in schema.keys() - {"$ref", "allOf"}}
    for part in parts:
        other = resolved(document, part)
        both = {
            "properties": other.get("properties", {}) | merged.get("properties", {}),
            "required": [*other.get("required", []), *merged.get("required", [])],
        }
        merged = other | merged | {key: part for key, part in both.items() if part}
    return merged


def component(document: Schema, reference: str) -> Schema:
    """Return what `#/components/<kind>/<name>` refers to."""
    part = document
    for name in reference.removeprefix("#/").split("/"):
        part = part[name]
    return part
