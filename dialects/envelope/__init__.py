"""`{"success": true, …}`: the wire of the casting agency.

    GET /actors
    200  {"actors": [{"age": 25, "gender": "male", "id": 1, "name": "…"}],
          "success": true}
    GET /actors/1
    200  {"actor": {"age": 25, "gender": "male", "id": 1, "name": "…"},
          "success": true}
    404  {"error": 404, "message": "Resource was not found", "success": false}
    422  {"error": 422, "message": "Unprocessable Entity", "success": false,
          "detail": {"age": ["A valid integer is required."]}}
    403  {"code": "unauthorized", "description": "Permission not found."}

Every write answers 200 with the whole list as it stands after the change; a POST adds
`created`, the id of the new row, behind it.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import transaction
from django.http import Http404
from django_filters.filterset import FilterSet
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.serializer_helpers import ReturnDict
from rest_framework.viewsets import ViewSetMixin

from common.http.errors import Problem
from dialects.base import ERROR_STATUSES, Dialect
from dialects.envelope.errors import (
    EnvelopeErrorSerializer,
    RefusalSerializer,
    draw_failure,
    draw_refusal,
)
from dialects.envelope.lists import EnvelopeFilter, EnvelopePagination, EnvelopeSearch
from dialects.envelope.schema import EnvelopeSchema


class EnvelopeDialect(Dialect):
    schema = EnvelopeSchema()
    error_statuses = (*ERROR_STATUSES, 422)
    error_serializer = EnvelopeErrorSerializer

    @classmethod
    def draw(cls, problem: Problem) -> tuple[int, Any]:
        if problem.status in {401, 403}:
            return problem.status, draw_refusal(problem)
        return draw_failure(problem)

    @classmethod
    def error_serializer_for(cls, status: int) -> type[serializers.Serializer[Any]]:
        return RefusalSerializer if status in {401, 403} else cls.error_serializer


class EnvelopeListViewSet(ViewSetMixin, EnvelopeDialect):
    """A list to read; `collection` names it in its envelope.

    With a `filterset_class` it filters and sorts, with `search_fields` it searches, and
    refuses every parameter that it does not know.
    """

    collection: ClassVar[str]
    filterset_class: ClassVar[type[FilterSet] | None] = None
    filter_backends = [EnvelopeFilter, EnvelopeSearch]
    pagination_class = EnvelopePagination

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list_answer(self.filter_queryset(self.get_queryset()))

    def list_answer(self, queryset: Any) -> Response:
        answer = self.list_response(queryset)
        answer.data = {self.collection: answer.data, "success": True}
        return answer


class EnvelopeViewSet(EnvelopeListViewSet):
    """List, read one, create, change and delete."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The whole list, a part or a page of it.

        Nothing stored is 404, as ever; whoever filters or pages gets `[]`.
        """
        answer = super().list(request, *args, **kwargs)
        is_old_request = not request.query_params.keys() - {"offset"}
        if is_old_request and not answer.data[self.collection]:
            raise Http404
        return answer

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One row, under its name."""
        return self.one_answer()

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Adds a row. The answer is the whole list, and the id of the new row."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with transaction.atomic():
            created = serializer.save()
        answer = self.whole_list()
        answer.data["created"] = created.pk
        answer.headers["Location"] = self.reverse_action("detail", args=[created.pk])
        return answer

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Writes the fields that are sent. The answer is the whole list."""
        self.get_object()
        # Read before the lock is taken, for a body may be slow to arrive.
        data = request.data
        with transaction.atomic():
            row = self.get_locked(no_key=True)
            serializer = self.get_serializer(row, data=data, partial=True)
            serializer.is_valid(raise_exception=True)
            serializer.save()
            if "If-Match" in request.headers:
                self.version = self.version_of(row)
        return self.whole_list()

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Deletes a row. The answer is the whole list that remains."""
        self.get_object()
        with transaction.atomic():
            self.get_locked().delete()
        return self.whole_list()

    def get_locked(self, no_key: bool = False) -> Any:
        """The URL's row, which nobody else deletes until the transaction ends.

        With `no_key` others may still refer to it meanwhile, as a new cast does.
        """
        rows = self.get_queryset().select_for_update(no_key=no_key)
        row = get_object_or_404(rows, pk=self.kwargs["pk"])
        self.check_object_permissions(self.request, row)
        return row

    def one_answer(self) -> Response:
        row = self.get_object()
        name = row._meta.model_name
        return Response({name: self.get_serializer(row).data, "success": True})

    def version_shown(self, data: Any) -> str:
        rows = [part for part in data.values() if isinstance(part, ReturnDict)]
        return super().version_shown(rows[0]) if rows else ""

    def whole_list(self) -> Response:
        return self.list_answer(self.get_queryset())

    def filter_queryset(self, queryset: Any) -> Any:
        """Of one row the URL alone decides, whatever filters its query names."""
        return queryset if self.names_row else super().filter_queryset(queryset)
