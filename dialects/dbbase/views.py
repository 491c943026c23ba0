"""Views, router, parser and errors of the DBBase wire."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any, NoReturn, cast

from django.db import transaction
from django.http import Http404
from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import (
    MethodNotAllowed,
    NotAuthenticated,
    NotFound,
    ParseError,
    UnsupportedMediaType,
    ValidationError,
)
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import Route
from rest_framework.viewsets import ModelViewSet

from common.http.errors import Problem, first_message
from common.http.json import (
    CompactRenderer,
    StrictJSONParser,
    make_renaming_decoder,
)
from dialects.base import Dialect, ListRowsMixin
from dialects.dbbase.explain import explained
from dialects.dbbase.filters import DbbaseFilterBackend
from dialects.dbbase.names import camels, rename, snakes
from dialects.dbbase.page_config import PageConfig
from dialects.dbbase.pages import DbbasePagination
from dialects.dbbase.rows import MAX_NEW_ROWS, NewRowsSerializer
from dialects.dbbase.schema import DbbaseErrorSerializer, DbbaseSchema
from dialects.routers import EitherSlashRouter

BODY_METHODS = {"POST", "PUT", "PATCH"}
CHANGES = {"update", "partial_update", "destroy"}


class DbbaseParser(StrictJSONParser):
    """Any `application/json` or `application/…+json`; keys in either spelling."""

    media_type = "*/*"
    decoder = make_renaming_decoder(snakes)

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        document = super().parse(stream, media_type, parser_context)
        view = (parser_context or {}).get("view")
        is_list = isinstance(document, list) and getattr(view, "adds_rows", False)
        if not (isinstance(document, dict) or (is_list and document)):
            raise ParseError("A JSON object is expected.", code="malformed_json")
        return document


class DbbaseRenderer(CompactRenderer):
    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        refused = getattr((renderer_context or {}).get("response"), "exception", True)
        return super().render(
            data if refused else rename(data, camels),
            accepted_media_type,
            renderer_context,
        )


class DbbaseDialect(Dialect):
    renderer_classes = [DbbaseRenderer, BrowsableAPIRenderer]
    parser_classes = [DbbaseParser]
    pagination_class = DbbasePagination
    filter_backends = [DbbaseFilterBackend]
    schema = DbbaseSchema()
    error_serializer = DbbaseErrorSerializer
    # Whether a POST may hold a list of new rows, all of which are added, or none.
    takes_lists = False
    # What is asked for by the URL alone.
    bodyless_actions: Collection[str] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        action = getattr(self, "action", None)
        if request.method in BODY_METHODS and action not in self.bodyless_actions:
            refuse_other_media(request)

    @property
    def is_list(self) -> bool:
        """Whether several rows are read, for which the query string has a language."""
        key = self.lookup_url_kwarg or self.lookup_field
        return self.request.method in {"GET", "HEAD"} and key not in self.kwargs

    @property
    def adds_rows(self) -> bool:
        return self.takes_lists and getattr(self, "action", None) == "create"

    @cached_property
    def page_config(self) -> PageConfig:
        return PageConfig.of(self.request.query_params)

    def get_serializer_context(self) -> dict[str, Any]:
        named = self.page_config.serial_fields if self.is_list else None
        return {**super().get_serializer_context(), "serial_fields": named}

    @property
    def body(self) -> dict[str, Any]:
        """The object sent, its keys in snake_case."""
        return cast(dict[str, Any], self.request.data)

    @classmethod
    def draw(cls, problem: Problem) -> tuple[int, Any]:
        return problem.status, {"message": cls.text(problem)}

    @classmethod
    def text(cls, problem: Problem) -> Any:
        if problem.status == NotAuthenticated.status_code:
            return "Unauthorized User"
        if problem.status == MethodNotAllowed.status_code:
            return "The method is not allowed for the requested URL."
        if problem.code == "malformed_json":
            return f"A JSON format problem: {problem.detail}"
        if problem.status == UnsupportedMediaType.status_code:
            return "JSON format is required"
        if is_by_row(problem.fields):
            return row_errors(problem.fields)
        if isinstance(problem.fields, dict):
            return column_errors(problem.fields)
        return first_message(problem.fields)[1] if problem.fields else problem.detail


def refuse_other_media(request: Request) -> None:
    """415 also for an empty body, which DRF would take for an empty object."""
    media_type = (request.content_type or "").partition(";")[0].strip().lower()
    is_json = media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )
    if not is_json or request.META.get("CONTENT_LENGTH") in {None, "", "0"}:
        raise UnsupportedMediaType(media_type)


def column_errors(fields: dict[str, Any]) -> list[dict[str, Any]] | str:
    """One entry a bad column in column order, the missing ones gathered last."""
    entries: list[dict[str, Any]] = []
    missing: list[str] = []
    for column, found in fields.items():
        if column == "non_field_errors":
            return str(found[0]["message"])
        if is_no_list(found):
            return f"{column} data must be in a list form"
        if is_missing(found):
            missing.append(column)
        else:
            entries += [{column: text} for text in texts(found)]
    return [*entries, {"missing_columns": missing}] if missing else entries


def is_missing(found: Any) -> bool:
    return (
        isinstance(found, list)
        and isinstance(found[0], dict)
        and found[0].get("code") == "required"
    )


def is_no_list(found: Any) -> bool:
    errors = found.get("non_field_errors", []) if isinstance(found, dict) else []
    return any(error["code"] == "not_a_list" for error in errors)


def texts(found: Any) -> list[Any]:
    """The sentences about one column; of a nested list, one list of its entries'."""
    if is_by_row(found):
        return [row_errors(found)]
    entries = found if isinstance(found, list) else [found]
    return [
        entry["message"] if set(entry) == {"message", "code"} else column_errors(entry)
        for entry in entries
        if entry
    ]


