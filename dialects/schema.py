"""OpenAPI of all dialects: names, security, errors and headers of operations.

What follows from a view and its action is said here, once. A dialect's subclass adds
what its format decides. An app adds what it alone knows by `extend_schema` or by the
attributes of `Dialect`: `tag`, `verbose_name`, `error_statuses`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal, TypeVar

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry, append_meta, get_view_model
from rest_framework.exceptions import APIException
from rest_framework.permissions import (
    SAFE_METHODS,
    AllowAny,
    IsAuthenticated,
    IsAuthenticatedOrReadOnly,
)
from rest_framework.serializers import ModelSerializer, Serializer

from common.http.errors import Problem, problem_from
from common.http.permissions import (
    IsAuthenticatedOrOpen,
    IsAuthenticatedOrOpenOrReadOnly,
)
from dialects.error_help import DETAIL
from dialects.error_samples import STATUS_DESCRIPTIONS, phrase_of, typical_errors
from dialects.events import EVENT_STREAM
from dialects.openapi_parts import (
    ERROR_HEADERS,
    ETAG,
    HELP_LINK,
    IF_MATCH,
    IF_NONE_MATCH,
    LOCATION,
    ONLY_NEW,
    REQUEST_ID,
    headers,
)
from dialects.operation_names import ResourceName, operation_id, summary
from dialects.routers import INTEGER_ID
from dialects.suffixes import SuffixNegotiation

Direction = Literal["request", "response"]
# A part of the OpenAPI document.
Schema = dict[str, Any]
SerializerClass = type[Serializer[Any]]
Method = TypeVar("Method", bound=Callable[..., Any])

logger = logging.getLogger(__name__)
# The views that the OpenAPI document lacks, and why. `dialects/checks.py` reads it.
undescribed: dict[type, Exception] = {}

NEED_NO_MORE_THAN_A_TOKEN = {
    AllowAny,
    IsAuthenticated,
    IsAuthenticatedOrReadOnly,
    IsAuthenticatedOrOpen,
    IsAuthenticatedOrOpenOrReadOnly,
}


def can_fail(*errors: int | APIException) -> Callable[[Method], Method]:
    """Decorate a view's method with errors that it raises.

    Of an exception, the document also has the text, and the body as its example.
    """

    def decorate(method: Method) -> Method:
        known: tuple[int | APIException, ...] = getattr(method, "errors", ())
        method.errors = (*known, *errors)  # type: ignore[attr-defined]
        return method

    return decorate


def app_of(view_class: type) -> str:
    return view_class.__module__.partition(".")[0].replace("_", " ")


def tag_of(view_class: type) -> str:
    """Return the view's `tag`, by default the verbose name of its app."""
    if tag := getattr(view_class, "tag", ""):
        return str(tag)
    app = apps.get_containing_app_config(view_class.__module__)
    return str(app.verbose_name) if app else app_of(view_class).title()


def names_of_old_nulls(serializer: ModelSerializer[Any]) -> set[str]:
    """Return the fields that refuse null, but whose columns may have it."""
    model: type[Model] = serializer.Meta.model
    columns = {column.name for column in model._meta.concrete_fields if column.null}
    return {
        str(name)
        for name, field in serializer.fields.items()
        if field.source in columns and not field.allow_null
    }


class NamingSchema(AutoSchema):
    """Schema that leaves out a view that can't be described, and remembers why."""

    view: Any

    def get_operation(
        self,
        path: str,
        path_regex: str,
        path_prefix: str,
        method: str,
        registry: ComponentRegistry,
    ) -> Schema | None:
        # The view's `get_queryset()` may filter by a user.
        self.view.request.user = get_user_model()(pk=0)
        try:
            operation: Schema | None = super().get_operation(
                path, path_regex, path_prefix, method, registry
            )
            if operation:
                self.complete(operation)
        except Exception as exc:
            undescribed[type(self.view)] = exc
            logger.exception("%s can't be described.", type(self.view))
            return None
        return operation

    def complete(self, operation: Schema) -> None:
        """Add what follows from the whole operation."""


