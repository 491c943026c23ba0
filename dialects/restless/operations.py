"""Atomic operations, several writes in one request: https://jsonapi.org/ext/atomic/

    POST /api/operations
    {"atomic:operations": [
        {"op": "add", "data": {"type": "user", "lid": "alice"}},
        {"op": "add", "data": {"type": "video", "relationships": {
            "author": {"data": {"type": "user", "lid": "alice"}}}}}]}
    200  {"atomic:results": [{"data": {…}}, {"data": {…}}], "jsonapi": {…}}

An operation does what a request of its own would do, with the same permissions and
errors, whose pointers begin with the operation's. `If-Match` is ignored, since it's
about a single resource.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from django.db import transaction
from django.http import HttpResponse
from rest_framework.permissions import AllowAny
from rest_framework.request import Request, clone_request
from rest_framework.response import Response

from common.http.conditional import Preconditions
from dialects.browsable import PageRenderer
from dialects.restless.documents import (
    DocumentBuilder,
    base_path,
    document,
)
from dialects.restless.errors import JSONAPIError, JSONObject, did_you_mean
from dialects.restless.local_ids import LocalIds
from dialects.restless.negotiation import (
    ATOMIC_EXTENSION,
    MEDIA_TYPE,
    RestlessNegotiation,
    RestlessRenderer,
)
from dialects.restless.old_texts import UPDATE
from dialects.restless.operations_schema import OperationsSchema
from dialects.restless.parsers import document_error, id_text
from dialects.restless.resources import ResourceType
from dialects.restless.views import ReadOnlyRestlessViewSet, RestlessDialect
from dialects.restless.write_views import RestlessViewSet, Write, no_content

MAX_OPERATIONS = 100
OPERATIONS, RESULTS = "atomic:operations", "atomic:results"
OP_CODES = ("add", "update", "remove")
# The request that does the same as an operation on a kind of target: its HTTP method
# and the viewset's action. For example, to "update" the relationship "videos" does what
# PATCH /api/playlist/p1/relationships/videos does. It checks the permissions of the
# action `replace_linkage` and then calls the viewset's `write_replace_linkage()`.
ACTIONS: dict[tuple[object, str], tuple[str, str]] = {
    ("add", "collection"): ("POST", "create"),
    ("update", "resource"): ("PATCH", "partial_update"),
    ("remove", "resource"): ("DELETE", "destroy"),
    ("add", "relationship"): ("POST", "add_linkage"),
    ("update", "relationship"): ("PATCH", "replace_linkage"),
    ("remove", "relationship"): ("DELETE", "remove_linkage"),
}


class OperationsRenderer(RestlessRenderer):
    media_type = f'{MEDIA_TYPE}; ext="{ATOMIC_EXTENSION}"'


class OperationsNegotiation(RestlessNegotiation):
    extension = ATOMIC_EXTENSION


@dataclass(frozen=True)
class Target:
    """The target of an operation: a collection, a resource or a relationship."""

    resource: ResourceType
    id: str | None = None
    relationship: str | None = None

    @property
    def kind(self) -> str:
        if self.relationship is not None:
            return "relationship"
        return "collection" if self.id is None else "resource"

    @property
    def kwargs(self) -> dict[str, str]:
        """The arguments that the target's URL would give to the view."""
        kwargs = {"id": self.id, "relationship": self.relationship}
        return {name: text for name, text in kwargs.items() if text is not None}


