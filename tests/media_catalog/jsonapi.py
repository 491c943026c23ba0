"""A JSON:API client for the tests, and short names for what it sends."""

from __future__ import annotations

import json
from typing import Any

from rest_framework.test import APIClient

from media_catalog.models import PlaylistVideo

MEDIA_TYPE = "application/vnd.api+json"


class JsonApi:
    def __init__(self, client: APIClient) -> None:
        self.client = client

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        if body is not None:
            raw = body if isinstance(body, (bytes, str)) else json.dumps(body)
            options = {"data": raw, "content_type": MEDIA_TYPE} | options
        headers = {"accept": MEDIA_TYPE} | options.pop("headers", {})
        return getattr(self.client, method)(path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> Any:
        return self.send("get", path, **options)

    def post(self, path: str, body: Any, **options: Any) -> Any:
        return self.send("post", path, body, **options)

    def patch(self, path: str, body: Any, **options: Any) -> Any:
        return self.send("patch", path, body, **options)

    def delete(self, path: str, body: Any = None, **options: Any) -> Any:
        return self.send("delete", path, body, **options)


def link_videos(playlist: str, *videos: str) -> None:
    """Link a playlist to videos in this order, which `playlist.videos.set()` loses."""
    PlaylistVideo.objects.bulk_create(
        PlaylistVideo(playlist_id=playlist, video_id=video) for video in videos
    )


def identifier(kind: str, pk: Any) -> dict[str, Any]:
    return {"type": kind, "id": pk}


def linkage(kind: str, *pks: str) -> dict[str, Any]:
    """A to-many linkage document."""
    return {"data": [identifier(kind, pk) for pk in pks]}


def resource(kind: str, pk: Any = None, **members: Any) -> dict[str, Any]:
    key = {} if pk is None else {"id": pk}
    return {"data": {"type": kind, **key, **members}}


def details(response: Any) -> list[str]:
    return [error["detail"] for error in response.json()["errors"]]


def ids(response: Any) -> list[str]:
    return [resource["id"] for resource in response.json()["data"]]
