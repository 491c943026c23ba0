"""OpenAPI of bucket lists and their items."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter

from bucketlists.serializers import ItemSerializer
from bucketlists.services import MAX_ITEMS
from dialects.message import one_or_many
from dialects.openapi_parts import Schema
from dialects.query_params import list_pattern
from dialects.schema import DialectSchema, Direction


def sort_parameter(names: Collection[str]) -> OpenApiParameter:
    """Describe `sort` as one text. Not all clients join an array by commas."""
    return OpenApiParameter(
        "sort",
        {"type": "string", "pattern": f"^({list_pattern(names, '-?')})?$"},
        description=f"Fields to sort by, separated by commas: {', '.join(names)}. "
        "Prefix a field with `-` for descending order.",
    )


class BucketlistSchema(DialectSchema):
    descriptions = {
        "list": "Return your bucket lists. With `items=true`, they have their items.",
        "retrieve": "Return a bucket list. With `items=true`, it has its items.",
        "create": "Create a bucket list. `items` are its first items.",
        "update": "Rename a bucket list. If you send `items`, they replace its items: "
        "those with an `id` are changed, those without are added, all others are "
        "deleted.",
        "partial_update": "Change the fields that you send. Of `items`, those with an "
        "`id` are changed, and those without are added. All others are kept.",
    }

    def resolve_serializer(
        self, serializer: Any, direction: Direction, bypass_extensions: bool = False
    ) -> ResolvedComponent:
        component = super().resolve_serializer(serializer, direction, bypass_extensions)
        if direction == "response" and component.name == "BucketList":
            names = component.schema["required"]
            # Only a request with `items` gets them.
            component.schema["required"] = [name for name in names if name != "items"]
        return component

    def requirements(self) -> Iterator[str]:
        # A new list is the user's own.
        return iter(()) if self.action == "create" else super().requirements()

    def error_statuses(self, operation: Schema) -> set[int]:
        statuses = super().error_statuses(operation)
        return statuses - {409} if self.action == "destroy" else statuses


class ItemSchema(DialectSchema):
    descriptions = {
        "list": "Return the items of a bucket list, by their position.",
        "retrieve": "Return an item of a bucket list.",
        "update": "Change an item. Fields that you don't send keep their values.",
        "partial_update": "Change the fields that you send.",
    }

    def get_request_serializer(self) -> Any:
        if self.action != "create":
            return super().get_request_serializer()
        item = self.resolve_serializer(ItemSerializer, "request").ref
        return {"application/json": one_or_many(item, MAX_ITEMS)}

    def get_response_serializers(self) -> Any:
        if self.action != "create":
            return super().get_response_serializers()
        item = self.resolve_serializer(ItemSerializer, "response").ref
        return {201: one_or_many(item, MAX_ITEMS)}

    def error_statuses(self, operation: Schema) -> set[int]:
        # Only a full list refuses items.
        statuses = super().error_statuses(operation)
        return statuses if self.action == "create" else statuses - {409}
