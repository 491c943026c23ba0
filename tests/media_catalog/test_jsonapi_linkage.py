from __future__ import annotations

import json
from functools import partial

import pytest
from django.db import connection
from django.db.models import OuterRef, Subquery
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from dialects.restless.pagination import MAX_DIRECT_OFFSET
from dialects.restless.resources import LinkedIds
from media_catalog.models import Creator, Playlist, Video
from tests.media_catalog.jsonapi import identifier, ids, link_videos, linkage, resource

LINKS = {
    "self": "/api/playlist/p/relationships/videos",
    "related": "/api/playlist/p/videos",
}


@pytest.fixture(autouse=True)
def videos(db, settings) -> None:
    """Three of one author's, all in playlist `p`, two in `q`; two may be named."""
    settings.QUINTET_MAX_LINKAGE = 2
    author = Creator.objects.create(id="u")
    rows = [Video(id=f"v{n}", author=author, title=f"t{n}") for n in range(3)]
    Video.objects.bulk_create(rows)
    Playlist.objects.create(id="p", owner=author)
    Playlist.objects.create(id="q")
    link_videos("p", *[row.pk for row in rows])
    link_videos("q", *[row.pk for row in rows[:2]])


def relationships(jsonapi, path: str) -> dict:
    return jsonapi.get(path).json()["data"]["relationships"]


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Lists every related resource in a relationship",
    new="Lists up to 1,000 (`QUINTET_MAX_LINKAGE`), and adds `links` to the whole list",
    why="Limits memory",
)
def test_a_long_list_is_cut_and_leads_to_the_whole(jsonapi):
    videos = relationships(jsonapi, "/api/playlist/p")["videos"]
    assert videos == linkage("video", "v0", "v1") | {"links": LINKS}
    for url in LINKS.values():
        response = jsonapi.get(url)
        assert ids(response) == ["v0", "v1", "v2"]
        assert response.json()["meta"] == {"total": 3}


def test_a_list_that_fits_has_no_links(jsonapi):
    shown = relationships(jsonapi, "/api/playlist/q")
    assert shown == {"owner": {"data": None}, "videos": linkage("video", "v0", "v1")}


def test_every_row_of_a_page_is_cut_by_itself(jsonapi):
    p, q = jsonapi.get("/api/playlist").json()["data"]
    assert p["relationships"]["videos"]["links"] == LINKS
    assert "links" not in q["relationships"]["videos"]
    (user,) = jsonapi.get("/api/user").json()["data"]
    assert len(user["relationships"]["owned_videos"]["data"]) == 2
    assert "links" in user["relationships"]["owned_videos"]


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Includes every related resource",
    new="Includes those that a relationship lists",
    why="Limits memory",
)
def test_only_what_is_linked_is_included(jsonapi):
    body = jsonapi.get("/api/playlist/p?include=videos.author").json()
    included = {entry["id"]: entry for entry in body["included"]}
    assert set(included) == {"v0", "v1", "u"}
    owned = included["u"]["relationships"]["owned_videos"]
    assert owned["data"] == linkage("video", "v0", "v1")["data"]
    related = "/api/user/u/owned_videos"
    assert owned["links"]["related"] == related


def test_the_response_to_a_write_is_cut_as_well(jsonapi):
    sent = {"videos": linkage("video", "v0", "v1", "v2")}
    response = jsonapi.post(
        "/api/playlist", resource("playlist", "n", relationships=sent)
    )
    videos = response.json()["data"]["relationships"]["videos"]
    assert videos["data"] == [identifier("video", "v0"), identifier("video", "v1")]
    assert videos["links"]["related"] == "/api/playlist/n/videos"
    assert Playlist.objects.get(pk="n").videos.count() == 3


@pytest.mark.parametrize("path", ["/api/user/u", "/api/user", "/api/user?sort=name"])
def test_no_more_ids_are_read_than_are_shown(jsonapi, path):
    """One more than are shown tells that there are more."""
    with CaptureQueriesContext(connection) as queries:
        jsonapi.get(path)
    page = queries[-1]["sql"]
    assert page.count("LIMIT 3") == page.count("loaded_") == 2


