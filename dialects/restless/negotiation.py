"""Content negotiation for `application/vnd.api+json`, and its renderer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from django.http.request import MediaType
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from common.http.strict_json import default
from dialects.restless import old_texts
from dialects.restless.errors import JSONAPIError

MEDIA_TYPE = "application/vnd.api+json"
ATOMIC_EXTENSION = "https://jsonapi.org/ext/atomic"
MAX_HEADER_LENGTH = 8192

encoder = json.JSONEncoder(sort_keys=True, default=default)


class RestlessRenderer(BaseRenderer):
    """JSON with sorted keys and Python's default separators, as in Flask-Restless."""

    media_type = MEDIA_TYPE
    format = "json"
    charset = None

    def render(
        self,
        data: object,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, object] | None = None,
    ) -> bytes:
        # Only the browsable API sets an indent.
        indent = (renderer_context or {}).get("indent")
        if not isinstance(indent, int):
            return encoder.encode(data).encode()
        text = json.dumps(data, sort_keys=True, indent=indent, default=default)
        return text.encode()


class RestlessNegotiation(BaseContentNegotiation):
    """Choice of JSON:API or, for browsers, the browsable API by `Accept`; or 406.

    The JSON:API renderer is the first of the view's renderers, the browsable API the
    last one.
    """

    extension = ""

    def select_parser(
        self, request: Request, parsers: Iterable[BaseParser]
    ) -> BaseParser:
        return next(iter(parsers))

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        accept = request.META.get("HTTP_ACCEPT", "")
        is_html = prefers_html(accept, self.extension)
        renderer = list(renderers)[-1 if is_html else 0]
        return renderer, renderer.media_type


def prefers_html(accept: str, extension: str) -> bool:
    """Return whether `Accept` prefers HTML to JSON:API. Raise 406 if it allows none."""
    ranges = media_ranges(accept)
    json_api = ranges.get(MEDIA_TYPE, [])
    supported = [
        media_range
        for media_range in json_api
        if not unsupported_parameters(media_range, extension, "q")
    ]
    if json_api and not supported:
        raise not_acceptable_error(old_texts.ACCEPT_WITHOUT_PARAMETERS)
    wildcards = ranges.get("*/*", []) + ranges.get("application/*", [])
    quality = max_quality(supported or wildcards)
    if max_quality(ranges.get("text/html", [])) > quality:
        return True
    if accept.strip() and not quality:
        raise not_acceptable_error(old_texts.ACCEPT_JSON_API)
    return False


def not_acceptable_error(detail: str) -> JSONAPIError:
    return JSONAPIError(406, "not_acceptable", detail, header="Accept")


def media_ranges(accept: str) -> dict[str, list[MediaType]]:
    """Return the media ranges of `Accept` by their type."""
    ranges: dict[str, list[MediaType]] = {}
    if len(accept) > MAX_HEADER_LENGTH:
        return ranges
    for text in accept.split(","):
        media_range = parse_media_type(text)
        ranges.setdefault(full_type(media_range), []).append(media_range)
    return ranges


def parse_media_type(text: str) -> MediaType:
    try:
        return MediaType(text)
    except ValueError:
        return MediaType("")


def full_type(media_type: MediaType) -> str:
    return f"{media_type.main_type}/{media_type.sub_type}"


def max_quality(ranges: list[MediaType]) -> float:
    return max((media_range.quality for media_range in ranges), default=0)


def unsupported_parameters(
    media_type: MediaType, extension: str, *supported: str
) -> dict[str, str]:
    """Return the parameters that JSON:API lets a server refuse; never `profile`."""
    params = {name: str(value) for name, value in media_type.params.items()}
    names = {"profile", *supported}
    if set(params.get("ext", "").split()) == {extension}:
        names.add("ext")
    return {name: value for name, value in params.items() if name not in names}


def accepts_profile(request: Request, profile: str) -> bool:
    """Return whether `Accept` names the profile, with `http:` or `https:`."""
    ranges = media_ranges(request.META.get("HTTP_ACCEPT", ""))
    profiles = {
        uri.removesuffix("/").replace("http://", "https://", 1)
        for media_range in ranges.get(MEDIA_TYPE, [])
        for uri in str(media_range.params.get("profile", "")).split()
    }
    return profile in profiles


def check_content_type(request: Request, extension: str) -> None:
    """Raise 415 unless the body is JSON:API, with the extension if there is one."""
    media_type = parse_media_type((request.content_type or "")[:MAX_HEADER_LENGTH])
    if full_type(media_type) != MEDIA_TYPE:
        raise unsupported_media_type_error(old_texts.SEND_JSON_API)
    if parameters := unsupported_parameters(media_type, extension):
        detail = old_texts.SEND_WITHOUT_PARAMETERS.format(parameters=parameters)
        raise unsupported_media_type_error(detail)
    if extension and "ext" not in media_type.params:
        detail = f'Content-Type must have the parameter ext="{extension}".'
        raise unsupported_media_type_error(detail)


def unsupported_media_type_error(detail: str) -> JSONAPIError:
    return JSONAPIError(415, "unsupported_media_type", detail, header="Content-Type")
