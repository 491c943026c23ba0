"""What a resource type's URLs answer to GET."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.utils.encoding import escape_uri_path
from django.utils.functional import cached_property
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSetMixin

from common.http.conditional import digest
from dialects.restless.documents import (
    Paths,
    Selection,
    bad_include,
    document,
    plain,
)
from dialects.restless.errors import JSONAPIError, did_you_mean
from dialects.restless.filters import Filtering
from dialects.restless.keys import key_of
from dialects.restless.pages import Load, RestlessPagination, as_they_are
from dialects.restless.resources import Relationship, ResourceType
from dialects.restless.schema import RestlessSchema
from dialects.restless.wire import RestlessDialect

NO_SUCH_ROW = {
    "DELETE": "No resource found with ID {id}",
    "PATCH": "No instance with ID {id} in model {type}",
    "POST": "No instance with ID {id} in model {type}",
}


class ReadOnlyRestlessViewSet(ViewSetMixin, RestlessDialect):
    """One resource type: rows, attributes (the serializer's fields), relationships.

    `relationships` maps each name, which is the model field's too, to the type it
    leads to. The router tells a view its `resource` and, on the URLs of one, its
    `relationship`.
    """

    relationships: dict[str, str] = {}
    resource: ResourceType = None  # type: ignore[assignment]
    relationship: str = ""

    pagination_class = RestlessPagination
    filter_backends = [Filtering]
    schema = RestlessSchema()
    lookup_url_kwarg = "id"
    lookup_value_regex = "[^/]+"

    @cached_property
    def relation(self) -> Relationship:
        name = self.relationship or self.kwargs["relationship"]
        if name not in self.resource.relationships:
            near = did_you_mean(name, self.resource.relationships)
            detail = f"No such relation: {name}"
            raise JSONAPIError(404, "no_such_relation", detail, **near)
        return self.resource.relationships[name]

    @property
    def is_linkage(self) -> bool:
        return bool(self.relationship or "relationship" in self.kwargs)

    @property
    def listed(self) -> ResourceType:
        """The type of the rows in a collection's answer."""
        return self.relation.target if self.detail else self.resource

    @property
    def path(self) -> str:
        return escape_uri_path(self.request.path)

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(document(meta={"methods": self.allowed_methods}))

    def list(self, request: Request, **kwargs: Any) -> Response:
        return self.page(self.get_queryset(), keep_empty=True)

    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        selection = Selection.of(request, self.resource)
        rows = selection.load(self.resource, self.get_queryset(), whole=True)
        row = self.find(rows)
        self.version = version_of(self.resource, row)
        return Response(document(**selection.single(self.resource, row)))

    def related(self, request: Request, **kwargs: Any) -> Response:
        rows = self.relation.related_to(self.find(self.get_queryset()))
        if self.relation.is_to_many:
            return self.page(rows, keep_empty=False)
        return self.related_one(rows)

    def member(self, request: Request, **kwargs: Any) -> Response:
        if not self.relation.is_to_many:
            detail = "Cannot access a related resource by ID from a to-one relation"
            raise JSONAPIError(404, "not_to_many", detail)
        rows = self.relation.related_to(self.find(self.get_queryset()))
        pk = self.kwargs["related_id"]
        detail = f"No related resource with ID {pk}"
        return self.related_one(with_id(pk, rows), or_else=detail)

    def page(self, rows: QuerySet[Any], *, keep_empty: bool) -> Response:
        selection = Selection.of(self.request, self.listed)
        page = self.rows_of_page(rows, partial(selection.load, self.listed))
        included = selection.compound(self.listed, page, keep_empty=keep_empty)
        data = [selection.draw(self.listed, row) for row in page]
        return self.get_paginated_response({"data": data, **included})

    def rows_of_page(self, rows: QuerySet[Any], load: Load) -> Any:
        """One page of the rows that the filters leave, with what `load` adds."""
        pages: Any = self.paginator
        found = self.filter_queryset(rows)
        return pages.paginate_queryset(found, self.request, self, load)

    def related_one(self, rows: QuerySet[Any], or_else: str = "") -> Response:
        target = self.relation.target
        selection = Selection.of(self.request, target)
        row = selection.load(target, rows, whole=True).first()
        if row is None and or_else:
            raise JSONAPIError(404, "not_found", or_else)
        self.version = "" if row is None else version_of(target, row)
        found = selection.single(target, row, keep_empty=False)
        return Response(document(**found, meta={}, links={"self": self.path}))

    def linkage(self, request: Request, **kwargs: Any) -> Response:
        relation = self.relation
        selection = Selection.of(request, self.resource)
        below = paths_below(relation, selection.include)
        rows = relation.related_to(self.find(self.get_queryset()))
        load: Load = as_they_are
        if below is not None:
            load = partial(selection.load, relation.target, include=below)
        if relation.is_to_many:
            page = self.rows_of_page(rows, load)
            self.version = self.version_if_whole(page)
            return self.get_paginated_response(selection.linked(relation, page, below))
        related_rows = list(load(rows))
        self.version = linkage_version(row.pk for row in related_rows)
        found = selection.linked(relation, related_rows, below)
        data = found.pop("data")
        related = self.path.removesuffix(f"relationships/{relation.name}")
        links = {"self": self.path, "related": related + relation.name}
        body = document(**found, data=data[0] if data else None, meta={}, links=links)
        return Response(body)

    def version_if_whole(self, page: Sequence[Any]) -> str:
        """The state of a linkage that is all on one page; a part of it has none."""
        paginator: Any = self.paginator
        is_filtered = any("filter[" in name for name in self.request.query_params)
        if is_filtered or len(page) < paginator.total:
            return ""
        return linkage_version(row.pk for row in page)

    def find(self, rows: QuerySet[Any]) -> Any:
        """The row that the URL names, or 404."""
        row = with_id(self.kwargs["id"], rows).first()
        if row is not None:
            return row
        method = self.request.method or "GET"
        detail = NO_SUCH_ROW.get(method, "No resource with ID {id}")
        detail = detail.format(id=self.kwargs["id"], type=self.resource.name)
        raise JSONAPIError(404, "not_found", detail)


def version_of(resource: ResourceType, row: Any) -> str:
    """The state of a row that was loaded whole, whatever shows in the answer."""
    return digest(plain().draw(resource, row))


def linkage_version(ids: Iterable[Any]) -> str:
    return digest(sorted(map(str, ids)))


def with_id(text: str, rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows narrowed to the one with this id."""
    key = key_of(rows.model, text)
    return rows.none() if key is None else rows.filter(pk=key)


def paths_below(relation: Relationship, include: Paths | None) -> Paths | None:
    """What to include from the far side of the one relationship that is shown."""
    for name in include or {}:
        if name != relation.name:
            raise bad_include(f"{name} is not linked from here")
    return (include or {}).get(relation.name)
