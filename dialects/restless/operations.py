"""Many writes in one request, all or nothing: https://jsonapi.org/ext/atomic/

    POST /api/operations
    {"atomic:operations": [
        {"op": "add", "data": {"type": "user", "lid": "alice"}},
        {"op": "add", "data": {"type": "video", "relationships": {
            "author": {"data": {"type": "user", "lid": "alice"}}}}}]}
    200  {"atomic:results": [{"data": {…}}, {"data": {…}}], "jsonapi": {…}}

An operation is the write that a request of the same method to the same URL would be,
with its permissions and its errors; they point into the operation. `If-Match` is about
the one resource of a request, so it is not looked at here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from django.db import transaction
from django.http import HttpResponse
from rest_framework import renderers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request, clone_request
from rest_framework.response import Response

from common.http.conditional import Preconditions
from dialects.restless.bodies import bad, text_of
from dialects.restless.documents import Selection, base_url, document
from dialects.restless.errors import JSONAPIError, did_you_mean
from dialects.restless.local_ids import LocalIds
from dialects.restless.operations_schema import OperationsSchema
from dialects.restless.reading import ReadOnlyRestlessViewSet
from dialects.restless.resources import ResourceType
from dialects.restless.wire import (
    ATOMIC,
    MEDIA_TYPE,
    RestlessDialect,
    RestlessNegotiation,
    RestlessRenderer,
)
from dialects.restless.writing import RestlessViewSet, no_content

MAX_OPERATIONS = 100
OPERATIONS, RESULTS = "atomic:operations", "atomic:results"
NOT_ALLOWED = "This cannot be done to the operation's target"
METHODS = {"add": "POST", "update": "PATCH", "remove": "DELETE"}
# What they do to a collection, to a resource and to a relationship.
ACTIONS = (
    {"POST": "create"},
    {"PATCH": "partial_update", "DELETE": "destroy"},
    {"POST": "add_linkage", "PATCH": "replace_linkage", "DELETE": "remove_linkage"},
)


class OperationsRenderer(RestlessRenderer):
    media_type = f'{MEDIA_TYPE}; ext="{ATOMIC}"'


class OperationsNegotiation(RestlessNegotiation):
    extension = ATOMIC


@dataclass(frozen=True)
class Target:
    """What an operation writes: a collection, a resource or a relationship."""

    resource: ResourceType
    names: tuple[str, ...] = ()

    @property
    def kwargs(self) -> dict[str, str]:
        return dict(zip(("id", "relationship"), self.names, strict=False))


class OperationsView(RestlessDialect):
    action = "operate"
    types: Mapping[str, ResourceType] = {}
    viewsets: Mapping[str, type[ReadOnlyRestlessViewSet]] = {}
    # Where the operation that is being carried out stands in the document.
    place = ""

    renderer_classes = [OperationsRenderer, renderers.BrowsableAPIRenderer]
    content_negotiation_class = OperationsNegotiation
    # Each operation asks for the permissions of its own type.
    permission_classes = [AllowAny]
    schema = OperationsSchema()

    def post(self, request: Request, **kwargs: Any) -> Response | HttpResponse:
        operations = read_operations(self.read_document(request))
        local_ids, results = LocalIds(), []
        with transaction.atomic():
            for number, operation in enumerate(operations):
                self.place = f"/{OPERATIONS}/{number}"
                results.append(self.carry_out(operation, local_ids))
            # What fails from here on is no single operation's.
            self.place = ""
        if not any(results):
            return no_content(OperationsRenderer.media_type)
        return Response(document(**{RESULTS: results}))

    def carry_out(self, operation: Any, local_ids: LocalIds) -> dict[str, Any]:
        method = method_of(operation)
        operation = local_ids.resolve(operation)
        target = self.target_of(operation)
        view = self.view_of(target, method)
        local_ids.check_new(operation)
        row = view.carry_out(operation)
        if view.action != "create":
            return {}
        local_ids.define(operation["data"], str(row.pk))
        selection = Selection({}, None, base=base_url(self.request, target.resource))
        return {"data": selection.draw(target.resource, view.reload(row, selection))}

    def view_of(self, target: Target, method: str) -> RestlessViewSet:
        """The type's view, as the router would call it with such a request."""
        resource, action = target.resource, ACTIONS[len(target.names)].get(method)
        viewset: Any = self.viewsets[resource.name]
        is_allowed = method.lower() in viewset.http_method_names
        if action is None or not is_allowed or not hasattr(viewset, action):
            raise JSONAPIError(403, "operation_not_allowed", NOT_ALLOWED)
        view: RestlessViewSet = viewset(
            resource=resource, detail=bool(target.names), action=action
        )
        view.preconditions = Preconditions()
        view.args, view.kwargs, view.format_kwarg = (), target.kwargs, None
        view.request = clone_request(self.request, method)
        view.check_permissions(view.request)
        view.check_throttles(view.request)
        return view

    def target_of(self, operation: dict[str, Any]) -> Target:
        if "ref" in operation and "href" in operation:
            raise bad('"ref" does not go with "href"', "")
        if "ref" in operation:
            return self.target_by_ref(operation["ref"])
        if "href" in operation:
            return self.target_by_href(operation["href"])
        if operation["op"] == "remove":
            raise bad('remove needs "ref" or "href"', "")
        return self.target_by_data(operation)

    def target_by_ref(self, ref: Any) -> Target:
        pk = text_of(ref.get("id")) if isinstance(ref, dict) else None
        if pk is None:
            raise bad('"ref" must be an object with "type" and "id" or "lid"', "/ref")
        resource = self.type_named(ref.get("type"), "/ref/type")
        if "relationship" not in ref:
            return Target(resource, (pk,))
        if not isinstance(ref["relationship"], str):
            raise bad('"relationship" must be a text', "/ref/relationship")
        return Target(resource, (pk, ref["relationship"]))

    def target_by_href(self, href: Any) -> Target:
        """By a path as the routers' URLs have it, or a whole URL of this server."""
        base = self.request.path.removesuffix("operations")
        origin = self.request.build_absolute_uri("/").removesuffix("/")
        path = str(href).removeprefix(origin)
        name, *steps = path.removeprefix(base).split("/")
        if not path.startswith(base) or set("?#") & set(path):
            raise bad(f'"href" must be a path below {base}, without a query', "/href")
        resource = self.type_named(name, "/href")
        if len(steps) == 3 and steps[1] == "relationships":
            del steps[1]
        elif len(steps) > 1:
            raise bad(
                '"href" leads to no collection, resource or relationship', "/href"
            )
        return Target(resource, tuple(map(unquoted, steps)))

    def target_by_data(self, operation: dict[str, Any]) -> Target:
        data = operation.get("data")
        if not isinstance(data, dict) or "type" not in data:
            raise bad('Without "ref" or "href", "data" must be a resource', "/data")
        resource = self.type_named(data["type"], "/data/type")
        if operation["op"] == "add":
            return Target(resource)
        if not isinstance(data.get("id"), str):
            raise bad("Must specify resource ID", "/data")
        return Target(resource, (data["id"],))

    def type_named(self, name: Any, pointer: str) -> ResourceType:
        if isinstance(name, str) and name in self.types:
            return self.types[name]
        near = did_you_mean(name, self.types)
        detail = f"No such type: {name}"
        raise JSONAPIError(404, "no_such_type", detail, pointer=pointer, **near)

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(document(meta={"methods": self.allowed_methods}))

    def exception_response(
        self, exc: Exception, context: dict[str, Any]
    ) -> Response | None:
        response = super().exception_response(exc, context)
        if response is not None and self.place:
            for error in response.data["errors"]:
                below = (error["source"] or {}).get("pointer", "")
                error["source"] = {"pointer": self.place + below}
        return response


def read_operations(body: Any) -> list[Any]:
    operations = body.get(OPERATIONS) if isinstance(body, dict) else None
    if not isinstance(operations, list) or not operations:
        raise bad(f'"{OPERATIONS}" must be a list of operations', f"/{OPERATIONS}")
    if len(operations) > MAX_OPERATIONS:
        detail = f"At most {MAX_OPERATIONS} operations go into one request"
        raise bad(detail, f"/{OPERATIONS}")
    return operations


def method_of(operation: Any) -> str:
    code = operation.get("op") if isinstance(operation, dict) else None
    if not isinstance(code, str) or code not in METHODS:
        raise bad(f'"op" must be one of {", ".join(METHODS)}', "/op")
    return METHODS[code]


def unquoted(step: str) -> str:
    """A step of a path, percent-encoded as the `Location` of a new resource is."""
    try:
        return unquote(step, errors="strict")
    except UnicodeDecodeError as exc:
        raise bad('"href" is not encoded in UTF-8', "/href") from exc
