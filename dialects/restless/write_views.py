"""The viewset of a resource type that clients can write. Each write is atomic.

An action such as `replace_linkage()` serves a request: it reads the document and builds
the response. The write itself is `write_replace_linkage(body)`, in the transaction of
its caller; it returns the row, or None if the row was deleted. An atomic operation
calls that method alone (`operations.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn, cast
from urllib.parse import quote

from django.db import transaction
from django.db.models import Model
from django.http import HttpResponse
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from common.http.conditional import etag_of
from dialects.base import WriteHooksMixin
from dialects.restless import old_texts
from dialects.restless.documents import DocumentBuilder, document
from dialects.restless.errors import JSONAPIError, JSONAPIErrors
from dialects.restless.negotiation import MEDIA_TYPE
from dialects.restless.parsers import (
    Linkage,
    ResourceData,
    parse_linkage_document,
    parse_new_resource,
    parse_update,
)
from dialects.restless.resources import Relationship, Rows, parse_key
from dialects.restless.views import (
    ReadOnlyRestlessViewSet,
    linkage_version,
    resource_version,
)

RowsByKey = dict[object, Model]
# The row of each to-one relationship, and the rows of each to-many relationship.
ToOne = dict[str, Model | None]
ToMany = list[tuple[Relationship, RowsByKey]]
Write = Callable[[object], Model | None]


class RestlessViewSet(WriteHooksMixin, ReadOnlyRestlessViewSet):
    """A resource type that clients can also write.

    `replace_to_many` lets clients replace the whole list of a to-many relationship;
    they can always add to it. `client_ids` lets them choose the ids of new resources.

    `perform_create`, `perform_update` and `perform_destroy` can be overridden, as in
    DRF. Requests and atomic operations both call them. A change of a relationship
    calls `perform_update`, too.
    """

    replace_to_many = False
    client_ids = True

    def may_change(self, rows: Sequence[Model]) -> bool:
        """Return whether the user is allowed to change these rows, all of one model.

        It's called for the rows that a request names, and for those that it links or
        unlinks.
        """
        return True

    def may_delete(self, row: Model) -> bool:
        """Return whether the user is allowed to delete the row."""
        return self.may_change([row])

    def get_object(self) -> Any:
        """Return the row that the URL names, locked for a write. Raise 404."""
        if self.request.method not in SAFE_METHODS:
            self.prepare = lock_rows
        return super().get_object()

    def create(self, request: Request, **kwargs: object) -> Response:
        builder = DocumentBuilder.from_request(request, self.resource)
        body = self.read_document(request)
        with transaction.atomic():
            row = self.reload(self.write_create(body), builder)
        self.version = resource_version(self.resource, row)
        members = builder.resource_members(self.resource, row, keep_empty=False)
        headers = {"Location": self.location(row.pk)}
        return Response(document(**members), status=201, headers=headers)

    def location(self, pk: object) -> str:
        return self.request.build_absolute_uri(f"{self.path}/{quote(str(pk), safe='')}")

    def partial_update(self, request: Request, **kwargs: object) -> HttpResponse:
        body = self.read_document(request)
        return self.write_response(self.write_partial_update, body)

    def destroy(self, request: Request, **kwargs: object) -> HttpResponse:
        return self.write_response(self.write_destroy)

    def replace_linkage(self, request: Request, **kwargs: object) -> HttpResponse:
        body = self.read_document(request)
        return self.write_response(self.write_replace_linkage, body)

    def add_linkage(self, request: Request, **kwargs: object) -> HttpResponse:
        body = self.read_document(request)
        return self.write_response(self.write_add_linkage, body)

    def remove_linkage(self, request: Request, **kwargs: object) -> HttpResponse:
        return self.write_response(self.write_remove_linkage)

    def write_response(self, write: Write, body: object = None) -> HttpResponse:
        response = no_content()
        with transaction.atomic():
            row = write(body)
            # The new version costs queries: only clients that use ETags pay for it.
            if row is not None and self.preconditions:
                response.headers["ETag"] = etag_of(self.version_of(row))
        return response

    def write_create(self, body: object) -> Model:
        data = parse_new_resource(self.resource, body)
        if data.id is not None and not self.client_ids:
            detail = old_texts.CLIENT_ID
            raise JSONAPIError(403, "id_not_allowed", detail, pointer="/data/id")
        serializer = self.get_serializer(data=data.attributes)
        serializer.is_valid(raise_exception=True)
        key = {} if data.id is None else {"pk": data.id}
        to_one, to_many = self.get_related(data.linkages)
        # `perform_create()` takes a serializer alone, as in DRF.
        serializer.validated_data.update(to_one, **key)
        self.perform_create(serializer)
        row = cast(Model, serializer.instance)
        self.set_to_many(row, to_many)
        return row

    def write_partial_update(self, body: object) -> Model:
        row = self.get_object()
        data = parse_update(self.resource, self.kwargs["id"], body)
        linkages = self.changed_linkages(row, data.linkages)
        return self.update_row(row, ResourceData(data.attributes, linkages))

    def write_destroy(self, body: object) -> None:
        row = self.get_object()
        if not self.may_delete(row):
            self.permission_denied(self.request)
        self.check_preconditions(row)
        self.perform_destroy(row)

    def write_replace_linkage(self, body: object) -> Model:
        self.check_replacement([self.relationship])
        linkage = parse_linkage_document(self.relationship, body)
        row = self.get_object()
        return self.update_row(row, ResourceData({}, [linkage]))

    def write_add_linkage(self, body: object) -> Model:
        relationship = self.relationship
        if not relationship.is_to_many:
            detail = f'Can\'t add to the to-one relationship "{relationship.name}".'
            raise JSONAPIError(400, "not_to_many", detail)
        linkage = parse_linkage_document(relationship, body)
        row: Model = self.get_object()
        self.check_may_change([row])
        targets = get_targets(linkage)
        changed = changed_targets(row, relationship, targets, is_replaced=False)
        self.check_may_change(changed)
        self.check_preconditions(row)
        serializer = self.get_serializer(row, data={}, partial=True)
        serializer.is_valid(raise_exception=True)
        self.perform_update(serializer)
        relationship.add(row, list(targets.values()))
        return row

    def write_remove_linkage(self, body: object) -> NoReturn:
        _ = self.relationship  # Raises 404 for an unknown name.
        raise JSONAPIError(403, "removal_not_allowed", old_texts.TO_MANY_REMOVAL)

    def update_row(self, row: Model, data: ResourceData) -> Model:
        """Set the attributes and relationships of the locked row."""
        serializer = self.get_serializer(row, data=data.attributes, partial=True)
        serializer.is_valid(raise_exception=True)
        self.check_replacement([linkage.relationship for linkage in data.linkages])
        self.check_may_change([row])
        to_one, to_many = self.get_related(data.linkages)
        self.check_preconditions(row)
        serializer.validated_data.update(to_one)
        self.perform_update(serializer)
        self.set_to_many(row, to_many)
        return row

    def changed_linkages(self, row: Model, linkages: list[Linkage]) -> list[Linkage]:
        """Return the linkages that differ from those that GET shows.

        Many clients send back the whole resource. A long list, which GET cuts, stays
        whole then.
        """
        if not any(linkage.relationship.is_to_many for linkage in linkages):
            return linkages
        builder = DocumentBuilder()
        shown = self.reload(row, builder)
        return [
            linkage
            for linkage in linkages
            if list(linkage.ids)
            != linkage.relationship.linked_ids(shown, builder.max_linkage)
        ]

    def check_preconditions(self, row: Model) -> None:
        """Raise 412 if the locked row isn't in the version that the client knows."""
        if self.preconditions:
            self.preconditions.check(self.version_of(row))

    def version_of(self, row: Model) -> str:
        """Return the version of what the URL names: the row's resource or linkage."""
        if self.names_relationship:
            related = self.relationship.related_to(row)
            return linkage_version(self.relationship, related.only("pk"))
        return resource_version(self.resource, self.reload(row, DocumentBuilder()))

    def reload(self, row: Model, builder: DocumentBuilder) -> Model:
        rows = builder.prefetch(self.resource, self.resource.queryset, is_whole=True)
        return rows.get(pk=row.pk)

    def check_replacement(self, relationships: Iterable[Relationship]) -> None:
        has_to_many = any(relationship.is_to_many for relationship in relationships)
        if has_to_many and not self.replace_to_many:
            detail = old_texts.TO_MANY_REPLACEMENT
            raise JSONAPIError(403, "replacement_not_allowed", detail)

    def get_related(self, linkages: Iterable[Linkage]) -> tuple[ToOne, ToMany]:
        """Return the rows to link to. Raise 404 for unknown ids."""
        to_one: ToOne = {}
        to_many: ToMany = []
        for linkage in linkages:
            targets = get_targets(linkage)
            if linkage.relationship.is_to_many:
                to_many.append((linkage.relationship, targets))
                continue
            self.check_may_change(list(targets.values()))
            to_one[linkage.relationship.name] = next(iter(targets.values()), None)
        return to_one, to_many

    def set_to_many(self, row: Model, to_many: ToMany) -> None:
        for relationship, targets in to_many:
            changed = changed_targets(row, relationship, targets, is_replaced=True)
            self.check_may_change(changed)
            relationship.replace(row, list(targets.values()))

    def check_may_change(self, rows: Sequence[Model]) -> None:
        """Raise 403 (401 for anonymous clients) unless the rows may be changed."""
        if rows and not self.may_change(rows):
            self.permission_denied(self.request)


