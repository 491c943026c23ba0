"""Ids, summaries and descriptions of the dialect's operations in OpenAPI."""

from __future__ import annotations

from typing import NamedTuple

COLLECTION = (
    "They are sorted by {order} unless `sort` names fields. If several filters are "
    "sent, all of them must match."
)
IDENTIFIERS = "Only `type` and `id` of each resource are returned."


class OperationText(NamedTuple):
    """Templates for `str.format_map()` with `RestlessSchema.words`."""

    id: str
    summary: str
    description: str = ""


TEXTS = {
    "list": OperationText(
        "list{Types}", "List {types}", f"Return a page of {{types}}. {COLLECTION}"
    ),
    "create": OperationText(
        "create{Type}",
        "Create {a_type}",
        "Return the new {type}. Without an `id`, the server generates one. "
        "The request can also set relationships to resources that exist.",
    ),
    "retrieve": OperationText(
        "get{Type}",
        "Get {a_type}",
        "Return its attributes and the identifiers of related resources. `include` "
        "adds the related resources themselves.",
    ),
    "partial_update": OperationText(
        "update{Type}",
        "Update {a_type}",
        "Change only the attributes and relationships that are sent. {replacement}",
    ),
    "destroy": OperationText(
        "delete{Type}", "Delete {a_type}", "Related resources are kept."
    ),
    "related to one": OperationText(
        "get{Type}{Relationship}",
        "Get {a_type}'s {relationship}",
        "`data` is null if there is none.",
    ),
    "related to many": OperationText(
        "list{Type}{Relationship}",
        "List {a_type}'s {relationship}",
        f"Return a page of them. {COLLECTION}",
    ),
    "member": OperationText(
        "getOneOf{Type}{Relationship}",
        "Get one of {a_type}'s {relationship}",
        "The response is 404 if the two resources are not related.",
    ),
    "linkage to one": OperationText(
        "get{Type}{Relationship}Identifier",
        "Get the identifier of {a_type}'s {relationship}",
        "Only `type` and `id` are returned. `data` is null if there is none.",
    ),
    "linkage to many": OperationText(
        "list{Type}{Relationship}Identifiers",
        "List the identifiers of {a_type}'s {relationship}",
        f"{IDENTIFIERS} {COLLECTION}",
    ),
    "add_linkage": OperationText(
        "addTo{Type}{Relationship}",
        "Add to {a_type}'s {relationship}",
        "Resources that are already in the list keep their place.",
    ),
    "replace_linkage to one": OperationText(
        "set{Type}{Relationship}",
        "Set {a_type}'s {relationship}",
        "If `data` is null, the {type} has none afterwards.",
    ),
    "replace_linkage to many": OperationText(
        "replace{Type}{Relationship}",
        "Replace {a_type}'s {relationship}",
        "Send the whole list. Resources that it lacks are unlinked, but not deleted.",
    ),
}
REPLACEMENT_REFUSED = (
    "A list of related resources can't be replaced (403). Add to it at its own URL."
)

OPERATIONS = OperationText(
    "run{Prefix}Operations",
    "Run several operations in one transaction",
    "Run up to 100 operations of JSON:API's extension "
    "[Atomic Operations](https://jsonapi.org/ext/atomic/) in their order. If one "
    "fails, none is carried out, and the `pointer` of the error begins with its "
    "position, such as `/atomic:operations/2`.\n\n"
    "`add` creates a resource or adds to a to-many relationship, `update` changes a "
    "resource or replaces a relationship, and `remove` deletes a resource. `ref` or "
    "`href` names the target, unless `data` does. A new resource can have a local ID "
    "(`lid`), which later operations use in place of its `id`.\n\n"
    "Each operation needs the permissions of the request that does the same. The "
    "response has one result for each operation, or no body (204) if no operation "
    "creates a resource.",
)
