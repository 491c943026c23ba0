from __future__ import annotations

from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404
from django_filters.filterset import FilterSet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSetMixin

from common.http.conditional import is_single_row
from common.http.errors import Problem
from dialects.base import (
    UPDATE_OR_DELETE,
    Dialect,
    ListRowsMixin,
    WriteHooksMixin,
)
from dialects.envelope.errors import (
    EnvelopeErrorSerializer,
    RefusalSerializer,
    draw_auth_error,
    draw_error,
)
from dialects.envelope.filters import EnvelopeFilter, EnvelopeSearch
from dialects.envelope.pagination import EnvelopePagination
from dialects.envelope.schema import EnvelopeSchema
from dialects.schema import SerializerClass

AUTH_STATUSES = {401, 403}


class EnvelopeDialect(Dialect):
    schema = EnvelopeSchema()
    error_serializer = EnvelopeErrorSerializer

    @classmethod
    def draw(cls, problem: Problem) -> tuple[int, object]:
        if problem.status in AUTH_STATUSES:
            return problem.status, draw_auth_error(problem)
        return draw_error(problem)

    @classmethod
    def error_serializer_for(cls, status: int) -> SerializerClass:
        return RefusalSerializer if status in AUTH_STATUSES else cls.error_serializer

    def shown_row(self, shown: object) -> object:
        """Return the row in the envelope."""
        members = shown.values() if isinstance(shown, dict) else ()
        return next((each for each in members if isinstance(each, dict)), None)


class EnvelopeListViewSet(ListRowsMixin, ViewSetMixin, EnvelopeDialect):
    """A read-only list, under the name `collection` in its envelope.

    A `filterset_class` adds filters and sorting, and `search_fields` add a search.
    Unknown parameters are refused.
    """

    collection: ClassVar[str]
    filterset_class: ClassVar[type[FilterSet] | None] = None
    filter_backends = [EnvelopeFilter, EnvelopeSearch]
    pagination_class = EnvelopePagination

    def list_response(self, queryset: QuerySet[Model]) -> Response:
        response = super().list_response(queryset)
        response.data = {self.collection: response.data, "success": True}
        return response


class EnvelopeViewSet(WriteHooksMixin, EnvelopeListViewSet):
    """List, read one, create, change and delete."""

    def list(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Return the list, filtered and sorted, or a page of it.

        An empty table returns 404, as in the old API. With filters or pages, an empty
        list is `[]`.
        """
        response = super().list(request, *args, **kwargs)
        is_old_request = not request.query_params.keys() - {"offset"}
        if is_old_request and not response.data[self.collection]:
            raise Http404
        return response

    def retrieve(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Return one row under its name."""
        return self.detail_response(self.get_object())

    def create(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Add a row. Return the whole list and the ID of the new row."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with transaction.atomic():
            self.perform_create(serializer)
        response = self.whole_list_response()
        row: Any = serializer.instance
        response.data["created"] = row.pk
        for name, value in self.location_of(row).items():
            response.headers[name] = value
        return response

    def partial_update(
        self, request: Request, *args: object, **kwargs: object
    ) -> Response:
        """Update the fields that are sent. Return the whole list."""
        with transaction.atomic():
            row = self.get_object()
            serializer = self.get_serializer(row, data=request.data, partial=True)
            serializer.is_valid(raise_exception=True)
            self.perform_update(serializer)
            if "If-Match" in request.headers:
                self.version = self.version_of(row)
        return self.whole_list_response()

    def destroy(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Delete a row. Return the remaining list."""
        with transaction.atomic():
            self.perform_destroy(self.get_object())
        return self.whole_list_response()

    def detail_response(self, row: Model) -> Response:
        name = str(row._meta.model_name)
        return Response({name: self.get_serializer(row).data, "success": True})

    def whole_list_response(self) -> Response:
        return self.list_response(super().filter_queryset(self.get_queryset()))

    def version_of_response(self, data: object) -> str:
        members = data.values() if isinstance(data, dict) else ()
        row = next(filter(is_single_row, members), None)
        return super().version_of_response(row)

    def filter_queryset(self, queryset: QuerySet[Any]) -> Any:
        """Filter the rows, and lock a row that the action changes.

        Other transactions can still refer to a row that is updated by a foreign key.
        """
        rows = super().filter_queryset(queryset)
        # `lock_for_write()` locks it for a conditional request.
        if self.action in UPDATE_OR_DELETE and not self.preconditions:
            no_key = self.action != "destroy"
            return rows.select_for_update(of=("self",), no_key=no_key)
        return rows
