"""Request documents, parsed into what they set.

Flask-Restless has other error texts for a new resource than for an update.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from django.core.exceptions import ValidationError

from common.http.strict_json import MalformedJSON, StrictJSONParser, loads
from dialects.restless import old_texts
from dialects.restless.errors import JSONAPIError, JSONObject, did_you_mean
from dialects.restless.negotiation import MEDIA_TYPE
from dialects.restless.old_texts import DocumentMessages
from dialects.restless.resources import Relationship, ResourceType, parse_key

# More ids don't fit in one statement of every database.
MAX_IDENTIFIERS = 10_000


class RestlessParser(StrictJSONParser):
    media_type = MEDIA_TYPE
    # The raw form of the browsable API starts empty: a serializer is no document.
    renderer_class = None  # type: ignore[assignment]

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, object] | None = None,
    ) -> Any:
        try:
            return loads(stream.read())
        except MalformedJSON as exc:
            raise malformed_json_error() from exc


@dataclass(frozen=True)
class Linkage:
    """The new linkage of a relationship: ids, each with its JSON pointer."""

    relationship: Relationship
    ids: dict[str, str]


@dataclass(frozen=True)
class ResourceData:
    """The members of a resource object that a request sets."""

    attributes: JSONObject
    linkages: list[Linkage]
    id: str | None = None


def parse_new_resource(resource: ResourceType, body: object) -> ResourceData:
    """Parse the document of a POST to a collection."""
    if not isinstance(body, dict) or "data" not in body:
        raise document_error(old_texts.NEW_WITHOUT_DATA, "")
    data = resource_object(body["data"])
    if "type" not in data:
        raise document_error(old_texts.NEW_WITHOUT_TYPE, "/data")
    if data["type"] != resource.name:
        raise type_conflict_error(
            resource.name, data["type"], "/data", old_texts.NEW_OF_WRONG_TYPE
        )
    pk = parse_client_id(resource, data["id"]) if "id" in data else None
    return parse_members(resource, data, old_texts.NEW_RESOURCE, pk)


def parse_update(resource: ResourceType, pk: str, body: object) -> ResourceData:
    """Parse the document of a PATCH of the resource with this id."""
    data = resource_object(body.get("data", {}) if isinstance(body, dict) else {})
    if "type" not in data:
        raise document_error(old_texts.UPDATE.no_type, "/data")
    if "id" not in data:
        raise document_error(old_texts.UPDATE.no_id, "/data")
    if data["type"] != resource.name:
        raise type_conflict_error(resource.name, data["type"], "/data")
    if not is_same_id(resource, parse_id(data["id"]), pk):
        detail = old_texts.WRONG_ID.format(expected=pk, actual=data["id"])
        raise JSONAPIError(409, "wrong_id", detail, pointer="/data/id")
    return parse_members(resource, data, old_texts.UPDATE)


def parse_linkage_document(relationship: Relationship, body: object) -> Linkage:
    """Parse the document sent to a relationship's URL."""
    return parse_linkage(relationship, body, old_texts.LINKAGE_UPDATE, "")


def parse_members(
    resource: ResourceType,
    data: JSONObject,
    texts: DocumentMessages,
    pk: str | None = None,
) -> ResourceData:
    attributes, linkages = parse_attributes(resource, data, texts)
    for name, value in object_member(data, "relationships").items():
        if name not in resource.relationships:
            names, text = resource.relationships, texts.unknown_relationship
            raise unknown_member_error("relationship", name, names, text)
        pointer = f"/data/relationships/{name}"
        relationship = resource.relationships[name]
        linkages[name] = parse_linkage(relationship, value, texts, pointer)
    return ResourceData(attributes, list(linkages.values()), pk)


def parse_attributes(
    resource: ResourceType, data: JSONObject, texts: DocumentMessages
) -> tuple[JSONObject, dict[str, Linkage]]:
    """Return the attributes, and the linkage of those that are foreign keys."""
    attributes: JSONObject = {}
    linkages: dict[str, Linkage] = {}
    for name, value in object_member(data, "attributes").items():
        if relationship := resource.foreign_keys.get(name):
            linkages[relationship.name] = parse_foreign_key(relationship, name, value)
        elif name in resource.attributes:
            attributes[name] = value
        else:
            names, text = resource.attributes, texts.unknown_attribute
            raise unknown_member_error("attribute", name, names, text)
    return attributes, linkages


def parse_client_id(resource: ResourceType, value: object) -> str:
    """Return the id of a new resource, validated as the model's primary key."""
    text = parse_id(value)
    # Clients and proxies resolve such a URL before they send it, also percent-encoded.
    if "/" in text or text in {".", ".."}:
        detail = '"id" can\'t contain "/", nor be "." or "..": no URL can carry it.'
        raise document_error(detail, "/data/id")
    try:
        key = resource.model._meta.pk.clean(text, None)
    except ValidationError as exc:
        raise document_error(" ".join(exc.messages), "/data/id") from exc
    if parse_key(resource.model, text) is None:
        raise document_error(f'"{text}" is not a valid id.', "/data/id")
    return str(key)


