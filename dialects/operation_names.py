"""Operation ids and summaries, from the action and the resource's verbose name."""

from __future__ import annotations

from typing import NamedTuple

# DRF's actions: the verb of the operation id, and the summary.
VERBS = {
    "list": "list",
    "create": "create",
    "retrieve": "get",
    "update": "replace",
    "partial_update": "update",
    "destroy": "delete",
}


class ResourceName(NamedTuple):
    """The name of a resource, such as "bucket list" and "bucket lists"."""

    singular: str
    plural: str


def operation_id(action: str, resource: ResourceName) -> str:
    """Return such as `listBooks`, `createBook`, `cancelJob`."""
    noun = resource.plural if action == "list" else resource.singular
    return camel_case(f"{verb_of(action)} {noun}")


def summary(action: str, resource: ResourceName) -> str:
    """Return such as "List books", "Create a book", "Cancel a job"."""
    if action == "list":
        return f"List {resource.plural}"
    return f"{verb_of(action).capitalize()} {with_article(resource.singular)}"


def verb_of(action: str) -> str:
    return VERBS.get(action, action.replace("_", " "))


def with_article(noun: str) -> str:
    article = "an" if noun[:1].lower() in "aeio" else "a"
    return f"{article} {noun}"


def camel_case(words: str) -> str:
    first, *others = words.replace("-", " ").replace("_", " ").split()
    return first.lower() + "".join(word[:1].upper() + word[1:] for word in others)