def lock_rows(rows: Rows) -> Rows:
    return rows.select_for_update(of=("self",), no_key=True)


def get_targets(linkage: Linkage) -> RowsByKey:
    """Return the rows of a linkage. Raise 404 with an error for each unknown id."""
    relationship = linkage.relationship
    rows = relationship.target.queryset
    if relationship.field.one_to_many:
        # Their foreign keys are about to change.
        rows = lock_rows(rows).order_by("pk")
    keys = {text: parse_key(rows.model, text) for text in linkage.ids}
    targets = rows.in_bulk([key for key in keys.values() if key is not None])
    missing = [
        unknown_target_error(relationship, text, pointer)
        for text, pointer in linkage.ids.items()
        if keys[text] not in targets
    ]
    if missing and relationship.is_to_many:
        raise JSONAPIErrors(missing)
    if missing:
        raise missing[0]
    return {key: targets[key] for key in keys.values()}


def unknown_target_error(
    relationship: Relationship, text: str, pointer: str
) -> JSONAPIError:
    detail = old_texts.NO_TARGET.format(type=relationship.type, id=text)
    return JSONAPIError(404, "not_found", detail, pointer=pointer)


def changed_targets(
    row: Model, relationship: Relationship, targets: RowsByKey, *, is_replaced: bool
) -> list[Model]:
    """Return the rows that change if the row is linked to the targets."""
    if not relationship.changes_targets:
        return []
    current: RowsByKey = relationship.related_to(row).only("pk").in_bulk()
    linked = [target for pk, target in targets.items() if pk not in current]
    unlinked = [target for pk, target in current.items() if pk not in targets]
    return linked + unlinked if is_replaced else linked


def no_content(media_type: str = MEDIA_TYPE) -> HttpResponse:
    # DRF's Response would drop the media type of an empty body.
    return HttpResponse(status=204, content_type=media_type)