def is_same_id(resource: ResourceType, text: str, pk: str) -> bool:
    """Return whether both texts are the same key, such as a UUID in capitals."""
    key = parse_key(resource.model, text)
    return text == pk or (key is not None and key == parse_key(resource.model, pk))


def parse_foreign_key(relationship: Relationship, name: str, value: object) -> Linkage:
    pointer = f"/data/attributes/{name}"
    if value is None:
        return Linkage(relationship, {})
    if (text := id_text(value)) is None:
        raise document_error(f'"{name}" must be an id or null.', pointer)
    return Linkage(relationship, {text: pointer})


def parse_linkage(
    relationship: Relationship, value: object, texts: DocumentMessages, pointer: str
) -> Linkage:
    """Parse a relationship object; `pointer` is its place in the document."""
    if not isinstance(value, dict) or "data" not in value:
        detail = texts.no_linkage.format(name=relationship.name)
        raise document_error(detail, pointer)
    ids: dict[str, str] = {}
    for path, identifier in identifiers(relationship, value["data"], f"{pointer}/data"):
        pk = parse_identifier(relationship, identifier, texts, path)
        ids.setdefault(pk, path)
    return Linkage(relationship, ids)


def identifiers(
    relationship: Relationship, linkage: object, pointer: str
) -> Iterator[tuple[str, object]]:
    """Return the resource identifiers of a linkage, each with its pointer."""
    if not relationship.is_to_many:
        return iter([] if linkage is None else [(pointer, linkage)])
    if linkage is None:
        raise document_error(old_texts.NULL_FOR_TO_MANY, pointer)
    if not isinstance(linkage, list):
        detail = f'The "data" of "{relationship.name}" must be a list.'
        raise document_error(detail, pointer)
    if len(linkage) > MAX_IDENTIFIERS:
        detail = f"At most {MAX_IDENTIFIERS} identifiers are allowed in a list."
        raise document_error(detail, pointer)
    return ((f"{pointer}/{index}", entry) for index, entry in enumerate(linkage))


def parse_identifier(
    relationship: Relationship, entry: object, texts: DocumentMessages, pointer: str
) -> str:
    """Return the id of a resource identifier object."""
    if not isinstance(entry, dict):
        detail = f'"{relationship.name}" must have objects with "type" and "id".'
        raise document_error(detail, pointer)
    if "type" not in entry:
        raise document_error(texts.no_type.format(name=relationship.name), pointer)
    if (pk := id_text(entry.get("id"))) is None:
        raise document_error(texts.no_id.format(name=relationship.name), pointer)
    if entry["type"] != relationship.type:
        raise type_conflict_error(relationship.type, entry["type"], pointer)
    return pk


def object_member(data: JSONObject, name: str) -> JSONObject:
    value = data.get(name, {})
    if not isinstance(value, dict):
        raise document_error(f'"{name}" must be an object.', f"/data/{name}")
    return value


def resource_object(data: object) -> JSONObject:
    if not isinstance(data, dict):
        raise document_error('"data" must be a resource object.', "/data")
    return data


def parse_id(value: object) -> str:
    """Return the `id` of a resource object as a text."""
    if (text := id_text(value)) is None:
        raise document_error('"id" must be a string.', "/data/id")
    return text


def id_text(value: object) -> str | None:
    """Return an id as a text; numbers are allowed as well."""
    if isinstance(value, str):
        return value
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_number else None


def escape_pointer(name: str) -> str:
    """Return the name as one part of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def malformed_json_error() -> JSONAPIError:
    return JSONAPIError(400, "malformed_json", old_texts.MALFORMED_JSON)


def document_error(
    detail: str,
    pointer: str,
    code: str = "bad_document",
    meta: JSONObject | None = None,
) -> JSONAPIError:
    return JSONAPIError(400, code, detail, pointer=pointer, meta=meta)


def unknown_member_error(
    kind: str, name: str, valid_names: Iterable[str], text: str
) -> JSONAPIError:
    pointer = f"/data/{kind}s/{escape_pointer(name)}"
    meta = did_you_mean(name, valid_names)
    return document_error(text.format(name=name), pointer, f"unknown_{kind}", meta)


def type_conflict_error(
    expected: str, actual: object, pointer: str, text: str = old_texts.WRONG_TYPE
) -> JSONAPIError:
    detail = text.format(expected=expected, actual=actual)
    return JSONAPIError(409, "wrong_type", detail, pointer=f"{pointer}/type")
