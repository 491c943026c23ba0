"""Texts of the old services. Clients compare them: don't correct them."""

from __future__ import annotations

from dataclasses import dataclass, replace

# Titles of errors by status. Python 3.13 has other phrases for these.
TITLES = {
    413: "Request Entity Too Large",
    414: "Request-URI Too Long",
    422: "Unprocessable Entity",
}

# Content negotiation
ACCEPT_JSON_API = (
    "Accept header, if specified, must be the JSON API media type: "
    "application/vnd.api+json"
)
ACCEPT_WITHOUT_PARAMETERS = (
    "Accept header contained JSON API content type, but each instance occurred with "
    "media type parameters; at least one instance must appear without parameters "
    "(the part after the semicolon)"
)
SEND_JSON_API = 'Request must have "Content-Type: application/vnd.api+json" header'
SEND_WITHOUT_PARAMETERS = (
    "Content-Type header must not have any media type parameters but found {parameters}"
)
MALFORMED_JSON = "Unable to decode data"

# URLs: by method, where no row has the ID
NO_RESOURCE = {
    "GET": "No resource with ID {id}",
    "DELETE": "No resource found with ID {id}",
    "PATCH": "No instance with ID {id} in model {type}",
    "POST": "No instance with ID {id} in model {type}",
}
NO_RELATIONSHIP = "No such relation: {name}"
NO_RELATED_RESOURCE = "No related resource with ID {id}"
RELATED_ID_OF_TO_ONE = "Cannot access a related resource by ID from a to-one relation"

# Query parameters
MALFORMED_FILTER = "Unable to decode filter objects as JSON list"
UNKNOWN_FILTER_FIELD = 'Invalid filter object: No such field "{name}"'
INVALID_FILTER = "Unable to construct query"
UNKNOWN_SORT_FIELD = "Invalid sorting: No such field {name}"
PAGE_SIZE_TOO_LARGE = "Page size must not exceed the server's maximum: {maximum}"

# Writes
WRONG_TYPE = "Type must be {expected}, not {actual}"
WRONG_ID = "ID must be {expected}, not {actual}"
NO_TARGET = "No object of type {type} found with ID {id}"
NULL_FOR_TO_MANY = "Cannot set null value on a to-many relationship"
TO_MANY_REPLACEMENT = "Not allowed to replace a to-many relationship"
TO_MANY_REMOVAL = "Not allowed to delete from a to-many relationship"

# New resources
DESERIALIZING = "Failed to deserialize object: "
NEW_WITHOUT_DATA = DESERIALIZING + 'missing "data" element'
NEW_WITHOUT_TYPE = DESERIALIZING + 'missing "type" element'
NEW_OF_WRONG_TYPE = DESERIALIZING + 'expected type "{expected}" but got type "{actual}"'
CLIENT_ID = DESERIALIZING + "Server does not allow client-generated IDS"


@dataclass(frozen=True)
class DocumentMessages:
    """The texts about one kind of request document."""

    unknown_attribute: str
    unknown_relationship: str
    no_linkage: str
    no_type: str
    no_id: str


IN_LINKAGE = 'element in linkage object for relationship "{name}"'
NEW_RESOURCE = DocumentMessages(
    unknown_attribute=DESERIALIZING + 'model has no attribute "{name}"',
    unknown_relationship=DESERIALIZING + 'model has no relationship "{name}"',
    no_linkage=f'{DESERIALIZING}missing "data" {IN_LINKAGE}',
    no_type=f'{DESERIALIZING}missing "type" {IN_LINKAGE}',
    no_id=f'{DESERIALIZING}missing "id" {IN_LINKAGE}',
)
UPDATE = DocumentMessages(
    unknown_attribute="Model does not have field '{name}'",
    unknown_relationship="Model does not have relationship '{name}'",
    no_linkage='relationship "{name}" is missing resource linkage',
    no_type="Must specify correct data type",
    no_id="Must specify resource ID",
)
LINKAGE_UPDATE = replace(UPDATE, no_id="Must specify resource ID or IDs")
