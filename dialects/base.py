"""What every dialect has: the parts a view takes over by inheriting from one.

A dialect is a `GenericAPIView` whose renderers, parsers, pagination, error bodies
and OpenAPI schema speak one old wire. Views stay plain DRF:

    class ActorViewSet(EnvelopeDialect, ModelViewSet): ...
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import IO, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import parsers, serializers
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.metadata import SimpleMetadata
from rest_framework.pagination import BasePagination
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.settings import api_settings

from common.http import json
from common.http.errors import Problem, TooLarge, problem_from
from dialects.conditional import ConditionalView
from dialects.events import EVENT_STREAM
from dialects.pagination import CappedList
from dialects.renderers import CompactRenderer
from dialects.rows import RowPlan


class StrictJSONParser(parsers.JSONParser):
    """`application/json` in UTF-8, read by the one strict parser of all dialects."""

    decoder = json.DECODER

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        request = (parser_context or {}).get("request")
        charset = request.content_params.get("charset", "utf-8") if request else "utf-8"
        if charset.lower() not in {"utf-8", "utf8"}:
            raise UnsupportedMediaType(media_type or "")
        return json.loads(stream.read(), self.decoder)


class DialectSchema(AutoSchema):
    """OpenAPI of what really goes over the wire: the dialect's errors on every call."""

    view: Any

    def get_tags(self) -> list[str]:
        """The app that a view belongs to, so that each system stands by itself."""
        return [app_of(type(self.view))]

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for status in self.error_statuses():
            bodies.setdefault(str(status), self.error_response(status))
        media_types = bodies.get("200", {}).get("content", ())
        if self.method == "GET" and any(name.endswith("json") for name in media_types):
            bodies["304"] = self._get_response_for_code(NOT_MODIFIED, "304")
        return bodies

    def error_statuses(self) -> list[int]:
        """The view's, and those that its method for this operation has besides."""
        method = getattr(self.view, getattr(self.view, "action", None) or "", None)
        found = [*self.view.error_statuses, *getattr(method, "error_statuses", ())]
        return [*found, 412] if self.changes_row else found

    @property
    def changes_row(self) -> bool:
        key = self.view.lookup_url_kwarg or self.view.lookup_field
        return self.method != "GET" and f"(?P<{key}>" in self.path_regex

    def get_override_parameters(self) -> list[Any]:
        """The headers of conditional requests and of their answers."""
        found = [*super().get_override_parameters(), ETAG]
        if self.changes_row:
            found.append(IF_MATCH)
        if self.changes_row or self.method == "GET":
            found.append(IF_NONE_MATCH)
        return found

    def _resolve_path_parameters(self, variables: list[str]) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super()._resolve_path_parameters(variables)
        for parameter in parameters:
            if parameter["schema"].get("pattern") == f"^{Dialect.lookup_value_regex}$":
                parameter["schema"] = {"type": "integer"}
        return parameters

    def error_response(self, status: int) -> dict[str, Any]:
        response: dict[str, Any] = self._get_response_for_code(
            self.view.error_serializer_for(status),
            str(status),
            media_types=self.error_media_types(),
        )
        return response | {"description": STATUS_MEANINGS[status]}

    def error_media_types(self) -> list[str]:
        found: list[str] = self.map_renderers("media_type")
        return [media_type for media_type in found if media_type != EVENT_STREAM]


def header(name: str, about: str, **options: Any) -> OpenApiParameter:
    return OpenApiParameter(
        name, str, OpenApiParameter.HEADER, description=about, **options
    )


NOT_MODIFIED = OpenApiResponse(description="The caller has this answer already.")
IF_MATCH = header(
    "If-Match", "Only if the resource is still in the state of one of these tags."
)
IF_NONE_MATCH = header(
    "If-None-Match", "Only if the answer differs from these; `*`: if there is none."
)
ETAG = header("ETag", "The state of what is shown.", response=[200, 201, 204, 304, 412])


def app_of(view: type) -> str:
    return view.__module__.partition(".")[0].replace("_", " ")


ERROR_STATUSES = (400, 401, 403, 404, 406, 409, 413, 415, 429, 500, 503)
STATUS_MEANINGS = {
    400: "The request is not valid.",
    401: "A valid bearer token is needed.",
    403: "The caller may not do this.",
    404: "There is no such thing, or it is not the caller's.",
    406: "No answer can be given in a media type that `Accept` names.",
    409: "The stored data stand against it.",
    412: "It is not in the state that `If-Match` or `If-None-Match` asks for.",
    413: "The body is too large.",
    415: "The body's media type is not understood.",
    422: "The body is understood but cannot be carried out.",
    429: "Too many requests; `Retry-After` says when to try again.",
    500: "A mistake of the server's own.",
    503: "The database does not answer; `Retry-After` says when to try again.",
}


