"""Compare responses with the generated OpenAPI document."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.conf import settings
from django.test import override_settings
from drf_spectacular.generators import SchemaGenerator
from jsonschema_rs import Draft202012Validator, Registry

from config.apis import dialect_of
from config.browser_headers import RESPONSE_HEADERS
from dialects.restless import RestlessDialect

BASE = "urn:quintet"
# The status of a saved command, as the old service chose it.
SAVED = 419
HELP = re.compile(r'</guide/reference/errors/#([\w-]+)>; rel="help"')
# URLs with these prefixes are not in the document.
OUTSIDE = (
    *("/admin", "/schema", "/openapi", "/docs", "/reference", "/redoc", "/static"),
    *("/livez", "/readyz", "/healthz", "/metrics", "/guide"),
    *("/meta", "/api/v2/meta"),
)
SHARED = re.compile(r"#/components/(headers|parameters|responses)/([^/]+)")
# Errors of any operation, which the description of the document tells once.
ANYWHERE = {400, 405, 413, 500}
# What the document says of each response that has it. Content types are part of its
# body, and all responses have the other headers.
DOCUMENTED_HEADERS = set(RESPONSE_HEADERS) - {"X-Data-Age"} | {"WWW-Authenticate"}
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


def generated() -> dict[str, Any]:
    """Generate the document of the current URLs."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(None, public=True)
    return inlined(schema, schema["components"])


def inlined(part: Any, components: dict[str, Any]) -> Any:
    """Return a part with shared headers, parameters and responses in their places."""
    if isinstance(part, list):
        return [inlined(entry, components) for entry in part]
    if not isinstance(part, dict):
        return part
    if match := SHARED.fullmatch(str(part.get("$ref"))):
        return inlined(components[match[1]][match[2]], components)
    return {key: inlined(value, components) for key, value in part.items()}


@cache
def document(access: str = "open") -> dict[str, Any]:
    """Return the document of the project's own URLs. Callers must not change it."""
    with override_settings(QUINTET_ACCESS=access, ROOT_URLCONF="config.urls"):
        return generated()


