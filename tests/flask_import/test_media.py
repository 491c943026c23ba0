"""The databases of the media catalog, whole and without playlists."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from media_catalog.models import Creator, Playlist, PlaylistVideo, Video
from tests.flask_import.conftest import run

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")
# What becomes of videos that Quintet can't store as they were, and of old ones.
STRANGE_VIDEOS = {
    "orphan": {"author_id": None},  # the author is missing
    "no-author": {"author_id": None, "title": None, "deleted": None},
    "big": {"deleted": None},  # 5,000,000,000
    "minus": {"deleted": -1},
    "nul": {"title": "nultitle"},
    "old": {"create_at": datetime(1888, 10, 14, tzinfo=BERLIN)},
    "future": {"create_at": datetime(9999, 12, 31, 23, 59, 59, 999_999, BERLIN)},
    "v-0": {"create_at": datetime(2023, 2, 3, 4, 5, 6, 789_012, BERLIN)},
    "v-10": {"title": "  blanks at both ends  ", "author_id": "u-1"},
    "v-2": {"author_id": "u/slash"},
}
STRANGE_CREATORS = {
    "user with blank": 'O\'Brien "the quote"',
    "u/slash": "北京 — 東京",
    "ü-ñ": "שלום עולם",
    "a,b": "tab\there\nnewline",
    "q?x=1&y": "  blanks at both ends  ",
    "u-1": "Zoë Müller-Lüdenscheidt",
    "x" * 200: "e\u0301 combining vs é",
    "null-name": None,
    "empty-name": "",
}
# A line of the report for each conflict.
REPORT = """\
user  14 read  14 to write
video  35 read  33 to write  2 left out  3 changed
playlist  3 read  3 to write
playlist_video  27 read  23 to write  3 left out
user.account no-account: 14, take
user.id no-url: 1, take
video.id id-invalid: 2, skip
video.deleted out-of-range: 1, clear
video.title nul: 1, remove
video.author_id no-such-row: 1, clear
playlist_video.row twice: 1, once
playlist_video.video_id no-such-row: 2, skip
playlist_video.playlist_id no-such-row: 1, skip"""


def test_strange_rows_are_taken_as_far_as_possible(take, client):
    result = take("media")

    assert result.code == 3
    assert [line for line in REPORT.splitlines() if line not in result.output] == []
    videos = Video.objects.in_bulk(STRANGE_VIDEOS)
    assert {
        pk: {name: getattr(videos[pk], name) for name in values}
        for pk, values in STRANGE_VIDEOS.items()
    } == STRANGE_VIDEOS
    names = dict(Creator.objects.values_list("pk", "name"))
    assert {pk: names[pk] for pk in STRANGE_CREATORS} == STRANGE_CREATORS
    assert {"u-1", "U-1", "9", "10"} <= names.keys()
    # The playlist has the order of its links, in which a later one is the same again.
    videos = client.get("/api/playlist/p-1").json()["data"]["relationships"]["videos"]
    assert [each["id"] for each in videos["data"]] == ["v-3", "v-1", "v-2"]
    # A URL can't contain the ID, but the list has it.
    assert client.get("/api/user/u/slash").status_code == 404
    users = client.get("/api/user?page[size]=100").json()["data"]
    assert "u/slash" in {each["id"] for each in users}


def test_playlists_and_marks_may_be_missing(take):
    result = take("media-partial")

    assert result.code == 3
    assert "Not imported: video.duration_seconds (0)" in result.output
    assert "video  34 read  33 to write  1 left out" in result.output
    assert Creator.objects.filter(deleted=None).count() == 14
    assert not Playlist.objects.exists()


def test_creators_get_the_accounts_that_the_owner_names(take, tmp_path):
    user = User.objects.create_user(name="ann", email="ann@example.com")
    owners = tmp_path / "owners.csv"

    owners.write_text("u/slash,bob@example.com\n")
    unknown_address = take("media", "--owners", str(owners))
    owners.write_text("nobody,ann@example.com\n")
    unknown_creator = take("media", "--owners", str(owners))

    assert (unknown_address.code, unknown_creator.code) == (2, 2)
    assert "bob@example.com" not in unknown_address.output
    assert "--owners: user has no row with the ID nobody" in unknown_creator.output
    assert not Creator.objects.exists()

    owners.write_text("u/slash,Ann@Example.com\nu-1,ann@example.com\n")
    result = take("media", "--owners", str(owners))
    assert "user.account no-account: 12, take" in result.output
    assert set(user.creators.values_list("pk", flat=True)) == {"u/slash", "u-1"}


# Other names, links that have a key, and IDs that only SQLite stores.
STRANGE_DATABASE = """
CREATE TABLE people (id VARCHAR PRIMARY KEY, name TEXT, create_at, update_at);
CREATE TABLE clips (id VARCHAR, title, create_at, update_at, author_id, deleted);
CREATE TABLE albums (id INTEGER PRIMARY KEY, title, create_at, update_at, owner_id);
CREATE TABLE tracks (
    clip VARCHAR REFERENCES clips (id), album INTEGER REFERENCES albums (id),
    PRIMARY KEY (album, clip)
);
INSERT INTO people (id) VALUES (NULL), (char(0) || 'nul'), ('..'), (7);
INSERT INTO clips (id, title, author_id, deleted) VALUES
    ('c', 'first', char(0) || 'nul', 'yes'), ('c', 'second', NULL, 0),
    ('c', 'first', char(0) || 'nul', 'yes'), ('b', 'b', 7, 2.0), ('a', 'a', '', NULL);
INSERT INTO albums (id, owner_id) VALUES (1, '..');
INSERT INTO tracks (album, clip) VALUES (1, 'c'), (1, 'a'), (1, 'b');
"""


def test_tables_are_recognized_by_columns_and_references(tmp_path):
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(STRANGE_DATABASE)

    result = run(f"sqlite:///{path}", "--write")

    assert result.code == 3
    assert "people  4 read  3 to write  1 left out  1 changed" in result.output
    assert "clips.id same-id: 1, skip" in result.output
    assert result.output.count("id-escaped") == 1
    assert Playlist.objects.get().pk == "1"
    assert set(Creator.objects.values_list("pk", flat=True)) == {r"\x00nul", "..", "7"}
    clips = Video.objects.order_by("pk").values_list("title", "author", "deleted")
    assert list(clips) == [
        ("a", None, None),
        ("b", "7", 2),
        ("first", r"\x00nul", None),
    ]
    # The key of the links would put them in another order.
    links = PlaylistVideo.objects.filter(playlist__owner="..").order_by("pk")
    assert list(links.values_list("video", flat=True)) == ["c", "a", "b"]
