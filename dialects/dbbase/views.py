"""Views of the DBBase dialect."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NoReturn, cast

from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404
from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import (
    NotFound,
    ParseError,
    UnsupportedMediaType,
    ValidationError,
)
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ModelViewSet

from common.http.errors import Problem
from dialects.base import UPDATE_OR_DELETE, Dialect, ListRowsMixin
from dialects.browsable import PageRenderer
from dialects.dbbase import old_texts
from dialects.dbbase.camel_case import DbbaseParser, DbbaseRenderer
from dialects.dbbase.debug import explain
from dialects.dbbase.errors import message_of
from dialects.dbbase.filters import DbbaseFilterBackend
from dialects.dbbase.pagination import DbbasePagination, PageConfig
from dialects.dbbase.schema import (
    DbbaseErrorSerializer,
    DbbaseMessageSerializer,
    DbbaseSchema,
)
from dialects.dbbase.serializers import MAX_NEW_ROWS, NewRowsSerializer
from dialects.schema import SerializerClass

BODY_METHODS = {"POST", "PUT", "PATCH"}


class DbbaseDialect(Dialect):
    renderer_classes = [DbbaseRenderer, PageRenderer]
    parser_classes = [DbbaseParser]
    pagination_class = DbbasePagination
    filter_backends = [DbbaseFilterBackend]
    schema = DbbaseSchema()
    error_serializer = DbbaseMessageSerializer
    # For the OpenAPI document: what an action does, by its name.
    action_texts: Mapping[str, str] = {}
    # A POST can have a list of new rows, of which all are added, or none.
    takes_lists = False
    # Actions whose requests have no body.
    bodyless_actions: Collection[str] = ()

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        if self.reads_body:
            check_media_type(request)

    @property
    def reads_body(self) -> bool:
        """Return whether the URL has the method, and the method reads a body."""
        method = str(self.request.method)
        without_body = {"refuse_without_id", *self.bodyless_actions}
        return (
            method in BODY_METHODS
            and hasattr(self, method.lower())
            and getattr(self, "action", None) not in without_body
        )

    @property
    def adds_rows(self) -> bool:
        return self.takes_lists and getattr(self, "action", None) == "create"

    @cached_property
    def page_config(self) -> PageConfig:
        return PageConfig.from_query(self.request.query_params)

    def get_serializer_context(self) -> dict[str, object]:
        names = self.page_config.serial_fields if self.is_list else None
        return {**super().get_serializer_context(), "serial_fields": names}

    @property
    def body(self) -> dict[str, Any]:
        """Return the request's object, with keys in snake_case."""
        return cast(dict[str, Any], self.request.data)

    @classmethod
    def error_serializer_for(cls, status: int) -> SerializerClass:
        # Only errors of a body are reported by column.
        return DbbaseErrorSerializer if status == 400 else cls.error_serializer

    @classmethod
    def draw(cls, problem: Problem) -> tuple[int, dict[str, object]]:
        return problem.status, {"message": message_of(problem)}


def check_media_type(request: Request) -> None:
    """Raise UnsupportedMediaType; ParseError for no body, which DRF takes for `{}`."""
    media_type = (request.content_type or "").partition(";")[0].strip().lower()
    is_json = media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )
    if not is_json:
        raise UnsupportedMediaType(media_type)
    if request.META.get("CONTENT_LENGTH") in {None, "", "0"}:
        raise ParseError("The body is empty.", code="malformed_json")


class DbbaseViewSet(DbbaseDialect, ListRowsMixin, ModelViewSet[Any]):
    """A resource: list, create, and retrieve, update and delete by ID."""

    @property
    def model(self) -> type[Model]:
        """Return the serializer's model. Reading the queryset may need a user."""
        serializer_class: Any = self.get_serializer_class()
        model: type[Model] = serializer_class.Meta.model
        return model

    @property
    def model_name(self) -> str:
        return self.model.__name__

    @property
    def key(self) -> dict[str, int]:
        return {"id": int(self.kwargs["pk"])}

    @property
    def sent_id(self) -> object:
        """The ID in the body, by default the URL's. The serializer compares them."""
        sent = self.body.get("id")
        return self.key["id"] if sent is None else sent

    def get_object(self) -> Any:
        try:
            return super().get_object()
        except Http404:
            raise self.not_found_error() from None

    def filter_queryset(self, queryset: QuerySet[Any]) -> Any:
        """Filter the rows, and lock a row that the action changes."""
        rows = super().filter_queryset(queryset)
        # `lock_for_write()` locks it for a conditional request.
        if self.action in UPDATE_OR_DELETE and not self.preconditions:
            return rows.select_for_update(of=("self",))
        return rows

    def list(self, request: Request, *args: object, **kwargs: object) -> Response:
        if self.page_config.debug:
            return Response(explain(self))
        return self.list_response(self.filter_queryset(self.get_queryset()))

    def create(self, request: Request, *args: object, **kwargs: object) -> Response:
        if isinstance(request.data, list):
            return self.create_rows(request.data)
        return super().create(request, *args, **kwargs)

    def create_rows(self, rows: Collection[object]) -> Response:
        serializer = NewRowsSerializer(
            data=rows,
            child=self.get_serializer_class()(),
            context=self.get_serializer_context(),
            max_length=MAX_NEW_ROWS,
        )
        serializer.is_valid(raise_exception=True)
        self.perform_create(serializer)
        # `Location` is the list's URL, which `finalize_response()` sets.
        return Response({self.model_name: serializer.data}, status=201)

    def not_found_error(self) -> NotFound:
        text = old_texts.NOT_FOUND.format(model=self.model_name, key=self.key)
        return NotFound(text)

    def update(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Update the row that the URL names. PUT creates it if the ID is free."""
        with transaction.atomic():
            serializer = self.serializer_of_update(partial=bool(kwargs.get("partial")))
            self.save(serializer)
            row = self.read_again(serializer.instance)
        return Response(self.get_serializer(row).data)

    def serializer_of_update(self, *, partial: bool = False) -> Any:
        """Return the serializer of a PUT or PATCH: for PUT at a free ID, a new row."""
        if not partial and self.is_free():
            self.preconditions.check_missing()
            return self.get_serializer(data=self.body | {"id": self.sent_id})
        return self.get_serializer(self.get_object(), data=self.body, partial=partial)

    def is_free(self) -> bool:
        return not self.model._default_manager.filter(pk=self.key["id"]).exists()

    def save(self, serializer: Any) -> None:
        """Validate and store a new row or the changes of a row."""
        serializer.is_valid(raise_exception=True)
        if serializer.instance is None:
            self.perform_create(serializer)
        else:
            self.perform_update(serializer)

    def destroy(self, request: Request, *args: object, **kwargs: object) -> Response:
        with transaction.atomic():
            self.perform_destroy(self.get_object())
        text = old_texts.DELETED.format(model=self.model_name, key=self.key)
        return Response({"message": text})

    @extend_schema(exclude=True)
    def refuse_without_id(
        self, request: Request, *args: object, **kwargs: object
    ) -> NoReturn:
        text = old_texts.ID_REQUIRED.format(model=self.model_name)
        raise ValidationError(text, code="id_required")
