from __future__ import annotations

from typing import Any

from django.urls import re_path
from rest_framework.routers import Route

from dialects.dbbase.meta import MetaView
from dialects.routers import EitherSlashRouter


class DbbaseRouter(EitherSlashRouter):
    """Router that also routes PUT, PATCH and DELETE of a list, which return 400.

    `shop/copies` also has its part of the OpenAPI document, at `shop/meta/copies/…`.
    """

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

    def get_urls(self) -> list[Any]:
        prefixes = [prefix for prefix, _, _ in self.registry]
        return [*super().get_urls(), *map(meta_pattern, prefixes)]


def meta_pattern(prefix: str) -> Any:
    """Return the URL pattern of a resource's part of the OpenAPI document."""
    parent, slash, resource = prefix.rpartition("/")
    kind = "(?P<kind>single|collection)/?"
    regex = rf"^{parent}{slash}meta/(?P<resource>{resource})/{kind}$"
    return re_path(regex, MetaView.as_view())
