"""Request documents, read into what they ask for; what is wrong is said as
Flask-Restless says it, in other words for a new resource than for a change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError

from dialects.restless.errors import JSONAPIError, did_you_mean
from dialects.restless.resources import Relationship, ResourceType

# More would not fit in one statement of every database.
MAX_IDENTIFIERS = 10_000


@dataclass(frozen=True)
class Link:
    """A relationship to be set: the ids, each with its place in the document."""

    relation: Relationship
    ids: dict[str, str]


@dataclass(frozen=True)
class Payload:
    attributes: dict[str, Any]
    links: list[Link]
    id: str | None = None


@dataclass(frozen=True)
class Wording:
    no_attribute: str
    no_relationship: str
    no_linkage: str
    no_type: str
    no_id: str


PREFIX = "Failed to deserialize object: "
IN_LINKAGE = 'element in linkage object for relationship "{name}"'
CREATING = Wording(
    no_attribute=PREFIX + 'model has no attribute "{name}"',
    no_relationship=PREFIX + 'model has no relationship "{name}"',
    no_linkage=f'{PREFIX}missing "data" {IN_LINKAGE}',
    no_type=f'{PREFIX}missing "type" {IN_LINKAGE}',
    no_id=f'{PREFIX}missing "id" {IN_LINKAGE}',
)
CHANGING = Wording(
    no_attribute="Model does not have field '{name}'",
    no_relationship="Model does not have relationship '{name}'",
    no_linkage='relationship "{name}" is missing resource linkage',
    no_type="Must specify correct data type",
    no_id="Must specify resource ID",
)
LINKING = replace(CHANGING, no_id="Must specify resource ID or IDs")


def read_new(resource: ResourceType, body: Any) -> Payload:
    """The document of a POST to a collection."""
    if not isinstance(body, dict) or "data" not in body:
        raise bad(PREFIX + 'missing "data" element', "")
    data = resource_object(body["data"])
    if "type" not in data:
        raise bad(PREFIX + 'missing "type" element', "/data")
    if data["type"] != resource.name:
        detail = f'expected type "{resource.name}" but got type "{data["type"]}"'
        raise wrong_type(PREFIX + detail, "/data/type")
    pk = new_id(resource, data["id"]) if "id" in data else None
    return read_members(resource, data, CREATING, pk)


def read_change(resource: ResourceType, pk: str, body: Any) -> Payload:
    """The document of a PATCH of the resource with this id."""
    data = resource_object(body.get("data", {}) if isinstance(body, dict) else {})
    if "type" not in data:
        raise bad(CHANGING.no_type, "/data")
    if "id" not in data:
        raise bad(CHANGING.no_id, "/data")
    if data["type"] != resource.name:
        raise wrong_type(
            f"Type must be {resource.name}, not {data['type']}", "/data/type"
        )
    if data["id"] != pk:
        detail = f"ID must be {pk}, not {data['id']}"
        raise JSONAPIError(409, "wrong_id", detail, pointer="/data/id")
    return read_members(resource, data, CHANGING)


def read_linkage(relation: Relationship, body: Any) -> Link:
    """The document sent to a relationship's URL."""
    return read_link(relation, body, LINKING, "")


def read_members(
    resource: ResourceType, data: Any, wording: Wording, pk: str | None = None
) -> Payload:
    attributes: dict[str, Any] = {}
    links: dict[str, Link] = {}
    for name, value in member(data, "attributes").items():
        if relation := resource.foreign_keys.get(name):
            links[relation.name] = read_foreign_key(relation, name, value)
        elif name in resource.attributes:
            attributes[name] = value
        else:
            raise unknown(wording.no_attribute, "attribute", name, resource.attributes)
    for name, value in member(data, "relationships").items():
        relation = resource.relationships.get(name)
        if relation is None:
            known = resource.relationships
            raise unknown(wording.no_relationship, "relationship", name, known)
        links[name] = read_link(relation, value, wording, f"/data/relationships/{name}")
    return Payload(attributes, list(links.values()), pk)


def unknown(template: str, kind: str, name: str, known: Iterable[str]) -> JSONAPIError:
    detail, pointer = template.format(name=name), f"/data/{kind}s/{step(name)}"
    return bad(detail, pointer, f"unknown_{kind}", **did_you_mean(name, known))


def step(name: str) -> str:
    """The name as one step of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def member(data: dict[str, Any], name: str) -> dict[str, Any]:
    found = data.get(name, {})
    if not isinstance(found, dict):
        raise bad(f'"{name}" must be an object', f"/data/{name}")
    return found


def resource_object(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise bad('"data" must be a resource object', "/data")
    return data


def new_id(resource: ResourceType, value: Any) -> str:
    """The id that a client chose, checked as the model's key."""
    if (text := text_of(value)) is None:
        raise bad('"id" must be a text', "/data/id")
    try:
        return str(resource.model._meta.pk.clean(text, None))
    except ValidationError as exc:
        raise bad(" ".join(exc.messages), "/data/id") from exc


def read_foreign_key(relation: Relationship, name: str, value: Any) -> Link:
    pointer = f"/data/attributes/{name}"
    if value is None:
        return Link(relation, {})
    if (text := text_of(value)) is None:
        raise bad(f"{name}: an id is expected", pointer)
    return Link(relation, {text: pointer})


def read_link(
    relation: Relationship, value: Any, wording: Wording, pointer: str
) -> Link:
    if not isinstance(value, dict) or "data" not in value:
        raise bad(wording.no_linkage.format(name=relation.name), pointer)
    ids: dict[str, str] = {}
    for place, entry in entries(relation, value["data"], f"{pointer}/data"):
        ids.setdefault(read_identifier(relation, entry, wording, place), place)
    return Link(relation, ids)


def entries(
    relation: Relationship, data: Any, pointer: str
) -> Iterator[tuple[str, Any]]:
    """The identifiers of a linkage, each with its place."""
    if not relation.is_to_many:
        return iter([] if data is None else [(pointer, data)])
    if data is None:
        raise bad("Cannot set null value on a to-many relationship", pointer)
    if not isinstance(data, list):
        raise bad(f'relationship "{relation.name}" takes a list', pointer)
    if len(data) > MAX_IDENTIFIERS:
        raise bad(f"At most {MAX_IDENTIFIERS} identifiers fit in one list", pointer)
    return ((f"{pointer}/{place}", entry) for place, entry in enumerate(data))


def read_identifier(
    relation: Relationship, entry: Any, wording: Wording, pointer: str
) -> str:
    if not isinstance(entry, dict):
        detail = f'relationship "{relation.name}" takes resource identifiers'
        raise bad(detail, pointer)
    if "type" not in entry:
        raise bad(wording.no_type.format(name=relation.name), pointer)
    if (pk := text_of(entry.get("id"))) is None:
        raise bad(wording.no_id.format(name=relation.name), pointer)
    if entry["type"] != relation.type:
        detail = f"Type must be {relation.type}, not {entry['type']}"
        raise wrong_type(detail, f"{pointer}/type")
    return pk


def text_of(value: Any) -> str | None:
    """An id as text; numbers are taken as well."""
    if isinstance(value, str):
        return value
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_number else None


def bad(
    detail: str, pointer: str, code: str = "bad_document", **members: Any
) -> JSONAPIError:
    return JSONAPIError(400, code, detail, pointer=pointer, **members)


def wrong_type(detail: str, pointer: str) -> JSONAPIError:
    return JSONAPIError(409, "wrong_type", detail, pointer=pointer)
