"""Names that the operations of one request give to resources that have no id yet."""

from __future__ import annotations

from typing import Any

from dialects.restless.bodies import bad, step


class LocalIds:
    def __init__(self) -> None:
        self.ids: dict[tuple[str, str], str] = {}

    def resolve(self, operation: dict[str, Any]) -> dict[str, Any]:
        """The operation with an id in place of each local id that it refers to."""
        found = dict(operation)
        if "ref" in found:
            found["ref"] = self.identify(found["ref"], "/ref")
        if "data" not in found:
            return found
        if not is_new(operation):
            found["data"] = self.identify(found["data"], "/data")
        if isinstance(found["data"], dict):
            found["data"] = self.link(found["data"])
        return found

    def link(self, data: dict[str, Any]) -> dict[str, Any]:
        relationships = data.get("relationships")
        if not isinstance(relationships, dict):
            return data
        found = {
            name: self.link_one(value, f"/data/relationships/{step(name)}")
            for name, value in relationships.items()
        }
        return data | {"relationships": found}

    def link_one(self, value: Any, pointer: str) -> Any:
        if not isinstance(value, dict) or "data" not in value:
            return value
        return value | {"data": self.identify(value["data"], f"{pointer}/data")}

    def identify(self, value: Any, pointer: str) -> Any:
        """An identifier, or a list of them, with ids."""
        if isinstance(value, list):
            places = enumerate(value)
            return [self.identify(entry, f"{pointer}/{n}") for n, entry in places]
        if not isinstance(value, dict) or "lid" not in value:
            return value
        if "id" in value:
            raise bad('"id" does not go with "lid" here', pointer)
        if (pk := self.ids.get(key_of(value, pointer))) is None:
            detail = f'No {value["type"]} was added before as "{value["lid"]}"'
            raise bad(detail, f"{pointer}/lid", "unknown_lid")
        return value | {"id": pk}

    def check_new(self, operation: dict[str, Any]) -> None:
        data = operation.get("data")
        if not is_new(operation) or not isinstance(data, dict) or "lid" not in data:
            return
        if key_of(data, "/data") in self.ids:
            detail = f'A {data["type"]} was added before as "{data["lid"]}"'
            raise bad(detail, "/data/lid", "duplicate_lid")

    def define(self, data: dict[str, Any], pk: str) -> None:
        if "lid" in data:
            self.ids[key_of(data, "/data")] = pk


def is_new(operation: dict[str, Any]) -> bool:
    """Whether the operation's data are a resource that it adds."""
    return operation["op"] == "add" and isinstance(operation.get("data"), dict)


def key_of(value: dict[str, Any], pointer: str) -> tuple[str, str]:
    lid, kind = value["lid"], value.get("type")
    if not isinstance(lid, str) or not lid:
        raise bad('"lid" must be a text', f"{pointer}/lid")
    if not isinstance(kind, str):
        raise bad("Must specify correct data type", pointer)
    return kind, lid
