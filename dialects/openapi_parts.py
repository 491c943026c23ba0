"""Headers and parameters of the OpenAPI document that dialects share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import OpenApiParameter

Schema = dict[str, Any]


def request_header(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=description)


def query_parameter(name: str, schema: Schema, description: str) -> Schema:
    return {"name": name, "in": "query", "schema": schema, "description": description}


IF_MATCH = request_header(
    "If-Match",
    "Entity tags of the row as you know it. If it has changed, the response is 412. "
    "`*` stands for any version.",
)
IF_NONE_MATCH: Schema = {
    "name": "If-None-Match",
    "in": "header",
    "schema": {"type": "string"},
    "description": "Entity tags of responses that you have. If one is still valid, the "
    "response is 304, without a body.",
}
ONLY_NEW = request_header(
    "If-None-Match", "With `*`, the response is 412 if the resource exists."
)
ETAG, REQUEST_ID = "ETag", "X-Request-ID"
# Type and description of each header, the same in all operations.
HEADERS: dict[str, tuple[type, str]] = {
    ETAG: (str, "Entity tag of the response, for `If-Match` and `If-None-Match`."),
    "Link": (str, "URLs of other pages, or of the rest of a list: `<url>; rel=next`."),
    "Location": (
        str,
        "URL of the new resource. If there are several, the URL of their list.",
    ),
    "Retry-After": (int, "Seconds to wait before trying again."),
    "WWW-Authenticate": (str, "The authentication scheme, `Bearer`."),
    REQUEST_ID: (str, "ID of the request in the service's logs."),
    "X-Error-Detail": (str, "Details that the body of the error lacks."),
    "X-Total-Count": (int, "Total number of rows, if you request a page."),
}
HELP_LINK = {
    "Link": {
        "schema": {"type": "string"},
        "description": "URL of help for the error: `<url>; rel=help`.",
        "required": True,
    }
}
# Headers that a response with this status always has.
ALWAYS_SENT = {"Location": 201, "WWW-Authenticate": 401}
# The headers of error responses, apart from X-Request-ID.
ERROR_HEADERS = {
    401: ("WWW-Authenticate",),
    412: (ETAG,),
    429: ("Retry-After",),
    503: ("Retry-After",),
}


def response_header(
    name: str,
    description: str = "",
    header_type: type = str,
    statuses: Sequence[int] = (200,),
) -> OpenApiParameter:
    """Return a header of responses. HEADERS describes those that dialects share."""
    known_type, known_description = HEADERS.get(name, (header_type, ""))
    return OpenApiParameter(
        name,
        known_type,
        OpenApiParameter.HEADER,
        description=description or known_description,
        required=[ALWAYS_SENT.get(name)] == list(statuses),
        response=list(statuses),
    )


def headers(*names: str, required: bool = False) -> Schema:
    """Return the response headers of these names, as the document has them."""
    return {
        name: {
            "schema": {"type": "integer" if HEADERS[name][0] is int else "string"},
            "description": HEADERS[name][1],
        }
        | ({"required": True} if required else {})
        for name in names
    }


LOCATION = response_header("Location", statuses=[201])
