from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from media_catalog.admin import MAX_VIDEOS
from media_catalog.models import (
    Author,
    Book,
    Creator,
    Playlist,
    PlaylistVideo,
    Video,
)
from tests.media_catalog.jsonapi import MEDIA_TYPE, linkage

MODELS = [Author, Book, Creator, Playlist, Video]


@pytest.mark.parametrize("model", MODELS)
def test_the_admin_lists_adds_and_changes(admin_client, catalog, model):
    author = Author.objects.create(first_name="Ada", last_name="Lovelace")
    Book.objects.create(title="Notes", pub_year=1843, author=author)
    base = f"/admin/media_catalog/{model._meta.model_name}/"
    row = model.objects.first()
    for path in ["", "?q=a", "add/", f"{row.pk}/change/"]:
        assert admin_client.get(f"{base}{path}").status_code == 200


@pytest.mark.parametrize("model", [Creator, Playlist, Video])
def test_the_database_refuses_an_empty_id(db, model):
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(id="")


def test_the_admin_adds_a_video_at_the_end_of_a_playlist(admin_client, catalog):
    url = "/admin/media_catalog/playlist/p1/change/"
    links = list(PlaylistVideo.objects.filter(playlist="p1"))
    form = {
        "video_links-TOTAL_FORMS": 3,
        "video_links-INITIAL_FORMS": 2,
        "title": "pl 1",
        "video_links-2-playlist": "p1",
        "video_links-2-video": "v2",
    }
    for number, link in enumerate(links):
        form[f"video_links-{number}-id"] = link.pk
        form[f"video_links-{number}-playlist"] = "p1"
        form[f"video_links-{number}-video"] = link.video_id
    response = admin_client.post(url, form)
    page = admin_client.get("/api/playlist/p1", headers={"accept": MEDIA_TYPE})

    assert response.status_code == 302
    linked = page.json()["data"]["relationships"]["videos"]
    assert linked == linkage("video", "v1", "v3", "v2")


def test_a_playlist_with_many_videos_can_still_be_edited(admin_client, catalog):
    videos = Video.objects.bulk_create(Video(id=f"n{n}") for n in range(MAX_VIDEOS))
    playlist = Playlist.objects.get(pk="p1")
    playlist.videos.add(*videos)
    url = "/admin/media_catalog/playlist/p1/change/"

    assert b"video_links-0" not in admin_client.get(url).content
    assert admin_client.post(url, {"title": "long"}).status_code == 302
    assert playlist.videos.count() == MAX_VIDEOS + 2
