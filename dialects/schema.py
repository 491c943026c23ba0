"""OpenAPI of all dialects: error responses and the headers of conditional requests."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, Literal

from django.contrib.auth import get_user_model
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.serializers import Serializer

from dialects.events import EVENT_STREAM
from dialects.routers import INTEGER_ID

Direction = Literal["request", "response"]
# A part of the OpenAPI document.
Schema = dict[str, Any]
SerializerClass = type[Serializer[Any]]

logger = logging.getLogger(__name__)
# The views that the OpenAPI document lacks, and why. `dialects/checks.py` reads it.
undescribed: dict[type, Exception] = {}

STATUS_DESCRIPTIONS = {
    400: "The request is invalid.",
    401: "A valid bearer token is required.",
    403: "Permission denied.",
    404: "Not found, or it belongs to another user.",
    406: "None of the media types in `Accept` is available.",
    409: "Conflict with the current state of the resource.",
    412: "The precondition in `If-Match` or `If-None-Match` failed.",
    413: "The body is too large.",
    415: "The body's media type is not supported.",
    422: "The body is well-formed but cannot be processed.",
    429: "Too many requests. `Retry-After` says when to try again.",
    500: "Internal server error.",
    503: "The database is unavailable. `Retry-After` says when to try again.",
}


def request_header(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=description)


def response_header(
    name: str,
    description: str,
    header_type: type = str,
    statuses: Sequence[int] = (200,),
) -> OpenApiParameter:
    return OpenApiParameter(
        name,
        header_type,
        OpenApiParameter.HEADER,
        description=description,
        response=list(statuses),
    )


def query_parameter(name: str, schema: Schema, description: str) -> Schema:
    return {"name": name, "in": "query", "schema": schema, "description": description}


NOT_MODIFIED = OpenApiResponse(description="Not modified (`If-None-Match` matches).")
IF_MATCH = request_header(
    "If-Match", "Write only if the resource still has one of these entity tags."
)
IF_NONE_MATCH = request_header(
    "If-None-Match", "Entity tags of cached responses. With `*`, PUT only creates."
)
ETAG = response_header(
    "ETag", "Entity tag of the response.", statuses=[200, 201, 204, 304, 412]
)

LOCATION = response_header(
    "Location", "URL of what was created; of a list, the list's.", statuses=[201]
)


def app_of(view_class: type) -> str:
    return view_class.__module__.partition(".")[0].replace("_", " ")


class NamingSchema(AutoSchema):
    """Leaves out a view that cannot be described, and remembers why."""

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
        except Exception as exc:
            undescribed[type(self.view)] = exc
            logger.exception("%s cannot be described.", type(self.view))
            return None
        return operation


class DialectSchema(NamingSchema):
    """Describes the dialect's errors for every operation."""

    def get_tags(self) -> list[str]:
        """Group the operations by app."""
        return [app_of(type(self.view))]

    def _get_response_bodies(self, direction: Direction = "response") -> Schema:
        bodies: Schema = super()._get_response_bodies(direction)
        for status in self.error_statuses():
            bodies.setdefault(str(status), self.error_response(status))
        media_types = bodies.get("200", {}).get("content", ())
        if self.method == "GET" and any(name.endswith("json") for name in media_types):
            bodies["304"] = self._get_response_for_code(NOT_MODIFIED, "304")
        return bodies

    def error_statuses(self) -> list[int]:
        """Return the error statuses of the view and of its method."""
        method = getattr(self.view, getattr(self.view, "action", None) or "", None)
        statuses = [*self.view.error_statuses, *getattr(method, "error_statuses", ())]
        return [*statuses, 412] if self.changes_row else statuses

    @property
    def changes_row(self) -> bool:
        is_detail = f"(?P<{self.view.lookup_kwarg}>" in self.path_regex
        return self.method != "GET" and is_detail

    def get_override_parameters(self) -> list[Any]:
        parameters = [*super().get_override_parameters(), ETAG, LOCATION]
        if self.changes_row:
            parameters.append(IF_MATCH)
        if self.changes_row or self.method == "GET":
            parameters.append(IF_NONE_MATCH)
        return parameters

    def _resolve_path_parameters(self, variables: list[str]) -> list[Schema]:
        resolve: Callable[..., list[Schema]] = super()._resolve_path_parameters
        parameters = resolve(variables)
        for parameter in parameters:
            if parameter["schema"].get("pattern") == f"^{INTEGER_ID}$":
                parameter["schema"] = {"type": "integer"}
        return parameters

    def error_response(self, status: int) -> Schema:
        response: Schema = self._get_response_for_code(
            self.view.error_serializer_for(status),
            str(status),
            media_types=self.error_media_types(),
        )
        return response | {"description": STATUS_DESCRIPTIONS[status]}

    def error_media_types(self) -> list[str]:
        media_types: list[str] = self.map_renderers("media_type")
        return [name for name in media_types if name != EVENT_STREAM]