class DialectSchema(NamingSchema):
    """Schema with the names, errors, headers and security of operations."""

    # By action, for those that the dialect names or describes in its own way.
    summaries: ClassVar[Mapping[str, str]] = {}
    descriptions: ClassVar[Mapping[str, str]] = {}

    @property
    def action(self) -> str:
        """Return the view's action; of a view without, the one DRF's mixins name."""
        if action := getattr(self.view, "action", None):
            return str(action)
        if self.method == "GET" and hasattr(self.view, "list"):
            return "list"
        return self.method_mapping[self.method.lower()]

    @property
    def handler(self) -> Callable[..., Any] | None:
        """Return the view's method that handles the request."""
        by_method = getattr(self.view, self.method.lower(), None)
        return getattr(self.view, self.action, by_method)

    @property
    def resource_name(self) -> ResourceName | None:
        """Return the view's verbose names, by default the model's."""
        if name := getattr(self.view, "verbose_name", ""):
            return ResourceName(name, self.view.verbose_name_plural or f"{name}s")
        model = get_view_model(self.view, emit_warnings=False)
        if model is None:
            return None
        meta = model._meta
        return ResourceName(str(meta.verbose_name), str(meta.verbose_name_plural))

    def get_operation_id(self) -> str:
        if self.resource_name is None:
            return str(super().get_operation_id())
        return operation_id(self.action, self.resource_name)

    def get_summary(self) -> str | None:
        if text := self.summaries.get(self.action):
            return text
        return self.resource_name and summary(self.action, self.resource_name)

    def get_description(self) -> str:  # type: ignore[override]
        """Return the text of the action, and who may call it."""
        return "\n\n".join(filter(None, [self.action_text(), *self.requirements()]))

    def action_text(self) -> str:
        """Return the docstring of an app's method, or the dialect's description.

        Other docstrings speak to developers.
        """
        module = str(getattr(self.handler, "__module__", ""))
        is_of_app = apps.get_containing_app_config(module) is not None
        doc = getattr(self.handler, "__doc__", None) if is_of_app else None
        text = doc or self.descriptions.get(self.action, "")
        return "\n".join(line.strip() for line in text.strip().splitlines())

    def requirements(self) -> Iterator[str]:
        """Yield the requirements of the permissions beyond a token."""
        for permission in self.view.get_permissions():
            if describe := getattr(permission, "requirement", None):
                yield describe(self.view, self.method)

    def can_forbid(self) -> bool:
        """Return whether a permission can refuse a user with a valid token."""
        unknown = [
            permission
            for permission in self.view.get_permissions()
            if type(permission) not in NEED_NO_MORE_THAN_A_TOKEN
            and not hasattr(permission, "requirement")
        ]
        return bool(unknown) or any(self.requirements())

    def get_tags(self) -> list[str]:
        return [tag_of(type(self.view))]

    def get_auth(self) -> list[Schema]:
        """Return the schemes, and `{}` if anonymous clients get past the permissions.

        It depends on `QUINTET_ACCESS`.
        """
        schemes = [scheme for scheme in super().get_auth() if scheme]
        return [*schemes, {}] if schemes and self.allows_anonymous() else schemes

    def allows_anonymous(self) -> bool:
        request = self.view.request
        user, request.user = request.user, AnonymousUser()
        try:
            permissions = self.view.get_permissions()
            return all(each.has_permission(request, self.view) for each in permissions)
        finally:
            request.user = user

    def map_parsers(self) -> list[str]:
        # Forms are accepted by some dialects, too. Generators trip over several types.
        media_types: list[str] = super().map_parsers()
        return media_types[:1]

    def complete(self, operation: Schema) -> None:
        """Add the errors that can happen here, and what each response has."""
        operation.setdefault("security", [])
        if "requestBody" in operation and not self.is_body_optional():
            operation["requestBody"]["required"] = True
        responses = operation["responses"]
        for status in self.error_statuses(operation):
            responses.setdefault(str(status), self.error_response(status))
        if self.is_tagged(responses):
            text = "Not modified: `If-None-Match` has the entity tag."
            responses["304"] = {"description": text}
            operation.setdefault("parameters", []).append(IF_NONE_MATCH)
        for status, response in responses.items():
            response["description"] = response["description"] or phrase_of(status)
            names = self.header_names(status, responses)
            response.setdefault("headers", {}).update(headers(*names))
            response["headers"].update(headers(REQUEST_ID, required=True))
        operation["responses"] = dict(sorted(responses.items()))

    def header_names(self, status: str, responses: Schema) -> list[str]:
        """Return the headers that the response can have, but those of errors."""
        if self.method == "GET":
            if status not in {"200", "304"} or not self.is_tagged(responses):
                return []
            return [ETAG, *self.page_headers()] if status == "200" else [ETAG]
        # The version of the row that was written.
        has_row = {"201": self.resource_name, "200": self.changes_row}
        has_row["204"] = self.changes_row
        return [ETAG] if has_row.get(status) and self.action != "destroy" else []

    def page_headers(self) -> Sequence[str]:
        """Return the headers that the pagination of a list adds."""
        if self.is_detail:
            return ()
        return getattr(self.view.paginator, "response_headers", ())

    def is_body_optional(self) -> bool:
        """Return whether a POST without a body is valid, since no field is required."""
        is_plain = not isinstance(self.get_request_serializer(), dict)
        return self.method == "POST" and is_plain

    def is_tagged(self, responses: Schema) -> bool:
        """Return whether the response to a GET has an entity tag."""
        media_types = responses.get("200", {}).get("content", ())
        is_json = any(name.endswith("json") for name in media_types)
        return self.method == "GET" and is_json

    def error_statuses(self, operation: Schema) -> set[int]:
        """Return the statuses of the errors that can happen at this operation.

        Every operation can return 500, which the document's description contains once.
        """
        statuses = {503, *self.view.error_statuses}
        statuses.update(
            error if isinstance(error, int) else error.status_code
            for error in getattr(self.handler, "errors", ())
        )
        negotiation = self.view.content_negotiation_class
        parts = {parameter["in"] for parameter in operation.get("parameters", [])}
        conditions: dict[int, object] = {
            400: "query" in parts or "requestBody" in operation or self.changes_row,
            401: operation["security"],
            403: self.can_forbid(),
            404: "path" in parts,
            406: not issubclass(negotiation, SuffixNegotiation),
            409: self.method not in SAFE_METHODS and self.resource_name,
            412: self.changes_row,
            413: "requestBody" in operation,
            415: "requestBody" in operation,
            429: self.view.throttle_classes,
        }
        return statuses | {code for code, applies in conditions.items() if applies}

    @property
    def is_detail(self) -> bool:
        return f"(?P<{self.view.lookup_kwarg}>" in self.path_regex

    @property
    def changes_row(self) -> bool:
        return self.method not in SAFE_METHODS and self.is_detail

    def get_override_parameters(self) -> list[Any]:
        parameters = [*super().get_override_parameters(), LOCATION]
        if self.changes_row:
            parameters.append(IF_MATCH)
        if self.changes_row and self.action == "update":
            parameters.append(ONLY_NEW)
        return parameters

    def _map_basic_serializer(self, serializer: Any, direction: Direction) -> Schema:
        """Describe a row in a response: DRF writes all fields, with what is stored.

        A field with the attribute `may_be_missing` is left out of some rows.
        """
        schema: Schema = super()._map_basic_serializer(serializer, direction)
        if direction == "response" and isinstance(serializer, ModelSerializer):
            properties = schema.get("properties", {})
            schema["required"] = [
                name
                for name in properties
                if not getattr(serializer.fields[name], "may_be_missing", False)
            ]
            for name in properties.keys() & names_of_old_nulls(serializer):
                properties[name] = append_meta(properties[name], {"nullable": True})
        return schema

    def _resolve_path_parameters(self, variables: list[str]) -> list[Schema]:
        resolve: Callable[..., list[Schema]] = super()._resolve_path_parameters
        parameters = resolve(variables)
        for parameter in parameters:
            if parameter["schema"].get("pattern") == f"^{INTEGER_ID}$":
                parameter["schema"] = {"type": "integer", "format": "int64"}
        return parameters

    def error_response(self, status: int) -> Schema:
        """Return the response of an error, with an example in the dialect's format."""
        content: Schema = {"schema": self.error_schema(status)}
        own_problem = self.own_problem(status)
        example = self.error_example(status, own_problem)
        if example is not None:
            content["example"] = example
        text = own_problem.detail if own_problem else STATUS_DESCRIPTIONS[status]
        shared = headers(*ERROR_HEADERS.get(status, ()), required=status != 412)
        own: Schema = self._get_response_headers_for_code(str(status))
        return {
            "description": text,
            "headers": own | shared | HELP_LINK | headers(DETAIL),
            "content": dict.fromkeys(self.error_media_types(), content),
        }

    def error_schema(self, status: int) -> Schema:
        serializer = self.view.error_serializer_for(status)
        reference: Schema = self.resolve_serializer(serializer, "response").ref
        return reference

    def own_problem(self, status: int) -> Problem | None:
        """Return the problem of this status that the view's method is known to have."""
        errors = getattr(self.handler, "errors", ())
        exceptions = [error for error in errors if not isinstance(error, int)]
        own = [each for each in exceptions if each.status_code == status]
        return problem_from(own[0]) if own else None

    def error_example(self, status: int, own_problem: Problem | None) -> object:
        """Return the body of a typical error of this status, or None."""
        view_class: Any = type(self.view)
        if own_problem is None:
            return typical_errors(view_class).get(status)
        return json.loads(view_class.plain_response(own_problem).content)

    def error_media_types(self) -> list[str]:
        media_types: list[str] = self.map_renderers("media_type")
        return [name for name in media_types if name != EVENT_STREAM]