def fill(rows: int, links: int) -> None:
    """So many users, each with so many videos and playlists, in each other."""
    users = [Creator(id=f"u{n:03}") for n in range(rows)]
    Creator.objects.bulk_create(users)
    videos = [Video(id=f"x{n:03}", author=user) for n, user in enumerate(users)]
    videos += [Video(id=f"y{n:04}", author=users[0]) for n in range(links)]
    Video.objects.bulk_create(videos)
    playlists = [Playlist(id=f"p{n:03}", owner=user) for n, user in enumerate(users)]
    Playlist.objects.bulk_create(playlists)
    for playlist in playlists[:20]:
        playlist.videos.set(videos[: max(5, links)])


PATHS = {
    "media_catalog:video": "/api/video?page[size]=100",
    "media_catalog:user": "/api/user?page[size]=100",
    "media_catalog:video-by-cursor": "/api/video?page[size]=100&page[after]=",
    "media_catalog:video-filtered": (
        "/api/video?page[size]=100&filter[author_id]=u000"
    ),
    "media_catalog:video-with-author": "/api/video?page[size]=100&include=author",
    "media_catalog:video-with-two-paths": (
        "/api/video?page[size]=100&include=author,playlists.owner"
    ),
    "media_catalog:playlist-videos": "/api/playlist/p000/videos?page[size]=100",
    "media_catalog:playlist-videos-linkage": (
        "/api/playlist/p000/relationships/videos?page[size]=100"
    ),
}


@pytest.mark.parametrize(("rows", "links"), [(10, 0), (100, 1000)])
def test_the_number_of_queries_is_fixed(jsonapi, settings, query_counts, rows, links):
    settings.QUINTET_MAX_LINKAGE = 1000
    fill(rows, links)

    for name, path in PATHS.items():
        query_counts(name, jsonapi, path)


def test_a_page_by_cursor_is_one_statement_that_finds_ids_alone(jsonapi):
    with CaptureQueriesContext(connection) as queries:
        jsonapi.get("/api/video?sort=-author.name&page[after]=")
    page = next(q["sql"] for q in queries if "IN (SELECT" in q["sql"])
    _, _, ids_alone = page.partition("IN (SELECT")
    assert ids_alone.replace('"U0"', "U0").strip().startswith('U0."id"')
    assert '"title"' not in ids_alone.partition(" FROM ")[0]


def test_a_far_page_skips_by_ids_alone(jsonapi):
    Video.objects.bulk_create(Video(id=f"w{n:03}") for n in range(MAX_DIRECT_OFFSET))
    query = f"sort=-author.name&page[size]=2&page[number]={MAX_DIRECT_OFFSET // 2 + 1}"
    with CaptureQueriesContext(connection) as queries:
        assert len(ids(jsonapi.get(f"/api/video?{query}"))) == 2
    (page,) = [q["sql"] for q in queries if f"OFFSET {MAX_DIRECT_OFFSET}" in q["sql"]]
    _, _, skipping = page.partition("IN (SELECT")
    assert '"title"' not in skipping.partition(" FROM ")[0]


def test_the_first_and_the_last_pages_are_of_one_kind(jsonapi):
    Video.objects.bulk_create(Video(id=f"w{n:03}") for n in range(397))
    everything = ids(jsonapi.get("/api/video?page[size]=0"))
    listed = [
        pk
        for number in range(1, 41)
        for pk in ids(jsonapi.get(f"/api/video?page[number]={number}"))
    ]
    assert listed == everything


@pytest.mark.parametrize("nested_first", [True, False])
def test_kept_sql_fits_each_query_that_shows_linkage(nested_first):
    """The rows may be those of a subquery, whose columns have another alias."""
    playlists = resolve("/api/playlist").func.initkwargs["resource"]
    linked = LinkedIds(partial(playlists.relationships["videos"].id_texts, 2))
    rows = Playlist.objects.annotate(ids=linked)
    same = rows.filter(pk=OuterRef("pk")).values("ids")
    nested = Playlist.objects.annotate(ids=Subquery(same))

    for query in (nested, rows) if nested_first else (rows, nested):
        shown = dict(query.values_list("pk", "ids"))
        if connection.vendor == "sqlite" and query is nested:
            shown = {pk: json.loads(text) for pk, text in shown.items()}
        assert shown == {"p": ["v0", "v1", "v2"], "q": ["v0", "v1"]}
    assert len(linked.kept) == 2
