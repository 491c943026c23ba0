"""The notebook that clients of the old service know, step by step.

Bodies and headers are compared with what it prints.
"""

from __future__ import annotations

import json
from datetime import datetime

from media_catalog.models import Creator, Playlist, Video
from tests.media_catalog.jsonapi import MEDIA_TYPE, identifier, linkage, resource
from tests.support.http import OVER_HTTP

pytestmark = OVER_HTTP

USER_1 = "62608ecc-5809-4534-a97e-246185f8e876"
USER_2 = "3d8897cd-af7f-4739-9921-069844277f5d"
VIDEO_1 = "ca585605-67d8-4e77-becc-8afa09a2fd82"
VIDEO_2 = "73cc46c0-5aff-47f4-bc1b-4a5a9d816164"
VIDEO_3 = "4e02748a-21a9-45d7-a0b6-ba41aedfd944"
PLAYLIST_1 = "3e42c410-bf51-4fa2-ab3d-fd19d8ac327a"
PLAYLIST_2 = "18ab3ee2-8f44-45b7-8add-ed4687e43aca"
NOON = "2024-06-02T04:44:04.906714"
LATER = "2024-06-02T04:44:52.987591"
VIDEO_TIME = "2024-06-02T04:45:05.647971"


def stamped(moment: str, **attributes: object) -> dict[str, object]:
    return {"create_at": moment, "update_at": moment, "deleted": 0, **attributes}


def utc(moment: str) -> datetime:
    return datetime.fromisoformat(f"{moment}+00:00")


def assert_created(response, path: str, length: int, body: object) -> None:
    assert response.status_code == 201
    scheme, _, rest = response.headers["Location"].partition("://")
    assert (scheme, rest.partition("/")[2]) == ("http", path.removeprefix("/"))
    assert_document(response, length, body)


def assert_document(response, length: int, body: object) -> None:
    assert response.headers["Content-Type"] == MEDIA_TYPE
    assert response.headers["Content-Length"] == str(length)
    assert response.content.decode() == json.dumps(body, sort_keys=True)


def assert_done(response) -> None:
    assert response.status_code == 204
    assert response.content == b""
    assert response.headers["Content-Type"] == MEDIA_TYPE


def playlist_videos(pk: str) -> set[str]:
    return set(Playlist.objects.get(pk=pk).videos.values_list("pk", flat=True))


def test_the_notebook_runs_unchanged(jsonapi):
    # Create a user
    alice = {
        "data": {
            "attributes": {
                "create_at": NOON,
                "deleted": 0,
                "name": "Alice",
                "update_at": NOON,
            },
            "id": USER_1,
            "relationships": {
                "owned_playlists": {"data": []},
                "owned_videos": {"data": []},
            },
            "type": "user",
        },
        "jsonapi": {"version": "1.0"},
    }
    sent = resource("user", USER_1, attributes=stamped(NOON, name="Alice"))
    response = jsonapi.post("/api/user", sent)
    assert_created(response, f"/api/user/{USER_1}", 318, alice)
    user = Creator.objects.get(pk=USER_1)
    assert (user.name, user.create_at, user.deleted) == ("Alice", utc(NOON), 0)

    # Get user 1
    response = jsonapi.get(f"/api/user/{USER_1}")
    assert response.status_code == 200
    assert_document(response, 318, alice)

    # Update the user 1
    changes = {"name": "Bob", "update_at": LATER}
    response = jsonapi.patch(
        f"/api/user/{USER_1}", resource("user", USER_1, attributes=changes)
    )
    assert_done(response)
    user.refresh_from_db()
    assert (user.name, user.create_at, user.deleted) == ("Bob", utc(NOON), 0)
    assert user.update_at == utc(LATER)

    # Create a video
    attributes = stamped(VIDEO_TIME, title="user 1 video 1", author_id=USER_1)
    response = jsonapi.post(
        "/api/video", resource("video", VIDEO_1, attributes=attributes)
    )
    video = {
        "data": {
            "attributes": {
                "create_at": VIDEO_TIME,
                "deleted": 0,
                "title": "user 1 video 1",
                "update_at": VIDEO_TIME,
            },
            "id": VIDEO_1,
            "relationships": {
                "author": {"data": {"id": USER_1, "type": "user"}},
                "playlists": {"data": []},
            },
            "type": "video",
        },
        "jsonapi": {"version": "1.0"},
    }
    assert_created(response, f"/api/video/{VIDEO_1}", 377, video)
    assert Video.objects.get(pk=VIDEO_1).author.name == "Bob"
    assert [video.pk for video in user.owned_videos.all()] == [VIDEO_1]

    # Update video ownership relationship
    attributes = stamped(LATER, name="Bella")
    jsonapi.post("/api/user", resource("user", USER_2, attributes=attributes))
    response = jsonapi.patch(
        f"/api/video/{VIDEO_1}/relationships/author",
        {"data": identifier("user", USER_2)},
    )
    assert_done(response)
    assert Video.objects.get(pk=VIDEO_1).author_id == USER_2

    # Create playlist video relationship
    for number, pk in enumerate([VIDEO_2, VIDEO_3], start=2):
        title = f"user 1 video {number}"
        attributes = stamped(LATER, title=title, author_id=USER_1)
        jsonapi.post("/api/video", resource("video", pk, attributes=attributes))
    for number, pk in enumerate([PLAYLIST_1, PLAYLIST_2], start=1):
        title = f"user 1 playlist {number}"
        attributes = stamped(LATER, title=title, owner_id=USER_1)
        jsonapi.post("/api/playlist", resource("playlist", pk, attributes=attributes))
    for pk, videos in [
        (PLAYLIST_1, {VIDEO_1, VIDEO_2}),
        (PLAYLIST_2, {VIDEO_2, VIDEO_3}),
    ]:
        path = f"/api/playlist/{pk}/relationships/videos"
        assert_done(jsonapi.patch(path, linkage("video", *videos)))
        assert playlist_videos(pk) == videos
    playlists = Video.objects.get(pk=VIDEO_2).playlists
    assert {playlist.pk for playlist in playlists.all()} == {PLAYLIST_1, PLAYLIST_2}

    # Update playlist video relationship
    path = f"/api/playlist/{PLAYLIST_1}/relationships/videos"
    assert_done(jsonapi.patch(path, linkage("video", VIDEO_1, VIDEO_3)))
    assert playlist_videos(PLAYLIST_1) == {VIDEO_1, VIDEO_3}
