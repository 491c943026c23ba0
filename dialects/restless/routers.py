from __future__ import annotations

from typing import Any

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import Route, SimpleRouter
from rest_framework.viewsets import ViewSetMixin

from dialects.restless.operations import OperationsView
from dialects.restless.resources import ResourceType

COLLECTION = {"get": "list", "post": "create"}
RESOURCE = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}
LINKAGE = {
    "get": "linkage",
    "post": "add_linkage",
    "patch": "replace_linkage",
    "delete": "remove_linkage",
}
ANY_RELATIONSHIP = "(?P<relationship>[^/]+)"
RELATED_ID = "(?P<related_id>[^/]+)"


class RestlessRouter(SimpleRouter):
    """The URLs of the resource types, and `operations` for atomic operations.

        router.register("video", VideoViewSet)

    The prefix is the type's name. Each relationship has its own URLs, so that the
    OpenAPI document describes it. The URLs of all other names return 404.
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

    def get_urls(self) -> list[URLPattern | URLResolver]:
        viewsets: Any = {prefix: viewset for prefix, viewset, _ in self.registry}
        operations = OperationsView.as_view(types=self.types, viewsets=viewsets)
        # Last, so that a type named "operations" keeps its URL.
        return [*super().get_urls(), path("operations", operations, name="operations")]

    def get_routes(self, viewset: type[ViewSetMixin]) -> list[Route]:
        prefix = next(name for name, each, _ in self.registry if each is viewset)
        resource = self.types[prefix]
        initkwargs: dict[str, object] = {"resource": resource}
        routes = [
            Route("^{prefix}$", COLLECTION, "{basename}-list", False, initkwargs),
            Route(
                "^{prefix}/{lookup}$", RESOURCE, "{basename}-detail", True, initkwargs
            ),
        ]
        for name, relationship in resource.relationships.items():
            named = initkwargs | {"relationship_name": name}
            routes += relationship_routes(name, name, named, relationship.is_to_many)
        undocumented = initkwargs | {"schema": None}
        return routes + relationship_routes(ANY_RELATIONSHIP, "any", undocumented, True)


def relationship_routes(
    pattern: str, name: str, initkwargs: dict[str, object], has_members: bool
) -> list[Route]:
    url = f"^{{prefix}}/{{lookup}}/{pattern}"
    linkage_url = f"^{{prefix}}/{{lookup}}/relationships/{pattern}$"
    basename = f"{{basename}}-{name}"
    routes = [
        Route(linkage_url, LINKAGE, f"{basename}-linkage", True, initkwargs),
        Route(f"{url}$", {"get": "related"}, basename, True, initkwargs),
    ]
    if has_members:
        member_url = f"{url}/{RELATED_ID}$"
        member_name = f"{basename}-member"
        routes.append(
            Route(member_url, {"get": "member"}, member_name, True, initkwargs)
        )
    return routes
