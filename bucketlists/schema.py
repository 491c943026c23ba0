"""OpenAPI of bodies that are one item or a list of them."""

from __future__ import annotations

from typing import Any

from bucketlists.serializers import ItemSerializer


def one_or_many(component: str) -> dict[str, Any]:
    one = {"$ref": f"#/components/schemas/{component}"}
    return {"oneOf": [one, {"type": "array", "items": one}]}


ONE_OR_MANY = one_or_many("Item")
SENT_ONE_OR_MANY: dict[str, Any] = {
    "application/json": one_or_many("ItemRequest"),
    "application/x-www-form-urlencoded": ItemSerializer,
    "multipart/form-data": ItemSerializer,
}
