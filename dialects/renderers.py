"""How an answer is written, and how that is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from django.http import HttpRequest
from rest_framework import renderers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

from common import json
from common.remembered import remembered

LONGEST_ACCEPT = 200


class CompactRenderer(renderers.JSONRenderer):
    """DRF's renderer, by a faster writer wherever that can write the answer."""

    encoder_class = json.Encoder

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        # The browsable pages, and clients that ask for it, get an indent.
        is_indented = ";" in (accepted_media_type or "") or (
            renderer_context and "indent" in renderer_context
        )
        if data is not None and not is_indented:
            try:
                return json.dumps(data)
            except TypeError:
                pass
        body: bytes = super().render(data, accepted_media_type, renderer_context)
        return body


class KeptNegotiation(DefaultContentNegotiation):
    """DRF's choices, made once for each `Accept`, and for each `Content-Type`."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        kinds = tuple(map(type, parsers))
        place = understood(request.content_type or "", kinds)
        return None if place is None else parsers[place]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> Any:
        accept = request.META.get("HTTP_ACCEPT", "*/*")
        kinds = tuple(map(type, renderers))
        place, media_type = chosen(accept, kinds, format_suffix)
        return renderers[place], media_type


@remembered(most=1000, longest=LONGEST_ACCEPT)
def understood(content_type: str, kinds: tuple[type, ...]) -> int | None:
    """Which of these parsers reads a body of that type."""
    found = [kind() for kind in kinds]
    asked: Any = SimpleNamespace(content_type=content_type)
    parser = DefaultContentNegotiation().select_parser(asked, found)
    return found.index(parser) if parser else None


@remembered(most=1000, longest=LONGEST_ACCEPT)
def chosen(accept: str, kinds: tuple[type, ...], suffix: str | None) -> tuple[int, str]:
    """Which of these renderers, and the media type that it is to write."""
    found = [kind() for kind in kinds]
    asked = HttpRequest()
    asked.META["HTTP_ACCEPT"] = accept
    choice = DefaultContentNegotiation().select_renderer(Request(asked), found, suffix)
    renderer, media_type = choice
    return found.index(renderer), media_type
