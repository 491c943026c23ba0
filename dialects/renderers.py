"""How an answer is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import renderers

from common.http import json


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
