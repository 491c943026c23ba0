"""What POST, PATCH and DELETE do. All of a request is done, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn
from urllib.parse import quote

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from common.http.conditional import etag_of
from dialects.restless.bodies import (
    PREFIX,
    Link,
    Payload,
    read_change,
    read_linkage,
    read_new,
)
from dialects.restless.documents import Selection, document, plain
from dialects.restless.errors import JSONAPIError, Refusals
from dialects.restless.keys import key_of
from dialects.restless.reading import (
    ReadOnlyRestlessViewSet,
    linkage_version,
    version_of,
)
from dialects.restless.resources import Relationship
from dialects.restless.wire import MEDIA_TYPE

# Rows by their keys.
Targets = dict[Any, Any]
Lists = list[tuple[Relationship, Targets]]
# What the actions do, in a request of their own or as one operation of many.
WRITES = {
    "create": "insert",
    "partial_update": "modify",
    "destroy": "erase",
    "add_linkage": "link",
    "replace_linkage": "relink",
    "remove_linkage": "unlink",
}
NO_CLIENT_IDS = PREFIX + "Server does not allow client-generated IDS"
NO_TARGET = "No object of type {} found with ID {}"


class RestlessViewSet(ReadOnlyRestlessViewSet):
    """A resource type that can be written as well.

    `replace_to_many` allows clients to put a new list in place of a to-many
    relationship's; adding to one is always allowed. `client_ids` allows them to choose
    the ids of new resources.

    `perform_create`, `perform_update` and `perform_destroy` may be overridden, as in
    DRF; requests and atomic operations go through them alike.
    """

    replace_to_many = False
    client_ids = True

    def may_change(self, rows: Sequence[Any]) -> bool:
        """Whether the caller may change these rows, all of one model.

        Asked about the rows a request names, and about those it links them to or
        parts them from.
        """
        return True

    def perform_create(self, serializer: Any, **columns: Any) -> Any:
        return serializer.save(**columns)

    def perform_update(self, serializer: Any, **columns: Any) -> Any:
        return serializer.save(**columns)

    def perform_destroy(self, row: Any) -> None:
        row.delete()

    def create(self, request: Request, **kwargs: Any) -> Response:
        selection = Selection.of(request, self.resource)
        body = self.read_document(request)
        with transaction.atomic():
            row = self.reload(self.carry_out(body), selection)
        self.version = version_of(self.resource, row)
        found = document(**selection.single(self.resource, row, keep_empty=False))
        headers = {"Location": self.location(row.pk)}
        return Response(found, status=201, headers=headers)

    def location(self, pk: Any) -> str:
        return self.request.build_absolute_uri(f"{self.path}/{quote(str(pk), safe='')}")

    def partial_update(self, request: Request, **kwargs: Any) -> HttpResponse:
        return self.write(self.read_document(request))

    def destroy(self, request: Request, **kwargs: Any) -> HttpResponse:
        return self.write()

    def replace_linkage(self, request: Request, **kwargs: Any) -> HttpResponse:
        return self.write(self.read_document(request))

    def add_linkage(self, request: Request, **kwargs: Any) -> HttpResponse:
        return self.write(self.read_document(request))

    def remove_linkage(self, request: Request, **kwargs: Any) -> HttpResponse:
        return self.write()

    def write(self, body: Any = None) -> HttpResponse:
        response = no_content()
        with transaction.atomic():
            row = self.carry_out(body)
            # The new state costs queries; only who works with states pays for them.
            if row is not None and self.preconditions:
                response.headers["ETag"] = etag_of(self.current_state(row))
        return response

    def carry_out(self, body: Any) -> Any:
        """One write, in the caller's transaction; the row, unless it is gone."""
        return getattr(self, WRITES[self.action])(body)

    def insert(self, body: Any) -> Any:
        payload = read_new(self.resource, body)
        if payload.id is not None and not self.client_ids:
            raise JSONAPIError(403, "id_not_allowed", NO_CLIENT_IDS, pointer="/data/id")
        serializer = self.get_serializer(data=payload.attributes)
        serializer.is_valid(raise_exception=True)
        key = {} if payload.id is None else {"pk": payload.id}
        columns, lists = self.resolve(payload.links)
        row = self.perform_create(serializer, **columns, **key)
        self.set_lists(row, lists)
        return row

    def modify(self, body: Any) -> Any:
        row = self.find(locked(self.get_queryset()))
        return self.change(row, read_change(self.resource, self.kwargs["id"], body))

    def erase(self, body: Any) -> None:
        row = self.find(locked(self.get_queryset()))
        self.authorize([row])
        self.check_preconditions(row)
        self.perform_destroy(row)

    def relink(self, body: Any) -> Any:
        self.check_replacement([self.relation])
        link = read_linkage(self.relation, body)
        row = self.find(locked(self.get_queryset()))
        return self.change(row, Payload({}, [link]))

    def link(self, body: Any) -> Any:
        relation = self.relation
        if not relation.is_to_many:
            detail = "Cannot add to a to-one relationship"
            raise JSONAPIError(400, "not_to_many", detail)
        link = read_linkage(relation, body)
        row = self.find(locked(self.get_queryset()))
        self.authorize([row])
        targets = find_targets(link)
        self.authorize(touched(row, relation, targets, replaces=False))
        self.check_preconditions(row)
        getattr(row, relation.name).add(*targets.values())
        # The row is locked. Receivers of its signals hear of the request.
        row.save()
        return row

    def unlink(self, body: Any) -> NoReturn:
        _ = self.relation  # An unknown name is 404.
        detail = "Not allowed to delete from a to-many relationship"
        raise JSONAPIError(403, "removal_not_allowed", detail)

    def change(self, row: Any, payload: Payload) -> Any:
        serializer = self.get_serializer(row, data=payload.attributes, partial=True)
        serializer.is_valid(raise_exception=True)
        self.check_replacement([link.relation for link in payload.links])
        self.authorize([row])
        columns, lists = self.resolve(payload.links)
        self.check_preconditions(row)
        self.perform_update(serializer, **columns)
        self.set_lists(row, lists)
        return row

    def check_preconditions(self, row: Any) -> None:
        """412 by the state of the locked row, if the caller knows another."""
        if self.preconditions:
            self.preconditions.check(self.current_state(row))

    def current_state(self, row: Any) -> str:
        """The state of what the URL names: the resource, or one of its linkages."""
        if self.is_linkage:
            related = self.relation.related_to(row)
            return linkage_version(related.values_list("pk", flat=True))
        return version_of(self.resource, self.reload(row, plain()))

    def reload(self, row: Any, selection: Selection) -> Any:
        rows = selection.load(self.resource, self.resource.queryset, whole=True)
        return rows.get(pk=row.pk)

    def check_replacement(self, relations: list[Relationship]) -> None:
        if not self.replace_to_many and any(found.is_to_many for found in relations):
            detail = "Not allowed to replace a to-many relationship"
            raise JSONAPIError(403, "replacement_not_allowed", detail)

    def resolve(self, links: list[Link]) -> tuple[dict[str, Any], Lists]:
        """The rows to link to: foreign keys by name, and lists of targets."""
        columns, lists = {}, []
        for link in links:
            targets = find_targets(link)
            if link.relation.is_to_many:
                lists.append((link.relation, targets))
                continue
            self.authorize(list(targets.values()))
            columns[link.relation.name] = next(iter(targets.values()), None)
        return columns, lists

    def set_lists(self, row: Any, lists: Lists) -> None:
        for relation, targets in lists:
            self.authorize(touched(row, relation, targets, replaces=True))
            getattr(row, relation.name).set(targets.values())

    def authorize(self, rows: Sequence[Any]) -> None:
        if rows and not self.may_change(rows):
            self.permission_denied(self.request)