def is_by_row(found: Any) -> bool:
    """Whether it tells what is wrong with single rows of a list, by their number."""
    return isinstance(found, dict) and all(isinstance(index, int) for index in found)


def row_errors(found: dict[int, Any]) -> list[dict[str, Any]]:
    return [entry for item in found.items() for entry in item_errors(*item)]


def item_errors(index: int, found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The errors of an item in a nested list, each saying which it is, from 0."""
    errors = column_errors(found)
    for entry in errors if isinstance(errors, list) else [{"message": errors}]:
        yield {"item": index} | entry


class DbbaseViewSet(DbbaseDialect, ListRowsMixin, ModelViewSet):
    """One resource: list, create, and by id get, put, patch and delete."""

    @property
    def model_name(self) -> str:
        return str(self.get_queryset().model.__name__)

    @property
    def key(self) -> dict[str, int]:
        return {"id": int(self.kwargs["pk"])}

    def get_object(self) -> Any:
        try:
            return super().get_object()
        except Http404:
            raise self.not_found() from None

    def filter_queryset(self, queryset: Any) -> Any:
        """Whoever changes a row holds it until the transaction ends."""
        rows = super().filter_queryset(queryset)
        # With conditions it is `lock_row` that locks.
        if self.action in CHANGES and not self.preconditions:
            return rows.select_for_update(of=("self",))
        return rows

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if self.page_config.debug:
            return Response(explained(self))
        return self.list_response(self.filter_queryset(self.get_queryset()))

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if isinstance(request.data, list):
            return self.create_rows(request.data)
        return super().create(request, *args, **kwargs)

    def create_rows(self, rows: Any) -> Response:
        serializer = NewRowsSerializer(
            data=rows,
            child=self.get_serializer_class()(),
            context=self.get_serializer_context(),
            max_length=MAX_NEW_ROWS,
        )
        serializer.is_valid(raise_exception=True)
        self.perform_create(serializer)
        return Response({self.model_name: serializer.data}, status=201)

    def not_found(self) -> NotFound:
        return NotFound(f"{self.model_name} with {self.key} not found")

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Changes the row that the URL names; PUT makes it where the id is free."""
        with transaction.atomic():
            serializer = self.serializer_of_change(partial=kwargs.get("partial", False))
            serializer.is_valid(raise_exception=True)
            self.perform_update(serializer)
            # The related rows that were prefetched may have changed with it.
            row = self.get_queryset().get(pk=serializer.instance.pk)
        return Response(self.get_serializer(row).data)

    def serializer_of_change(self, *, partial: bool = False) -> Any:
        if not partial and self.is_free():
            self.preconditions.check_missing()
            return self.get_serializer(data=self.body | self.key)
        return self.get_serializer(self.get_object(), data=self.body, partial=partial)

    def is_free(self) -> bool:
        model = self.get_queryset().model
        return not model._default_manager.filter(pk=self.key["id"]).exists()

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with transaction.atomic():
            self.get_object().delete()
        text = f"{self.model_name} with {self.key} is deleted"
        return Response({"message": text})

    @extend_schema(exclude=True)
    def refuse_without_id(
        self, request: Request, *args: Any, **kwargs: Any
    ) -> NoReturn:
        raise ValidationError(
            f"This method requires the id in the URL for {self.model_name}.",
            code="id_required",
        )


class DbbaseRouter(EitherSlashRouter):
    """Answers PUT, PATCH and DELETE without an id in words instead of by 405."""

    routes = [
        Route(
            url=r"^{prefix}{trailing_slash}$",
            mapping={
                "get": "list",
                "post": "create",
                "put": "refuse_without_id",
                "patch": "refuse_without_id",
                "delete": "refuse_without_id",
            },
            name="{basename}-list",
            detail=False,
            initkwargs={"suffix": "List"},
        ),
        *EitherSlashRouter.routes[1:],
    ]