@dataclass
class Contract:
    """The document, prepared for checks of responses."""

    operations: list[tuple[re.Pattern[str], dict[str, Any]]]
    registry: Registry
    validators: dict[int, Draft202012Validator] = field(default_factory=dict)

    def checking(self, request: Callable[..., Any]) -> Callable[..., Any]:
        """Return a `Client.request` that fails if a response is not as documented."""

        def checked_request(client: Any, **environ: Any) -> Any:
            response = request(client, **environ)
            self.check(environ, response)
            return response

        return checked_request

    @classmethod
    @cache
    def in_mode(cls, access: str) -> Contract:
        return cls.of(document(access))

    @classmethod
    def of(cls, openapi: dict[str, Any]) -> Contract:
        schema = as_json_schema(openapi)
        # Fixed paths first: `/api/v2/orders` is no `/api/{type}/{id}`; long ones before
        # short ones: `/invoices/1.pdf` is no `/invoices/{id}`.
        paths = sorted(
            schema["paths"].items(),
            key=lambda item: (item[0].count("{"), -len(item[0])),
        )
        return cls(
            operations=[(pattern_of(path), operations) for path, operations in paths],
            registry=Registry([(BASE, schema)]),
        )

    def check(self, environ: dict[str, Any], response: Any) -> None:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if method == "POST":
            # A method that isn't one has no operation.
            method = environ.get("HTTP_X_HTTP_METHOD_OVERRIDE", method).strip().upper()
        is_html = "text/html" in response.headers.get("Content-Type", "")
        if method not in METHODS or path.startswith(OUTSIDE) or is_html:
            return
        if response.status_code >= 400 and response.status_code != SAVED:
            check_help(response)
        operation = self.operation(path, method)
        if operation is None:
            self.check_refusal(path, response)
            return
        where = f"{method} {path} → {response.status_code}"
        declared = operation["responses"].get(str(response.status_code))
        if declared is None and response.status_code in ANYWHERE:
            self.check_refusal(path, response)
            return
        assert declared is not None, f"{where} is not in the OpenAPI document"
        check_headers(declared.get("headers", {}), response.headers, where)
        self.check_body(declared.get("content"), response, where)

    def operation(self, path: str, method: str) -> dict[str, Any] | None:
        """Return the operation of a path with or without a slash at its end."""
        has_one_spelling = dialect_of(path) is RestlessDialect
        others = () if has_one_spelling else (path.rstrip("/"), f"{path}/")
        for spelling in (path, *others):
            for pattern, operations in self.operations:
                if pattern.fullmatch(spelling):
                    return operations.get(method.lower())
        return None

    def check_refusal(self, path: str, response: Any) -> None:
        """Check the response to a request for which there is no operation."""
        statuses = {301, 401, 403, 404, 406, 415} | ANYWHERE
        assert response.status_code in statuses, (
            f"{path} → {response.status_code} is not in the OpenAPI document"
        )
        body = json.loads(response.content)
        assert isinstance(body, dict), body
        assert dialect_of(path)

    def check_body(self, content: Any, response: Any, where: str) -> None:
        if not content:
            assert not response.content, f"{where} has a body that is not declared"
            return
        media_type = response.headers["Content-Type"]
        if media_type not in content:
            media_type = media_type.partition(";")[0]
        assert media_type in content, f"{where} declares {list(content)}, {media_type}"
        if not media_type.endswith("json"):
            return
        validator = self.validator(content[media_type]["schema"])
        errors = [
            f"{error.instance_path}: {error.message}"
            for error in validator.iter_errors(json.loads(response.content))
        ]
        assert not errors, f"{where} differs from the OpenAPI document: {errors}"

    def validator(self, schema: dict[str, Any]) -> Draft202012Validator:
        if id(schema) not in self.validators:
            self.validators[id(schema)] = Draft202012Validator(
                schema, registry=self.registry
            )
        return self.validators[id(schema)]


class ProjectContract(Contract):
    """The document of the project's URLs, in the access mode of each request."""

    def check(self, environ: dict[str, Any], response: Any) -> None:
        Contract.in_mode(settings.QUINTET_ACCESS).check(environ, response)


def check_headers(
    declared: dict[str, dict[str, Any]], sent: Mapping[str, str], where: str
) -> None:
    required = {name for name, header in declared.items() if header.get("required")}
    assert not required - set(sent), f"{where} lacks {required - set(sent)}"
    undeclared = DOCUMENTED_HEADERS & set(sent) - set(declared)
    assert not undeclared, f"{where} does not declare {undeclared}"


def check_help(response: Any) -> None:
    """Check that an error links to its code on the page of errors."""
    match = HELP.fullmatch(response.headers.get("Link", ""))
    assert match, f"{response.status_code} has no link to help"
    assert match[1] in documented_codes(), f"docs/reference/errors.md lacks {match[1]}"


@cache
def documented_codes() -> set[str]:
    page = (settings.BASE_DIR / "docs/reference/errors.md").read_text()
    return set(re.findall(r"^### `(.+)`$", page, re.MULTILINE))


def pattern_of(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))


def as_json_schema(part: Any) -> Any:
    """Return OpenAPI 3.0 as JSON Schema, in which objects have no other members."""
    if isinstance(part, list):
        return [as_json_schema(entry) for entry in part]
    if not isinstance(part, dict):
        return part
    schema = {key: as_json_schema(value) for key, value in part.items()}
    if isinstance(reference := schema.get("$ref"), str):
        schema["$ref"] = BASE + reference
    if schema.get("type") == "object" and isinstance(schema.get("properties"), dict):
        schema.setdefault("additionalProperties", False)
    if schema.pop("nullable", False) is True:
        schema = {"anyOf": [schema, {"type": "null"}]}
    return schema