def locked(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.select_for_update(of=("self",), no_key=True)


def find_targets(link: Link) -> Targets:
    """The rows of a link by id; each unknown id is told."""
    rows = link.relation.target.queryset
    if link.relation.field.one_to_many:
        # Their foreign keys are about to change.
        rows = locked(rows).order_by("pk")
    keys = {text: key_of(rows.model, text) for text in link.ids}
    found = rows.in_bulk([key for key in keys.values() if key is not None])
    missing = [
        JSONAPIError(
            404, "not_found", NO_TARGET.format(link.relation.type, text), pointer=place
        )
        for text, place in link.ids.items()
        if keys[text] not in found
    ]
    if missing and link.relation.is_to_many:
        raise Refusals(missing)
    if missing:
        raise missing[0]
    return {key: found[key] for key in keys.values()}


def touched(
    row: Any, relation: Relationship, targets: Targets, *, replaces: bool
) -> list[Any]:
    """The related rows that count as changed by linking the row to the targets."""
    if not relation.changes_targets:
        return []
    current = relation.related_to(row).only("pk").in_bulk()
    new = [found for pk, found in targets.items() if pk not in current]
    gone = [found for pk, found in current.items() if pk not in targets]
    return new + gone if replaces else new


def no_content(media_type: str = MEDIA_TYPE) -> HttpResponse:
    # DRF's own response would drop the media type of an empty body.
    return HttpResponse(status=204, content_type=media_type)