class DialectMetadata(SimpleMetadata):
    """What `OPTIONS` tells. The URL of a list may name PUT without having a row."""

    def determine_actions(self, request: Request, view: Any) -> dict[str, Any]:
        if not view.names_row:
            return {}
        actions: dict[str, Any] = super().determine_actions(request, view)
        return actions


class Dialect(ConditionalView):
    """The base of all dialects; each subclass says how a `Problem` looks."""

    renderer_classes = [CompactRenderer, BrowsableAPIRenderer]
    parser_classes = [StrictJSONParser]
    pagination_class: type[BasePagination] | None = CappedList
    filter_backends = []
    metadata_class = DialectMetadata
    schema = DialectSchema()
    # Any other id, or one beyond a database's integers, is no URL of ours: 404.
    lookup_value_regex = "[0-9]{1,18}"
    error_serializer: type[serializers.Serializer[Any]]
    # What any call may be answered with besides success.
    error_statuses: tuple[int, ...] = ERROR_STATUSES

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_large_body(request)

    def list_response(self, queryset: Any) -> Response:
        """A page of the queryset's rows, read as rows if they have a plan."""
        plan = self.row_plan(queryset)
        if isinstance(self.paginator, CappedList):
            self.paginator.plan = plan
        page: Any = self.paginate_queryset(queryset)
        rows: Any = page
        if page is None:
            rows = plan.select(queryset) if plan else queryset
        if plan:
            data = plan.represent(list(rows), queryset.db)
        else:
            data = self.get_serializer(rows, many=True).data
        return Response(data) if page is None else self.get_paginated_response(data)

    def row_plan(self, queryset: Any) -> RowPlan | None:
        # Other paginations read instances.
        if not isinstance(self.paginator, CappedList | None):
            return None
        return RowPlan.of(self.get_serializer(), queryset)

    def get_authenticate_header(self, request: Request) -> str:
        # Never Basic, which makes browsers ask for a password.
        return "Bearer"

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return self.exception_response

    def exception_response(
        self, exc: Exception, context: dict[str, Any]
    ) -> Response | None:
        problem = problem_from(exc)
        if problem is None:
            return None
        status, body = self.draw(problem)
        return Response(body, status=status, headers=problem.headers)

    @classmethod
    def draw(cls, problem: Problem) -> tuple[int, Any]:
        """Status and body of a problem on this wire."""
        raise NotImplementedError

    @classmethod
    def error_serializer_for(cls, status: int) -> type[serializers.Serializer[Any]]:
        return cls.error_serializer

    @classmethod
    def plain_response(cls, problem: Problem) -> HttpResponse:
        """A problem's answer where no view of the dialect is at hand."""
        status, body = cls.draw(problem)
        renderer = cls.renderer_classes[0]()
        return HttpResponse(
            renderer.render(body, renderer.media_type, {}),
            status=status,
            content_type=renderer.media_type,
            headers=problem.headers,
        )


def refuse_large_body(request: Request | HttpRequest) -> None:
    """Raises TooLarge by the length of the body, of which nothing was kept."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if limit is not None and length.isdigit() and int(length) > limit:
        raise TooLarge(f"The request body is larger than {limit} bytes.")


def first_message(fields: Any) -> tuple[str, str, str]:
    """Field name, text and code of the first mistake in a problem's field tree."""
    name = ""
    while not (isinstance(fields, dict) and set(fields) == {"message", "code"}):
        if isinstance(fields, list):
            fields = next(entry for entry in fields if entry)
            continue
        key, fields = next((key, found) for key, found in fields.items() if found)
        name = name if key == api_settings.NON_FIELD_ERRORS_KEY else str(key)
    return name, str(fields["message"]), str(fields["code"])


class ListRowsMixin:
    """DRF's action `list`, read as rows where that can be."""

    def list(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        answer: Response = self.list_response(self.filter_queryset(self.get_queryset()))
        return answer


class EitherSlashRouter(SimpleRouter):
    """Answers `/actors` and `/actors/` alike."""

    def __init__(self) -> None:
        super().__init__()
        self.trailing_slash = "/?"
