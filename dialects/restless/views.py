"""The dialect's base view, and the viewset of a resource type that is only read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, cast

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.encoding import escape_uri_path
from django.utils.functional import cached_property
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSetMixin

from common.http.conditional import digest
from common.http.errors import Problem
from dialects.base import Dialect
from dialects.browsable import PageRenderer
from dialects.restless import old_texts
from dialects.restless.documents import (
    DocumentBuilder,
    IncludeTree,
    document,
    include_error,
)
from dialects.restless.errors import (
    JSONAPIError,
    JSONObject,
    did_you_mean,
    errors_document,
)
from dialects.restless.filters import RestlessFilterBackend, filter_collection
from dialects.restless.negotiation import (
    RestlessNegotiation,
    RestlessRenderer,
    check_content_type,
)
from dialects.restless.pagination import AddRelated, RestlessPagination
from dialects.restless.parsers import RestlessParser, malformed_json_error
from dialects.restless.query_params import check_query_params
from dialects.restless.resources import Relationship, ResourceType, Rows, parse_key
from dialects.restless.schema import RestlessSchema


class RestlessDialect(Dialect):
    renderer_classes = [RestlessRenderer, PageRenderer]
    parser_classes = [RestlessParser]
    content_negotiation_class: type[RestlessNegotiation] = RestlessNegotiation

    @classmethod
    def draw(cls, problem: Problem) -> tuple[int, JSONObject]:
        return problem.status, errors_document(problem)

    def shown_row(self, shown: object) -> object:
        """Return the document without relationships, which may be cut at a limit."""
        match shown:
            case {"data": dict(data)}:
                names = ("type", "id", "attributes")
                return {"data": {name: data[name] for name in names if name in data}}
        return None

    def wrap_conditional_write(self) -> None:
        """Do nothing: writes check their preconditions in their own transaction."""

    def options(
        self, request: HttpRequest, *args: object, **kwargs: object
    ) -> Response:
        return Response(document(meta={"methods": self.allowed_methods}))

    def read_document(self, request: Request) -> object:
        """Return the request's JSON body. Raise 415 if its type isn't JSON:API."""
        check_content_type(request, self.content_negotiation_class.extension)
        if request.stream is None:
            raise malformed_json_error()
        return request.data


class ReadOnlyRestlessViewSet(ViewSetMixin, RestlessDialect):
    """A resource type. Its attributes are the serializer's fields.

    `relationships` maps the name of each relationship, which is also the model
    field's name, to the type of its resources. The router sets `resource` and, for
    the URLs of one relationship, `relationship_name`.
    """

    relationships: dict[str, str] = {}
    resource: ResourceType = None  # type: ignore[assignment]
    relationship_name: str = ""

    pagination_class = RestlessPagination
    filter_backends = [RestlessFilterBackend]
    schema = RestlessSchema()
    lookup_url_kwarg = "id"
    lookup_value_regex = "[^/]+"
    # Prepares the rows of `get_object()`: with the parts of a document, or locked.
    prepare: Callable[[Rows], Rows] | None = None

    @classmethod
    def as_view(cls, actions: Any = None, **initkwargs: Any) -> Any:
        if "resource" not in initkwargs:
            text = f"{cls.__name__} needs a RestlessRouter, which names its type."
            raise ImproperlyConfigured(text)
        return super().as_view(actions, **initkwargs)

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        check_query_params(request.query_params)

    @cached_property
    def relationship(self) -> Relationship:
        """The relationship that the URL names. Raise 404 for an unknown name."""
        name = self.relationship_name or self.kwargs["relationship"]
        if name not in self.resource.relationships:
            detail = old_texts.NO_RELATIONSHIP.format(name=name)
            meta = did_you_mean(name, self.resource.relationships)
            raise JSONAPIError(404, "no_such_relation", detail, meta=meta)
        return self.resource.relationships[name]

    @property
    def names_relationship(self) -> bool:
        return bool(self.relationship_name or "relationship" in self.kwargs)

    @property
    def collection_type(self) -> ResourceType:
        """The type of the resources in a collection's response."""
        return self.relationship.target if self.detail else self.resource

    @property
    def keeps_order(self) -> bool:
        """True if a collection has the order of its links unless it is sorted."""
        return self.detail and self.relationship.link_order is not None

    @property
    def path(self) -> str:
        return escape_uri_path(self.request.path)

    @property
    def pages(self) -> RestlessPagination:
        return cast("RestlessPagination", self.paginator)

    def list(self, request: Request, **kwargs: object) -> Response:
        return self.collection_response(self.get_queryset(), keep_empty=True)

    def retrieve(self, request: Request, **kwargs: object) -> Response:
        builder = DocumentBuilder.from_request(request, self.resource)
        self.prepare = partial(builder.prefetch, self.resource, is_whole=True)
        row = self.get_object()
        self.version = resource_version(self.resource, row)
        return Response(document(**builder.resource_members(self.resource, row)))

    def related(self, request: Request, **kwargs: object) -> Response:
        rows = self.relationship.related_to(self.get_object())
        if self.relationship.is_to_many:
            return self.collection_response(rows, keep_empty=False)
        return self.related_response(rows)

    def member(self, request: Request, **kwargs: object) -> Response:
        if not self.relationship.is_to_many:
            raise JSONAPIError(404, "not_to_many", old_texts.RELATED_ID_OF_TO_ONE)
        rows = self.relationship.related_to(self.get_object())
        pk = self.kwargs["related_id"]
        text = old_texts.NO_RELATED_RESOURCE.format(id=pk)
        return self.related_response(filter_by_id(rows, pk), not_found_text=text)

    def linkage(self, request: Request, **kwargs: object) -> Response:
        relationship = self.relationship
        builder = DocumentBuilder.from_request(request, self.resource)
        include = linkage_include(relationship, builder.include)
        rows = relationship.related_to(self.get_object())
        prefetch: AddRelated = QuerySet.all
        if include is not None:
            prefetch = partial(builder.prefetch, relationship.target, include=include)
        if relationship.is_to_many:
            page = self.paginate(rows, prefetch)
            self.version = self.linkage_page_version(page)
            members = builder.linkage_members(relationship, page, include)
            return self.get_paginated_response(members)
        related = list(prefetch(rows))
        self.version = linkage_version(self.relationship, related)
        members = builder.linkage_members(relationship, related, include)
        path = self.path.removesuffix(f"relationships/{relationship.name}")
        links = {"self": self.path, "related": path + relationship.name}
        return Response(document(**members, meta={}, links=links))

    def collection_response(self, rows: Rows, *, keep_empty: bool) -> Response:
        resource = self.collection_type
        builder = DocumentBuilder.from_request(self.request, resource)
        page = self.paginate(rows, partial(builder.prefetch, resource))
        included = builder.included_members(resource, page, keep_empty=keep_empty)
        data = [builder.resource_object(resource, row) for row in page]
        return self.get_paginated_response({"data": data, **included})

    def paginate(self, rows: Rows, prefetch: AddRelated) -> Sequence[Model]:
        """Return a page of the rows that the filters leave."""
        apply = self.filter_related if self.detail else self.filter_queryset
        return self.pages.paginate_queryset(
            apply(rows), self.request, self, prefetch, rows
        )

    def filter_related(self, rows: Rows) -> Rows:
        """Filter related rows, whose type has no view for this request."""
        params = self.request.query_params
        return filter_collection(params, rows, self.relationship.target)

    def related_response(self, rows: Rows, not_found_text: str = "") -> Response:
        """Return the document of the only row, or of null if there is none.

        With a text for it, raise 404 instead of returning null.
        """
        target = self.relationship.target
        builder = DocumentBuilder.from_request(self.request, target)
        row = builder.prefetch(target, rows, is_whole=True).first()
        if row is None and not_found_text:
            raise JSONAPIError(404, "not_found", not_found_text)
        self.version = "" if row is None else resource_version(target, row)
        members = builder.resource_members(target, row, keep_empty=False)
        return Response(document(**members, meta={}, links={"self": self.path}))

    def linkage_page_version(self, page: Sequence[Model]) -> str:
        """Return the version of a linkage, empty if the page has only a part of it."""
        is_filtered = any("filter[" in name for name in self.request.query_params)
        if is_filtered or len(page) < self.pages.total:
            return ""
        return linkage_version(self.relationship, page)

    def get_object(self) -> Any:
        """Return the row that the URL names, read by `prepare`. Raise 404."""
        found = filter_by_id(
            self.filter_queryset(self.get_queryset()), self.kwargs["id"]
        )
        rows = self.prepare(found) if self.prepare else found
        # There is one at most, so that it needs no order.
        row = next(iter(rows.order_by()), None)
        if row is None:
            raise self.not_found_error()
        self.check_object_permissions(self.request, row)
        return row

    def not_found_error(self) -> JSONAPIError:
        method = self.request.method or "GET"
        template = old_texts.NO_RESOURCE.get(method, old_texts.NO_RESOURCE["GET"])
        detail = template.format(id=self.kwargs["id"], type=self.resource.name)
        return JSONAPIError(404, "not_found", detail)


def resource_version(resource: ResourceType, row: Model) -> str:
    """Return the version of a resource, whose row was loaded with `is_whole`."""
    return digest(DocumentBuilder().resource_object(resource, row))


def linkage_version(relationship: Relationship, rows: Iterable[Model]) -> str:
    """Return the version of a linkage with all of these rows, which may be sorted."""
    if relationship.link_order:
        return digest(list(map(str, relationship.link_order.sorted_ids(rows))))
    return digest(sorted(str(row.pk) for row in rows))


def filter_by_id(rows: Rows, text: str) -> Rows:
    key = parse_key(rows.model, text)
    return rows.none() if key is None else rows.filter(pk=key)


def linkage_include(
    relationship: Relationship, include: IncludeTree | None
) -> IncludeTree | None:
    """Return the include paths that start at the relationship's target."""
    for name in include or {}:
        if name != relationship.name:
            reason = f'here paths start with "{relationship.name}", not "{name}".'
            raise include_error(reason)
    return (include or {}).get(relationship.name)
