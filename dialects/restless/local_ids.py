"""Local ids, which the operations of one request give to resources without an id."""

from __future__ import annotations

from dialects.restless.errors import JSONObject
from dialects.restless.old_texts import UPDATE
from dialects.restless.parsers import document_error, escape_pointer


class LocalIds:
    """The ids of the resources that were added so far, by type and `lid`."""

    def __init__(self) -> None:
        self.ids: dict[tuple[str, str], str] = {}

    def resolve(self, operation: JSONObject) -> JSONObject:
        """Return the operation with ids in place of the local ids it refers to."""
        resolved = dict(operation)
        if "ref" in resolved:
            resolved["ref"] = self.resolve_identifiers(resolved["ref"], "/ref")
        if "data" not in resolved:
            return resolved
        data = resolved["data"]
        if not adds_resource(operation):
            data = self.resolve_identifiers(data, "/data")
        if isinstance(data, dict):
            data = self.resolve_relationships(data)
        return resolved | {"data": data}

    def resolve_relationships(self, data: JSONObject) -> JSONObject:
        relationships = data.get("relationships")
        if not isinstance(relationships, dict):
            return data
        resolved = {
            name: self.resolve_relationship(name, value)
            for name, value in relationships.items()
        }
        return data | {"relationships": resolved}

    def resolve_relationship(self, name: str, value: object) -> object:
        if not isinstance(value, dict) or "data" not in value:
            return value
        pointer = f"/data/relationships/{escape_pointer(name)}/data"
        return value | {"data": self.resolve_identifiers(value["data"], pointer)}

    def resolve_identifiers(self, value: object, pointer: str) -> object:
        """Return a resource identifier, or a list of them, with ids."""
        if isinstance(value, list):
            return [
                self.resolve_identifiers(item, f"{pointer}/{index}")
                for index, item in enumerate(value)
            ]
        if not isinstance(value, dict) or "lid" not in value:
            return value
        if "id" in value:
            raise document_error('"id" can\'t be combined with "lid".', pointer)
        if (pk := self.ids.get(local_id(value, pointer))) is None:
            detail = f'No earlier operation adds a {value["type"]} "{value["lid"]}".'
            raise document_error(detail, f"{pointer}/lid", "unknown_lid")
        return value | {"id": pk}

    def check_unused(self, operation: JSONObject) -> None:
        """Raise 400 if the operation adds a resource with a `lid` that is in use."""
        data = operation.get("data")
        if not adds_resource(operation) or not isinstance(data, dict):
            return
        if "lid" in data and local_id(data, "/data") in self.ids:
            detail = f'An earlier operation adds a {data["type"]} "{data["lid"]}".'
            raise document_error(detail, "/data/lid", "duplicate_lid")

    def define(self, operation: JSONObject, pk: str) -> None:
        """Remember the id of the resource that the operation has added."""
        data = operation.get("data")
        if isinstance(data, dict) and "lid" in data:
            self.ids[local_id(data, "/data")] = pk


def adds_resource(operation: JSONObject) -> bool:
    return operation["op"] == "add" and isinstance(operation.get("data"), dict)


def local_id(value: JSONObject, pointer: str) -> tuple[str, str]:
    """Return the type and `lid` of a resource identifier. Raise 400 if malformed."""
    lid, type_name = value["lid"], value.get("type")
    if not isinstance(lid, str) or not lid:
        raise document_error('"lid" must be a non-empty string.', f"{pointer}/lid")
    if not isinstance(type_name, str):
        raise document_error(UPDATE.no_type, pointer)
    return type_name, lid
