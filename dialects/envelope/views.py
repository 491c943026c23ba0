from __future__ import annotations

from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404
from django_filters.filterset import FilterSet
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSetMixin

from common.http.conditional import is_single_row
from common.http.errors import Problem
from dialects.base import ERROR_STATUSES, Dialect, ListRowsMixin
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
    error_statuses = (*ERROR_STATUSES, 422)
    error_serializer = EnvelopeErrorSerializer

    @classmethod
    def draw(cls, problem: Problem) -> tuple[int, object]:
        if problem.status in AUTH_STATUSES:
            return problem.status, draw_auth_error(problem)
        return draw_error(problem)

    @classmethod
    def error_serializer_for(cls, status: int) -> SerializerClass:
        return RefusalSerializer if status in AUTH_STATUSES else cls.error_serializer


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


class EnvelopeViewSet(EnvelopeListViewSet):
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
        return self.detail_response()

    def create(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Add a row. Return the whole list and the ID of the new row."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with transaction.atomic():
            row = serializer.save()
        response = self.whole_list_response()
        response.data["created"] = row.pk
        response.headers["Location"] = self.reverse_action("detail", args=[row.pk])
        return response

    def partial_update(
        self, request: Request, *args: object, **kwargs: object
    ) -> Response:
        """Update the fields that are sent. Return the whole list."""
        # Without If-Match: return 404 or 403 before the body is parsed.
        self.get_object()
        # Parse the body before the lock is taken.
        data = request.data
        with transaction.atomic():
            row = self.get_locked_object(no_key=True)
            serializer = self.get_serializer(row, data=data, partial=True)
            serializer.is_valid(raise_exception=True)
            serializer.save()
            if "If-Match" in request.headers:
                self.version = self.version_of(row)
        return self.whole_list_response()

    def destroy(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Delete a row. Return the remaining list."""
        # Return 404, 403 or 412 before the row is locked.
        self.get_object()
        with transaction.atomic():
            self.get_locked_object().delete()
        return self.whole_list_response()

    def get_locked_object(self, *, no_key: bool = False) -> Any:
        """Return the URL's row, locked until the transaction ends.

        With `no_key`, other transactions can still refer to it by a foreign key.
        """
        rows = self.get_queryset().select_for_update(no_key=no_key)
        row = get_object_or_404(rows, pk=self.kwargs["pk"])
        self.check_object_permissions(self.request, row)
        return row

    def detail_response(self) -> Response:
        row = self.get_object()
        name = row._meta.model_name
        return Response({name: self.get_serializer(row).data, "success": True})

    def whole_list_response(self) -> Response:
        return self.list_response(self.get_queryset())

    def version_of_response(self, data: object) -> str:
        members = data.values() if isinstance(data, dict) else ()
        row = next(filter(is_single_row, members), None)
        return super().version_of_response(row)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the queryset unfiltered for the URL of one row."""
        return queryset if self.is_detail else super().filter_queryset(queryset)
