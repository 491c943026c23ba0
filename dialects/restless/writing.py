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

from dialects.restless.bodies import (
    Link,
    Payload,
    read_change,
    read_linkage,
    read_new,
)
from dialects.restless.documents import Selection, document
from dialects.restless.errors import Refusal, Refusals
from dialects.restless.reading import ReadOnlyRestlessViewSet
from dialects.restless.resources import Relationship
from dialects.restless.wire import MEDIA_TYPE

Targets = dict[str, Any]
Lists = list[tuple[Relationship, Targets]]
NO_TARGET = "No object of type {} found with ID {}"


class RestlessViewSet(ReadOnlyRestlessViewSet):
    """A resource type that can be written as well.

    `replace_to_many` allows clients to put a new list in place of a to-many
    relationship's; adding to one is always allowed.
    """

    replace_to_many = False

    def may_change(self, rows: Sequence[Any]) -> bool:
        """Whether the caller may change these rows, all of one model.

        Asked about the rows a request names, and about those it links them to or
        parts them from.
        """
        return True

    def perform_create(self, serializer: Any, **columns: Any) -> Any:
        return serializer.save(**columns)

    def create(self, request: Request, **kwargs: Any) -> Response:
        selection = Selection.of(request.query_params, self.resource)
        payload = read_new(self.resource, self.read_document(request))
        serializer = self.get_serializer(data=payload.attributes)
        serializer.is_valid(raise_exception=True)
        key = {} if payload.id is None else {"pk": payload.id}
        with transaction.atomic():
            columns, lists = self.resolve(payload.links)
            row = self.perform_create(serializer, **columns, **key)
            self.set_lists(row, lists)
            row = selection.load(self.resource, self.get_queryset()).get(pk=row.pk)
        body = document(**selection.single(self.resource, row, keep_empty=False))
        return Response(body, status=201, headers={"Location": self.location(row.pk)})

    def location(self, pk: str) -> str:
        return self.request.build_absolute_uri(f"{self.path}/{quote(pk, safe='')}")

    def partial_update(self, request: Request, **kwargs: Any) -> HttpResponse:
        body = self.read_document(request)
        with transaction.atomic():
            row = self.find(locked(self.get_queryset()))
            self.change(row, read_change(self.resource, self.kwargs["id"], body))
        return no_content()

    def destroy(self, request: Request, **kwargs: Any) -> HttpResponse:
        with transaction.atomic():
            row = self.find(locked(self.get_queryset()))
            self.authorize([row])
            row.delete()
        return no_content()

    def replace_linkage(self, request: Request, **kwargs: Any) -> HttpResponse:
        self.check_replacement([self.relation])
        link = read_linkage(self.relation, self.read_document(request))
        with transaction.atomic():
            row = self.find(locked(self.get_queryset()))
            self.change(row, Payload({}, [link]))
        return no_content()

    def add_linkage(self, request: Request, **kwargs: Any) -> HttpResponse:
        relation = self.relation
        if not relation.is_to_many:
            raise Refusal(400, "not_to_many", "Cannot add to a to-one relationship")
        link = read_linkage(relation, self.read_document(request))
        with transaction.atomic():
            row = self.find(locked(self.get_queryset()))
            self.authorize([row])
            targets = find_targets(link)
            self.authorize(touched(row, relation, targets, replaces=False))
            getattr(row, relation.name).add(*targets.values())
        return no_content()

    def remove_linkage(self, request: Request, **kwargs: Any) -> NoReturn:
        _ = self.relation  # An unknown name is 404.
        detail = "Not allowed to delete from a to-many relationship"
        raise Refusal(403, "removal_not_allowed", detail)

    def change(self, row: Any, payload: Payload) -> None:
        serializer = self.get_serializer(row, data=payload.attributes, partial=True)
        serializer.is_valid(raise_exception=True)
        self.check_replacement([link.relation for link in payload.links])
        self.authorize([row])
        columns, lists = self.resolve(payload.links)
        serializer.save(**columns)
        self.set_lists(row, lists)

    def check_replacement(self, relations: list[Relationship]) -> None:
        if not self.replace_to_many and any(found.is_to_many for found in relations):
            detail = "Not allowed to replace a to-many relationship"
            raise Refusal(403, "replacement_not_allowed", detail)

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
    found = rows.in_bulk(list(link.ids))
    missing = [
        Refusal(
            404, "not_found", NO_TARGET.format(link.relation.type, pk), pointer=place
        )
        for pk, place in link.ids.items()
        if pk not in found
    ]
    if missing and link.relation.is_to_many:
        raise Refusals(missing)
    if missing:
        raise missing[0]
    return {pk: found[pk] for pk in link.ids}


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


def no_content() -> HttpResponse:
    # DRF's own response would drop the media type of an empty body.
    return HttpResponse(status=204, content_type=MEDIA_TYPE)