class OperationsView(RestlessDialect):
    action = "operate"
    types: Mapping[str, ResourceType] = {}
    viewsets: Mapping[str, type[ReadOnlyRestlessViewSet]] = {}
    # The JSON pointer of the operation that is being carried out.
    pointer = ""

    renderer_classes = [OperationsRenderer, PageRenderer]
    content_negotiation_class = OperationsNegotiation
    # Each operation checks the permissions of its own type.
    permission_classes = [AllowAny]
    error_statuses = (409,)
    schema = OperationsSchema()

    def post(self, request: Request, **kwargs: object) -> Response | HttpResponse:
        operations = parse_operations(self.read_document(request))
        local_ids, results = LocalIds(), []
        with transaction.atomic():
            for number, operation in enumerate(operations):
                self.pointer = f"/{OPERATIONS}/{number}"
                results.append(self.carry_out(operation, local_ids))
            # An error of the commit belongs to no single operation.
            self.pointer = ""
        if not any(results):
            return no_content(OperationsRenderer.media_type)
        return Response(document(**{RESULTS: results}))

    def carry_out(self, operation: object, local_ids: LocalIds) -> JSONObject:
        """Do an operation's write and return its result object."""
        operation = local_ids.resolve(parse_operation(operation))
        target = self.target_of(operation)
        view = self.view_of(operation, target)
        local_ids.check_unused(operation)
        write: Write = getattr(view, f"write_{view.action}")
        row = write(operation)
        if row is None or view.action != "create":
            return {}
        local_ids.define(operation, str(row.pk))
        resource = target.resource
        builder = DocumentBuilder(base_path=base_path(self.request, resource))
        row = view.reload(row, builder)
        return {"data": builder.resource_object(resource, row)}

    def view_of(self, operation: JSONObject, target: Target) -> RestlessViewSet:
        """Return the type's view as the router calls it, with checked permissions."""
        viewset: Any = self.viewsets[target.resource.name]
        method, action = ACTIONS.get((operation["op"], target.kind), ("", ""))
        is_allowed = method.lower() in viewset.http_method_names
        if not is_allowed or not hasattr(viewset, action):
            detail = "The operation isn't allowed for its target."
            raise JSONAPIError(403, "operation_not_allowed", detail)
        view: RestlessViewSet = viewset(
            resource=target.resource, detail=target.id is not None, action=action
        )
        view.preconditions = Preconditions()
        view.args, view.kwargs, view.format_kwarg = (), target.kwargs, None
        view.request = clone_request(self.request, method)
        view.check_permissions(view.request)
        view.check_throttles(view.request)
        return view

    def target_of(self, operation: JSONObject) -> Target:
        if "ref" in operation and "href" in operation:
            raise document_error('"ref" can\'t be combined with "href".', "")
        if "ref" in operation:
            return self.target_by_ref(operation["ref"])
        if "href" in operation:
            return self.target_by_href(operation["href"])
        if operation["op"] == "remove":
            raise document_error('A remove operation needs "ref" or "href".', "")
        return self.target_by_data(operation)

    def target_by_ref(self, ref: object) -> Target:
        pk = id_text(ref.get("id")) if isinstance(ref, dict) else None
        if not isinstance(ref, dict) or pk is None:
            detail = '"ref" must be an object with "type" and "id" or "lid".'
            raise document_error(detail, "/ref")
        resource = self.get_type(ref.get("type"), "/ref/type")
        if "relationship" not in ref:
            return Target(resource, pk)
        if not isinstance(ref["relationship"], str):
            detail = '"relationship" must be a string.'
            raise document_error(detail, "/ref/relationship")
        return Target(resource, pk, ref["relationship"])

    def target_by_href(self, href: object) -> Target:
        """Return the target of a path, or of a whole URL of this server."""
        base = self.request.path.removesuffix("operations")
        origin = self.request.build_absolute_uri("/").removesuffix("/")
        path = str(href).removeprefix(origin)
        name, *steps = path.removeprefix(base).split("/")
        if not path.startswith(base) or set("?#") & set(path):
            detail = f'"href" must be a path below {base} without a query.'
            raise document_error(detail, "/href")
        resource = self.get_type(name, "/href")
        if len(steps) == 3 and steps[1] == "relationships":
            del steps[1]
        elif len(steps) > 1:
            detail = '"href" must lead to a collection, resource or relationship.'
            raise document_error(detail, "/href")
        return Target(resource, *map(unquote_step, steps))

    def target_by_data(self, operation: JSONObject) -> Target:
        data = operation.get("data")
        if not isinstance(data, dict) or "type" not in data:
            detail = 'Without "ref" or "href", "data" must be a resource object.'
            raise document_error(detail, "/data")
        resource = self.get_type(data["type"], "/data/type")
        if operation["op"] == "add":
            return Target(resource)
        if (pk := id_text(data.get("id"))) is None:
            raise document_error(UPDATE.no_id, "/data")
        return Target(resource, pk)

    def get_type(self, name: object, pointer: str) -> ResourceType:
        if isinstance(name, str) and name in self.types:
            return self.types[name]
        detail = f'Unknown type "{name}". Valid types: {", ".join(self.types)}.'
        meta = did_you_mean(name, self.types)
        raise JSONAPIError(404, "no_such_type", detail, pointer=pointer, meta=meta)

    def exception_response(
        self, exc: Exception, context: dict[str, Any]
    ) -> Response | None:
        response = super().exception_response(exc, context)
        if response is not None and self.pointer:
            for error in response.data["errors"]:
                pointer = (error["source"] or {}).get("pointer", "")
                error["source"] = {"pointer": self.pointer + pointer}
        return response


def parse_operations(body: object) -> list[object]:
    operations = body.get(OPERATIONS) if isinstance(body, dict) else None
    if not isinstance(operations, list) or not operations:
        detail = f'"{OPERATIONS}" must be a list of operations.'
        raise document_error(detail, f"/{OPERATIONS}")
    if len(operations) > MAX_OPERATIONS:
        detail = f"At most {MAX_OPERATIONS} operations are allowed in a request."
        raise document_error(detail, f"/{OPERATIONS}")
    return operations


def parse_operation(operation: object) -> JSONObject:
    if not isinstance(operation, dict) or operation.get("op") not in OP_CODES:
        raise document_error(f'"op" must be one of {", ".join(OP_CODES)}.', "/op")
    return operation


def unquote_step(step: str) -> str:
    """Return a part of a path without its percent-encoding."""
    try:
        return unquote(step, errors="strict")
    except UnicodeDecodeError as exc:
        raise document_error('"href" must be encoded in UTF-8.', "/href") from exc
