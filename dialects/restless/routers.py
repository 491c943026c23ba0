from __future__ import annotations

from typing import Any

from django.urls import path
from rest_framework.routers import Route, SimpleRouter

from dialects.restless.operations import OperationsView
from dialects.restless.resources import ResourceType

COLLECTION = {"get": "list", "post": "create"}
SINGLE = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}
LINKAGE = {
    "get": "linkage",
    "post": "add_linkage",
    "patch": "replace_linkage",
    "delete": "remove_linkage",
}
ANY_NAME = "(?P<relationship>[^/]+)"
RELATED_ID = "(?P<related_id>[^/]+)"


class RestlessRouter(SimpleRouter):
    """The URLs of the types, one `register("video", VideoViewSet)` each.

    The prefix is the type's name. Every relationship has URLs of its own, so that
    each is described by itself; other names are refused by the ones that follow. The
    URL `operations` takes many writes at once.
    """

    def __init__(self) -> None:
        super().__init__(trailing_slash=False)
        self.types: dict[str, ResourceType] = {}

    def register(self, prefix: str, viewset: Any, basename: str | None = None) -> None:
        basename = basename or prefix
        self.types[prefix] = ResourceType(
            prefix,
            viewset.queryset,
            viewset.serializer_class,
            viewset.relationships,
            self.types,
            basename,
        )
        super().register(prefix, viewset, basename)

    def get_urls(self) -> list[Any]:
        # Last: a type of that name keeps its URL.
        viewsets = {prefix: viewset for prefix, viewset, _ in self.registry}
        operations = OperationsView.as_view(types=self.types, viewsets=viewsets)
        return [
            *super().get_urls(),
            path("operations", operations, name="operations"),
        ]

    def get_routes(self, viewset: Any) -> list[Route]:
        prefix = next(name for name, known, _ in self.registry if known is viewset)
        resource = self.types[prefix]
        known = {"resource": resource}
        routes = [
            Route("^{prefix}$", COLLECTION, "{basename}-list", False, known),
            Route("^{prefix}/{lookup}$", SINGLE, "{basename}-detail", True, known),
        ]
        for name, relation in resource.relationships.items():
            named = known | {"relationship": name}
            routes += relationship_routes(name, name, named, relation.is_to_many)
        unknown = known | {"schema": None}
        return routes + relationship_routes(ANY_NAME, "any", unknown, True)


def relationship_routes(
    pattern: str, name: str, initkwargs: dict[str, Any], has_members: bool
) -> list[Route]:
    url = "^{prefix}/{lookup}/"
    base = f"{{basename}}-{name}"
    routes = [
        Route(
            f"{url}relationships/{pattern}$",
            LINKAGE,
            f"{base}-linkage",
            True,
            initkwargs,
        ),
        Route(f"{url}{pattern}$", {"get": "related"}, base, True, initkwargs),
    ]
    if has_members:
        members = f"{url}{pattern}/{RELATED_ID}$"
        action = {"get": "member"}
        routes.append(Route(members, action, f"{base}-member", True, initkwargs))
    return routes
