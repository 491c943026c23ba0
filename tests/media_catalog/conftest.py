from __future__ import annotations

from datetime import UTC, datetime

import pytest

from media_catalog.models import Creator, Playlist, Video
from tests.media_catalog.jsonapi import JsonApi, link_videos


@pytest.fixture
def jsonapi(api, db) -> JsonApi:
    return JsonApi(api)


@pytest.fixture
def as_user(client_of):
    """A JSON:API client with the user's token."""
    return lambda user: JsonApi(client_of(user))


@pytest.fixture
def catalog(db) -> None:
    """Two users, three videos, two playlists; v3 has no author, p2 no owner."""
    then = datetime(2024, 6, 2, 4, 44, 4, 906714, UTC)
    alice = Creator.objects.create(id="u-alice", name="Alice", create_at=then)
    bella = Creator.objects.create(id="u-bella", name="Bella", deleted=1)
    Video.objects.create(id="v1", title="B", author=alice, create_at=then)
    Video.objects.create(id="v2", title="a", author=bella, deleted=0)
    Video.objects.create(id="v3", deleted=1)
    Playlist.objects.create(id="p1", title="pl 1", owner=alice)
    Playlist.objects.create(id="p2", title="pl 2")
    link_videos("p1", "v1", "v3")
    link_videos("p2", "v1")
