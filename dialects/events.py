"""Server-Sent Events: an answer that goes on for as long as there is news.

    retry: 1000

    id: 9f2c…
    event: job
    data: {"id": 1, …}

    :

The line with the colon alone is a heartbeat. Browsers read it by `EventSource`, which
comes back after the answer's end, with the last id in `Last-Event-ID`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import StreamingHttpResponse
from rest_framework.renderers import JSONRenderer

EVENT_STREAM = "text/event-stream"
HEARTBEAT = b":\n\n"


class EventStreamRenderer(JSONRenderer):
    """Lets `Accept` name a stream; what it draws are refusals only, as JSON."""

    media_type = EVENT_STREAM
    format = "events"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Any = None,
    ) -> bytes:
        response = renderer_context["response"]
        response.headers["Content-Type"] = JSONRenderer.media_type
        body: bytes = super().render(data, accepted_media_type, renderer_context)
        return body


def stream(chunks: Iterable[bytes]) -> StreamingHttpResponse:
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(chunks, content_type=EVENT_STREAM, headers=headers)


def event(name: str, data: bytes, key: str) -> bytes:
    """One event; its data are JSON, which holds no line break."""
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (key.encode(), name.encode(), data)


def come_back_after(milliseconds: int) -> bytes:
    return b"retry: %d\n\n" % milliseconds
