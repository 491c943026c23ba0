"""The media type: what may be sent, what is answered, and to whom."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from django.http.request import MediaType
from rest_framework import renderers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request

from common.http.json import MalformedJSON, StrictJSONParser
from common.http.json import default as drawn
from common.http.json import loads as strict_loads
from dialects.base import Dialect
from dialects.restless.errors import JSONAPIError, errors_document

MEDIA_TYPE = "application/vnd.api+json"
ATOMIC = "https://jsonapi.org/ext/atomic"
ONLY_MEDIA_TYPE = (
    f"Accept header, if specified, must be the JSON API media type: {MEDIA_TYPE}"
)
ONLY_PARAMETERS = (
    "Accept header contained JSON API content type, but each instance occurred with "
    "media type parameters; at least one instance must appear without parameters "
    "(the part after the semicolon)"
)
WRONG_CONTENT_TYPE = f'Request must have "Content-Type: {MEDIA_TYPE}" header'
CONTENT_PARAMETERS = (
    "Content-Type header must not have any media type parameters but found {found}"
)
NO_EXTENSION = 'Content-Type must name the extension: ext="{extension}"'
MAX_HEADER = 8192


ENCODER = json.JSONEncoder(sort_keys=True, default=drawn)


class RestlessRenderer(renderers.BaseRenderer):
    """Sorted keys and Python's own separators, byte for byte as Flask-Restless."""

    media_type = MEDIA_TYPE
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        # Only the browsable pages ask for an indent.
        indent = (renderer_context or {}).get("indent")
        if indent is None:
            return ENCODER.encode(data).encode()
        text = json.dumps(data, sort_keys=True, indent=indent, default=drawn)
        return text.encode()


class RestlessParser(StrictJSONParser):
    media_type = MEDIA_TYPE
    # The browsable pages' raw form starts empty: a serializer is no document.
    renderer_class = None  # type: ignore[assignment]

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            return strict_loads(stream.read())
        except MalformedJSON as exc:
            raise malformed() from exc


def malformed() -> JSONAPIError:
    return JSONAPIError(400, "malformed_json", "Unable to decode data")


class RestlessNegotiation(BaseContentNegotiation):
    """JSON:API for whoever names it, or anything; a page for a browser; else 406."""

    extension = ""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[Any, str]:
        header = request.META.get("HTTP_ACCEPT", "")
        chosen = renderers[place_of(header, self.extension)]
        return chosen, chosen.media_type


def place_of(header: str, extension: str) -> int:
    """Which of the renderers an `Accept` header asks for: the first, or the last."""
    ranges = media_ranges(header)
    named = ranges.get(MEDIA_TYPE, [])
    plain = [found for found in named if not foreign_parameters(found, extension, "q")]
    if named and not plain:
        raise JSONAPIError(406, "not_acceptable", ONLY_PARAMETERS, header="Accept")
    anything = ranges.get("*/*", []) + ranges.get("application/*", [])
    html = weight(ranges.get("text/html", []))
    if html > weight(plain or anything):
        return -1
    if weight(plain or anything) or not header.strip():
        return 0
    raise JSONAPIError(406, "not_acceptable", ONLY_MEDIA_TYPE, header="Accept")


def media_ranges(header: str) -> dict[str, list[MediaType]]:
    """The ranges of an `Accept` header by their type; none when it is malformed."""
    found: dict[str, list[MediaType]] = {}
    if len(header) > MAX_HEADER:
        return found
    for token in header.split(","):
        media_type = media_type_of(token)
        name = f"{media_type.main_type}/{media_type.sub_type}"
        found.setdefault(name, []).append(media_type)
    return found


def media_type_of(text: str) -> MediaType:
    try:
        return MediaType(text)
    except ValueError:
        return MediaType("")


def weight(ranges: list[MediaType]) -> float:
    return max((found.quality for found in ranges), default=0)


def foreign_parameters(
    media_type: MediaType, extension: str, *known: str
) -> dict[str, str]:
    """The parameters that are not understood; `profile` may always be ignored."""
    params = {name: str(value) for name, value in media_type.params.items()}
    if set(params.get("ext", "").split()) == {extension}:
        known = (*known, "ext")
    known = (*known, "profile")
    return {name: value for name, value in params.items() if name not in known}


def accepts_profile(request: Request, profile: str) -> bool:
    """Whether `Accept` names the profile, by either scheme."""
    named = {
        name.removesuffix("/").replace("http://", "https://", 1)
        for found in media_ranges(request.META.get("HTTP_ACCEPT", "")).get(
            MEDIA_TYPE, []
        )
        for name in str(found.params.get("profile", "")).split()
    }
    return profile in named


def check_content_type(request: Request, extension: str) -> None:
    header = request.content_type or ""
    media_type = media_type_of(header[:MAX_HEADER])
    if f"{media_type.main_type}/{media_type.sub_type}" != MEDIA_TYPE:
        raise wrong_content_type(WRONG_CONTENT_TYPE)
    if found := foreign_parameters(media_type, extension):
        raise wrong_content_type(CONTENT_PARAMETERS.format(found=found))
    if extension and "ext" not in media_type.params:
        raise wrong_content_type(NO_EXTENSION.format(extension=extension))


def wrong_content_type(detail: str) -> JSONAPIError:
    return JSONAPIError(415, "unsupported_media_type", detail, header="Content-Type")


class RestlessDialect(Dialect):
    renderer_classes = [RestlessRenderer, renderers.BrowsableAPIRenderer]
    parser_classes = [RestlessParser]
    content_negotiation_class: Any = RestlessNegotiation

    @classmethod
    def draw(cls, problem: Any) -> tuple[int, Any]:
        return problem.status, errors_document(problem)

    def prepare_write(self) -> None:
        """Writes here ask for their conditions last, each in its own transaction."""

    def read_document(self, request: Request) -> Any:
        """The request's body, which must be a JSON:API document."""
        check_content_type(request, self.content_negotiation_class.extension)
        if request.stream is None:
            raise malformed()
        return request.data
