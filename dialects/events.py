"""Server-Sent Events: a response that sends events until it ends.

    retry: 1000

    id: 9f2c…
    event: job
    data: {"id": 1, …}

    :

The line with the colon alone is a heartbeat. Browsers read events by `EventSource`. It
reconnects when the response ends, and sends the last ID in `Last-Event-ID`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import StreamingHttpResponse
from rest_framework.renderers import JSONRenderer

EVENT_STREAM = "text/event-stream"
HEARTBEAT = b":\n\n"


class EventStreamRenderer(JSONRenderer):
    """Renderer that allows `text/event-stream` in `Accept`, and renders errors."""

    media_type = EVENT_STREAM
    format = "events"

    def render(
        self,
        data: object,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        if renderer_context:
            response = renderer_context["response"]
            response.headers["Content-Type"] = JSONRenderer.media_type
        return super().render(data, accepted_media_type, renderer_context)


def event_stream_response(chunks: Iterable[bytes]) -> StreamingHttpResponse:
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(chunks, content_type=EVENT_STREAM, headers=headers)


def format_event(name: str, data: bytes, event_id: str) -> bytes:
    """Return one event; the data are JSON without line breaks."""
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (event_id.encode(), name.encode(), data)


def format_retry(milliseconds: int) -> bytes:
    """Return the time after which the client reconnects."""
    return b"retry: %d\n\n" % milliseconds
