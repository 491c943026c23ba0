"""URLs whose suffix names the media type, such as `/invoices/1.pdf`."""

from __future__ import annotations

from collections.abc import Iterable

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class SuffixNegotiation(DefaultContentNegotiation):
    """The URL determines the media type; `Accept` only selects that of errors.

    So no `Accept` is refused, and the OpenAPI document has no 406 for these URLs.
    """

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str | None]:
        try:
            renderer, media_type = super().select_renderer(
                request, renderers, format_suffix
            )
        except NotAcceptable:
            renderer = next(iter(renderers))
            media_type = renderer.media_type
        return renderer, media_type
