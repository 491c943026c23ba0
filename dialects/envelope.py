"""`{"success": true, …}`: the wire of the casting agency.

    GET /actors
    200  {"actors": [{"age": 25, "gender": "male", "id": 1, "name": "…"}],
          "success": true}
    404  {"error": 404, "message": "Resource was not found", "success": false}
    403  {"code": "unauthorized", "description": "Permission not found."}

Every write answers 200 with the whole list as it stands after the change.
"""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

from django.db import transaction
from django.http import Http404
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.mixins import CreateModelMixin, DestroyModelMixin, ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSetMixin

from common.errors import Problem
from dialects.base import ERROR_STATUSES, Dialect, DialectSchema

MESSAGES = {
    400: "Bad request",
    404: "Resource was not found",
    405: "Method not found",
    406: "Not acceptable",
    409: "Conflict",
    413: "Payload too large",
    415: "Unsupported media type",
    422: "Unprocessable Entity",
    429: "Too many requests",
    500: "Internal Server error",
    503: "Service unavailable",
}
# Codes and texts as the usual Auth0 decorator gives them.
REFUSALS = {
    "not_authenticated": (
        "authorization_header_missing",
        "Authorization header is expected.",
    ),
    "invalid_header": (
        "invalid_header",
        "Authorization header must be a bearer token.",
    ),
    "token_expired": ("token_expired", "Token expired."),
    "permission_denied": ("unauthorized", "Permission not found."),
}
INVALID_CLAIMS = ("invalid_claims", "The token is not valid for this service.")


class EnvelopeErrorSerializer(serializers.Serializer[Any]):
    error = serializers.IntegerField()
    message = serializers.CharField()
    success = serializers.BooleanField()


class RefusalSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    description = serializers.CharField()


class EnvelopeSchema(DialectSchema):
    """The whole list under its name is the answer of every method, with 200."""

    def get_response_serializers(self) -> Any:
        row = self.view.get_serializer_class()
        return {200: list_serializer(row, self.view.collection)}

    def get_filter_backends(self) -> list[Any]:
        return super().get_filter_backends() if self.method == "GET" else []


class EnvelopeDialect(Dialect):
    schema = EnvelopeSchema()
    error_statuses = (*ERROR_STATUSES, 422)
    error_serializer = EnvelopeErrorSerializer

    @classmethod
    def draw(cls, problem: Problem) -> tuple[int, Any]:
        if problem.status in {401, 403}:
            code, description = REFUSALS.get(problem.code, INVALID_CLAIMS)
            return problem.status, {"code": code, "description": description}
        status = 422 if problem.fields else problem.status
        message = MESSAGES.get(status, problem.detail)
        return status, {"error": status, "message": message, "success": False}

    @classmethod
    def error_serializer_for(cls, status: int) -> type[serializers.Serializer[Any]]:
        return RefusalSerializer if status in {401, 403} else cls.error_serializer


class EnvelopeViewSet(
    ViewSetMixin, CreateModelMixin, DestroyModelMixin, ListModelMixin, EnvelopeDialect
):
    """List, create, change and delete; `collection` names the list in its envelope."""

    collection: ClassVar[str]

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        answer = self.whole_list()
        if not answer.data[self.collection]:
            raise Http404
        return answer

    @transaction.atomic
    def perform_save(self, serializer: Any) -> None:
        serializer.save()

    perform_create = perform_save

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        super().create(request, *args, **kwargs)
        return self.whole_list()

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer = self.get_serializer(
            self.get_object(), data=request.data, partial=True
        )
        serializer.is_valid(raise_exception=True)
        self.perform_save(serializer)
        return self.whole_list()

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        super().destroy(request, *args, **kwargs)
        return self.whole_list()

    def whole_list(self) -> Response:
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        answer = self.get_paginated_response(self.get_serializer(rows, many=True).data)
        answer.data = {self.collection: answer.data, "success": True}
        return answer


@cache
def list_serializer(row: type[serializers.Serializer[Any]], collection: str) -> Any:
    """The serializer of `{"actors": […], "success": true}`, for the schema."""
    name = row.__name__.replace("Serializer", "ListSerializer")
    fields = {collection: row(many=True), "success": serializers.BooleanField()}
    envelope = type(name, (serializers.Serializer,), fields)
    return extend_schema_serializer(many=False)(envelope)
