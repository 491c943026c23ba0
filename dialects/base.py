"""The base class of the dialects.

A dialect is a `GenericAPIView` whose renderers, parsers, pagination, error bodies and
OpenAPI schema are those of one old API. Its views are DRF's:

    class BucketlistViewSet(MessageDialect, ListRowsMixin, ModelViewSet): ...

`EnvelopeViewSet`, `DbbaseViewSet` and `RestlessViewSet` have these bases already.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import Model, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch
from django.utils.encoding import escape_uri_path
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from common.http.conditional import ConditionalView, is_single_row
from common.http.errors import Problem, TooLarge, problem_from
from common.http.strict_json import CompactRenderer, StrictJSONParser
from dialects.browsable import PageRenderer
from dialects.documented import writable
from dialects.error_help import help_headers
from dialects.metadata import DialectMetadata
from dialects.openapi_parts import Schema
from dialects.pagination import CappedList
from dialects.routers import INTEGER_ID
from dialects.row_plans import plan_for
from dialects.rows import RowPlan
from dialects.schema import DialectSchema, SerializerClass

logger = logging.getLogger("quintet.health")

# Actions of DRF's viewsets that change a row.
UPDATE_OR_DELETE = {"update", "partial_update", "destroy"}


class Dialect(ConditionalView):
    """The base of all dialects; each subclass renders a `Problem` in its own format."""

    renderer_classes = [CompactRenderer, PageRenderer]
    parser_classes = [StrictJSONParser]
    pagination_class: type[BasePagination] | None = CappedList
    filter_backends = []
    metadata_class = DialectMetadata
    schema = DialectSchema()
    lookup_value_regex = INTEGER_ID
    # For the OpenAPI document: the body of errors, the statuses of errors that
    # `DialectSchema` can't derive, the view's tag, and what its rows are called. By
    # default, these are the verbose names of the app and the model.
    error_serializer: SerializerClass
    error_statuses: tuple[int, ...] = ()
    tag = ""
    verbose_name = verbose_name_plural = ""

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        check_body_size(request)

    @property
    def is_list(self) -> bool:
        """Return whether the request reads a list, so that its query string counts."""
        return self.request.method in {"GET", "HEAD"} and not self.is_detail

    def read_again(self, row: Any) -> Any:
        """Return the row as it is after a write, which may move it out of the queryset.

        Raise Http404 if it has been deleted.
        """
        rows = self.get_queryset().filter(pk=row.pk)
        return rows.first() or get_object_or_404(type(row), pk=row.pk)

    def get_success_headers(self, data: Any) -> dict[str, str]:
        """Return the `Location` of the new row that the data represent."""
        return self.location_of(data.serializer.instance) if is_single_row(data) else {}

    def location_of(self, row: Any) -> dict[str, str]:
        """Return the header `Location` of a row, if a router gave it a URL."""
        reverse_action = getattr(self, "reverse_action", None)
        if reverse_action is None:
            return {}
        kwargs = {**self.kwargs, self.lookup_kwarg: getattr(row, self.lookup_field)}
        try:
            return {"Location": reverse_action("detail", kwargs=kwargs)}
        except NoReverseMatch:
            return {}

    def finalize_response(
        self, request: Request, response: Response, *args: object, **kwargs: object
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        if response.status_code == 201:
            # RFC 9110: without `Location`, the request's URL identifies what is new.
            url = request.build_absolute_uri(escape_uri_path(request.path))
            response.headers.setdefault("Location", url)
        return response

    def list_response(self, queryset: QuerySet[Model]) -> Response:
        """Return a page of the queryset, read as rows if its serializer has a plan."""
        plan = self.row_plan(queryset)
        if isinstance(self.paginator, CappedList):
            self.paginator.plan = plan
        page = self.paginate_queryset(queryset)
        rows: Any = page
        if page is None:
            rows = plan.select(queryset) if plan else queryset
        if plan:
            data = plan.represent(list(rows), queryset.db)
        else:
            data = self.get_serializer(rows, many=True).data
        return Response(data) if page is None else self.get_paginated_response(data)

    def row_plan(self, queryset: QuerySet[Model]) -> RowPlan | None:
        # Other paginations read instances.
        if not isinstance(self.paginator, CappedList | None):
            return None
        return plan_for(self.get_serializer(), queryset)

    def get_authenticate_header(self, request: Request) -> str:
        # "Basic" would make browsers ask for a password.
        return "Bearer"

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return self.exception_response

    def exception_response(self, exc: Exception, context: Any) -> Response | None:
        problem = problem_from(exc)
        if problem is None:
            return None
        if isinstance(exc, OperationalError | InterfaceError):
            # The response, a 503, doesn't contain the cause.
            logger.error("The database failed: %s", exc)
        status, body = self.draw(problem)
        headers = problem.headers | help_headers(problem, body)
        return Response(body, status=status, headers=headers)

    @classmethod
    def draw(cls, problem: Problem) -> tuple[int, object]:
        """Return status and body of a problem in this dialect."""
        raise NotImplementedError

    @classmethod
    def error_serializer_for(cls, status: int) -> SerializerClass:
        return cls.error_serializer

    def example_to_send(self, example: object) -> object:
        """Return the example of a request as the form of its page has it."""
        return example

    def row_to_send(self, shown: object, schema: Schema) -> object:
        """Return the row of a response as PUT and PATCH take it, None without one."""
        return writable(schema, self.shown_row(shown)) or None

    def shown_row(self, shown: object) -> object:
        """Return the row in the JSON of a response."""
        return shown if isinstance(shown, dict) else None

    @classmethod
    def plain_response(cls, problem: Problem) -> HttpResponse:
        """Return a problem's response outside the dialect's views."""
        status, body = cls.draw(problem)
        renderer = cls.renderer_classes[0]()
        return HttpResponse(
            renderer.render(body, renderer.media_type, {}),
            status=status,
            content_type=renderer.media_type,
            headers=problem.headers | help_headers(problem, body),
        )


def check_body_size(request: Request) -> None:
    """Raise TooLarge by Content-Length; `config/wsgi_wrapper.py` emptied the body."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if limit is not None and length.isdigit() and int(length) > limit:
        raise TooLarge(f"The request body is larger than {limit} bytes.")


class ListRowsMixin:
    """DRF's action `list`, by `Dialect.list_response()`."""

    def list(self: Any, request: Request, *args: object, **kwargs: object) -> Response:
        queryset = self.filter_queryset(self.get_queryset())
        response: Response = self.list_response(queryset)
        return response


class WriteHooksMixin:
    """The hooks of DRF's mixins, for views whose actions are their own."""

    def perform_create(self, serializer: BaseSerializer[Any]) -> None:
        serializer.save()

    def perform_update(self, serializer: BaseSerializer[Any]) -> None:
        serializer.save()

    def perform_destroy(self, instance: Any) -> None:
        instance.delete()
