"""OpenAPI of bodies that are one item or a list of items."""

from __future__ import annotations


def one_or_many(component: str) -> dict[str, object]:
    one = {"$ref": f"#/components/schemas/{component}"}
    return {"oneOf": [one, {"type": "array", "items": one}]}


ONE_OR_MANY_ITEMS = one_or_many("Item")
ONE_OR_MANY_NEW_ITEMS: dict[str, object] = {
    "application/json": one_or_many("ItemRequest"),
}
