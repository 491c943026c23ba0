"""Hooks of the OpenAPI document (drf-spectacular)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from dialects.openapi_parts import HELP_LINK

Schema = dict[str, Any]
# Path, regular expression, method and view function.
Endpoint = tuple[str, str, str, object]
# The only old URL that ends with a slash.
WITH_SLASH = {"/bucketlists/"}


def canonical_paths(endpoints: list[Endpoint], **kwargs: object) -> list[Endpoint]:
    """List each URL once, as the old API spelled it, if it works with and without `/`.

    A preprocessing hook of drf-spectacular.
    """
    return [
        (canonical_path(path, regex), regex, method, view)
        for path, regex, method, view in endpoints
    ]


def canonical_path(path: str, regex: str) -> str:
    has_optional_slash = regex.endswith("/?$") and path not in WITH_SLASH
    return path.rstrip("/") if has_optional_slash else path


def share_components(result: Schema, **kwargs: object) -> Schema:
    """Move what operations repeat to `components`: headers, parameters and responses.

    Components that nothing uses are removed. A postprocessing hook of drf-spectacular.
    """
    operations = list(operations_of(result))
    components = result["components"]
    for kind, places in [
        ("headers", header_places(operations)),
        ("parameters", parameter_places(operations)),
        ("responses", response_places(operations)),
    ]:
        if shared := share(kind, places):
            components[kind] = dict(sorted(shared.items()))
    remove_unused(result)
    return result


def remove_unused(document: Schema) -> None:
    """Remove schemas that neither an operation nor a used component refers to."""
    schemas = document["components"]["schemas"]
    kinds = ("headers", "parameters", "responses")
    roots = [document["paths"], *map(document["components"].get, kinds)]
    used: set[str] = set()
    pending = schema_names(roots)
    while pending:
        used |= pending
        pending = schema_names([schemas[name] for name in pending]) - used
    document["components"]["schemas"] = {
        name: schema for name, schema in schemas.items() if name in used
    }


def schema_names(part: object) -> set[str]:
    """Return the names of the schemas that a part of the document refers to."""
    return set(re.findall(r'"#/components/schemas/([^"]+)"', to_json(part)))


def operations_of(document: Schema) -> Iterator[Schema]:
    for operations in document["paths"].values():
        yield from operations.values()


# A place that has a part of the document: the container, the key in it, and a name.
Place = tuple[Any, Any, str]


def header_places(operations: list[Schema]) -> list[Place]:
    return [
        (headers, name, name_of_header(name, headers[name]))
        for operation in operations
        for response in operation["responses"].values()
        for headers in [response.get("headers", {})]
        for name in headers
    ]


def name_of_header(name: str, header: Schema) -> str:
    """Return `Link-help` for the link of errors, else the header's name."""
    return f"{name}-help" if header == HELP_LINK.get(name) else name


def parameter_places(operations: list[Schema]) -> list[Place]:
    return [
        (parameters, index, name_of_parameter(parameter))
        for operation in operations
        for parameters in [operation.get("parameters", [])]
        for index, parameter in enumerate(parameters)
    ]


def response_places(operations: list[Schema]) -> list[Place]:
    return [
        (operation["responses"], status, name_of_response(status, response))
        for operation in operations
        for status, response in operation["responses"].items()
        if status >= "300"
    ]


def name_of_parameter(parameter: Schema) -> str:
    """Return such as `page-size` for `page[size]`, and `path-id` for `{id}`."""
    words = re.findall(r"[\w.]+", parameter["name"])
    return "-".join(["path", *words] if parameter["in"] == "path" else words)


def name_of_response(status: str, response: Schema) -> str:
    """Return such as `DbbaseError404`: the schema of the body, and the status."""
    content: Schema = next(iter(response.get("content", {}).values()), {})
    schema = str(content.get("schema", {}).get("$ref", "Response"))
    return schema.rpartition("/")[2] + status


def share(kind: str, places: list[Place]) -> Schema:
    """Replace parts that are repeated by references. Return the shared parts by name.

    Different parts of the same name get numbers.
    """
    texts = [to_json(container[key]) for container, key, _ in places]
    counts = Counter(texts)
    names: dict[str, str] = {}
    shared: Schema = {}
    for (container, key, name), text in zip(places, texts, strict=True):
        if counts[text] == 1:
            continue
        if text not in names:
            names[text] = unused_name(name, shared)
            shared[names[text]] = container[key]
        container[key] = {"$ref": f"#/components/{kind}/{names[text]}"}
    return shared


def to_json(part: object) -> str:
    # Texts of Django may be lazy.
    return json.dumps(part, sort_keys=True, default=str)


def unused_name(name: str, names: Schema) -> str:
    number, unused = 1, name
    while unused in names:
        number += 1
        unused = f"{name}{number}"
    return unused
