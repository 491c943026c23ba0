from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
import time_machine
from django.db.models.signals import post_delete, post_save

from media_catalog.models import Creator, Playlist, Video
from tests.media_catalog.jsonapi import MEDIA_TYPE, identifier, linkage, resource

pytestmark = pytest.mark.usefixtures("catalog")


def videos_of(pk: str) -> list[str]:
    return list(Playlist.objects.get(pk=pk).videos.values_list("pk", flat=True))


class TestCreating:
    def test_a_resource_with_relationships(self, jsonapi):
        relationships = {
            "owner": {"data": identifier("user", "u-bella")},
            "videos": linkage("video", "v3", "v1", "v3"),
        }
        body = resource("playlist", "p9", relationships=relationships)
        response = jsonapi.post("/api/playlist", body)
        assert response.status_code == 201
        assert response.json() == jsonapi.get("/api/playlist/p9").json()
        assert response.json()["data"]["relationships"] == {
            "owner": {"data": identifier("user", "u-bella")},
            "videos": linkage("video", "v3", "v1"),
        }

    def test_a_new_user_may_take_videos_over(self, jsonapi):
        relationships = {"owned_videos": linkage("video", "v1", "v3")}
        body = resource("user", "new", relationships=relationships)
        assert jsonapi.post("/api/user", body).status_code == 201
        assert Creator.objects.get(pk="new").owned_videos.count() == 2

    def test_a_new_video_may_go_into_playlists(self, jsonapi):
        relationships = {"playlists": linkage("playlist", "p2")}
        body = resource("video", "new", relationships=relationships)
        assert jsonapi.post("/api/video", body).status_code == 201
        assert videos_of("p2") == ["new", "v1"]

    def test_an_id_is_made_where_none_is_sent(self, jsonapi):
        response = jsonapi.post("/api/user", resource("user"))
        pk = response.json()["data"]["id"]
        assert str(UUID(pk)) == pk
        assert response.headers["Location"] == f"http://testserver/api/user/{pk}"

    def test_a_number_is_taken_as_id(self, jsonapi):
        body = {"data": {"type": "user", "id": 17}}
        assert jsonapi.post("/api/user", body).json()["data"]["id"] == "17"

    def test_all_attributes_are_null_where_none_are_sent(self, jsonapi):
        response = jsonapi.post("/api/user", resource("user", "x", attributes={}))
        attributes = response.json()["data"]["attributes"]
        names = ["create_at", "deleted", "name", "update_at"]
        assert attributes == dict.fromkeys(names)

    def test_texts_are_kept_as_they_are(self, jsonapi):
        for title in ["", "  x  ", "é\n", "😀", "x" * 5000]:
            body = resource("video", attributes={"title": title})
            attributes = jsonapi.post("/api/video", body).json()["data"]["attributes"]
            assert attributes["title"] == title

    def test_meta_and_links_are_ignored(self, jsonapi):
        body = resource("user", "x", meta={"a": 1}, links={"self": "/"}, lid="l")
        assert jsonapi.post("/api/user", body).status_code == 201

    def test_include_and_fields_apply_to_the_response(self, jsonapi):
        body = resource("video", "x", attributes={"author_id": "u-bella"})
        path = "/api/video?include=author&fields[user]=name&fields[video]=title"
        answer = jsonapi.post(path, body).json()
        assert answer["data"]["attributes"] == {"title": None}
        assert answer["included"] == [
            {"attributes": {"name": "Bella"}, "id": "u-bella", "type": "user"}
        ]
        body = resource("video", "y")
        assert "included" not in jsonapi.post(path, body).json()

    def test_a_bad_include_creates_nothing(self, jsonapi):
        response = jsonapi.post("/api/video?include=bogus", resource("video", "x"))
        assert response.status_code == 400
        assert not Video.objects.filter(pk="x").exists()

    def test_foreign_keys_and_relationships_agree(self, jsonapi):
        attributes = {"author_id": "u-alice"}
        relationships = {"author": {"data": identifier("user", "u-bella")}}
        body = resource(
            "video", "x", attributes=attributes, relationships=relationships
        )
        jsonapi.post("/api/video", body)
        assert Video.objects.get(pk="x").author_id == "u-bella"


class TestTimes:
    @pytest.mark.parametrize(
        ("sent", "stored"),
        [
            ("2024-06-02T04:44:04.906714", "2024-06-02T04:44:04.906714"),
            ("2024-06-02T04:44:04", "2024-06-02T04:44:04"),
            ("2024-06-02T04:44:04Z", "2024-06-02T04:44:04"),
            ("2024-06-02T04:44:04.5+02:00", "2024-06-02T02:44:04.500000"),
            ("2024-06-02T04:44:04.123Z", "2024-06-02T04:44:04.123000"),
            ("2024-06-02", "2024-06-02T00:00:00"),
            ("2024-06-02 04:44", "2024-06-02T04:44:00"),
            ("0001-01-01T00:00:00", "0001-01-01T00:00:00"),
            ("", None),
            (None, None),
        ],
    )
    def test_a_time_is_read(self, jsonapi, sent, stored):
        body = resource("user", "x", attributes={"create_at": sent})
        answer = jsonapi.post("/api/user", body).json()
        assert answer["data"]["attributes"]["create_at"] == stored
        assert answer == jsonapi.get("/api/user/x").json()

    def test_the_server_has_a_clock(self, jsonapi):
        body = resource("user", "x", attributes={"create_at": "CURRENT_TIMESTAMP"})
        with time_machine.travel(datetime(2026, 11, 21, 1, 16, 6, 5, UTC), tick=False):
            answer = jsonapi.post("/api/user", body).json()
        assert answer["data"]["attributes"]["create_at"] == "2026-11-21T01:16:06"

    @pytest.mark.parametrize(
        "sent",
        [
            "June 2, 2024 4:44pm",
            "not a date",
            "2024-13-01",
            "2024-02-30T00:00:00",
            "0001-01-01T00:00:00+02:00",
            "9999-12-31T23:59:59-02:00",
            "10000-01-01",
            "2024-06-02T04:44:60",
            1717303444,
            True,
            {},
            ["2024-06-02"],
        ],
    )
    def test_other_times_are_refused(self, jsonapi, sent):
        body = resource("user", "x", attributes={"create_at": sent})
        response = jsonapi.post("/api/user", body)
        assert response.status_code == 400
        pointer = response.json()["errors"][0]["source"]["pointer"]
        assert pointer == "/data/attributes/create_at"


class TestChanging:
    def test_only_named_members_change(self, jsonapi):
        body = resource("user", "u-alice", attributes={"name": "Bob"})
        assert jsonapi.patch("/api/user/u-alice", body).status_code == 204
        alice = Creator.objects.get(pk="u-alice")
        assert (alice.name, alice.create_at.microsecond) == ("Bob", 906714)

    def test_nothing_named_changes_nothing(self, jsonapi):
        body = resource("user", "u-alice")
        assert jsonapi.patch("/api/user/u-alice", body).status_code == 204

    def test_attributes_and_relationships_change_together(self, jsonapi):
        relationships = {
            "owner": {"data": identifier("user", "u-bella")},
            "videos": {"data": []},
        }
        body = resource(
            "playlist", "p1", attributes={"title": "x"}, relationships=relationships
        )
        assert jsonapi.patch("/api/playlist/p1", body).status_code == 204
        playlist = Playlist.objects.get(pk="p1")
        assert (playlist.title, playlist.owner_id) == ("x", "u-bella")
        assert videos_of("p1") == []

    @pytest.mark.parametrize(
        "path",
        ["user/u-alice", "user/u-bella", "video/v1", "video/v2", "playlist/p1"],
    )
    def test_a_resource_can_be_sent_back_as_it_was_read(self, jsonapi, path):
        read = jsonapi.get(f"/api/{path}").json()

        assert jsonapi.patch(f"/api/{path}", read).status_code == 204
        assert jsonapi.get(f"/api/{path}").json() == read

    @pytest.mark.parametrize("videos", [[], ["v2"], ["v1", "v2"]])
    def test_the_list_of_a_user_stays_as_it_is(self, jsonapi, videos):
        relationships = {"owned_videos": linkage("video", *videos)}
        body = resource("user", "u-alice", relationships=relationships)
        assert jsonapi.patch("/api/user/u-alice", body).status_code == 403
        assert Video.objects.get(pk="v1").author_id == "u-alice"

    def test_a_list_that_is_cut_stays_whole_if_it_is_sent_back(self, jsonapi, settings):
        settings.QUINTET_MAX_LINKAGE = 1
        read = jsonapi.get("/api/playlist/p1").json()
        assert read["data"]["relationships"]["videos"]["data"] == [
            identifier("video", "v1")
        ]

        assert jsonapi.patch("/api/playlist/p1", read).status_code == 204
        assert videos_of("p1") == ["v1", "v3"]
        linked = linkage("video", "v1")
        url = "/api/playlist/p1/relationships/videos"
        assert jsonapi.patch(url, linked).status_code == 204
        assert videos_of("p1") == ["v1"]

    def test_unchanged_lists_cost_one_query(self, jsonapi, django_assert_num_queries):
        read = jsonapi.get("/api/user/u-alice").json()
        read["data"]["attributes"] = {"name": "Bob"}
        # Begin, select and lock, select the linkage, update, commit.
        with django_assert_num_queries(5):
            assert jsonapi.patch("/api/user/u-alice", read).status_code == 204

    def test_nothing_changes_where_something_is_refused(self, jsonapi):
        relationships = {
            "owner": {"data": identifier("user", "u-bella")},
            "videos": linkage("video", "nope"),
        }
        body = resource(
            "playlist", "p1", attributes={"title": "x"}, relationships=relationships
        )
        assert jsonapi.patch("/api/playlist/p1", body).status_code == 404
        playlist = Playlist.objects.get(pk="p1")
        assert (playlist.title, playlist.owner_id) == ("pl 1", "u-alice")
        assert videos_of("p1") == ["v1", "v3"]

    @pytest.mark.parametrize("author", [None, "u-bella"])
    def test_a_foreign_key_is_taken_as_attribute(self, jsonapi, author):
        body = resource("video", "v1", attributes={"author_id": author})
        assert jsonapi.patch("/api/video/v1", body).status_code == 204
        assert Video.objects.get(pk="v1").author_id == author

    def test_only_sent_columns_are_written(self, jsonapi, django_assert_num_queries):
        body = resource("user", "u-alice", attributes={"name": "Bob"})
        # Begin, select, update, commit.
        with django_assert_num_queries(4) as queries:
            jsonapi.patch("/api/user/u-alice", body)
        update = queries.captured_queries[-2]["sql"]
        assert '"name"' in update
        assert "create_at" not in update


class TestDeleting:
    def test_the_rest_survives(self, jsonapi):
        response = jsonapi.delete("/api/user/u-alice")
        assert (response.status_code, response.content) == (204, b"")
        assert Video.objects.get(pk="v1").author is None
        assert Playlist.objects.get(pk="p1").owner is None
        assert jsonapi.delete("/api/video/v1").status_code == 204
        assert videos_of("p1") == ["v3"]
        assert jsonapi.delete("/api/playlist/p1").status_code == 204
        assert Video.objects.filter(pk="v3").exists()

    def test_a_body_is_not_looked_at(self, jsonapi):
        response = jsonapi.delete("/api/user/u-alice", "{oops", content_type="a/b")
        assert response.status_code == 204


class TestRelationships:
    def test_to_one_is_set_and_cleared(self, jsonapi):
        path = "/api/video/v1/relationships/author"
        for data in [identifier("user", "u-bella"), None]:
            response = jsonapi.patch(path, {"data": data})
            assert (response.status_code, response.content) == (204, b"")
            assert jsonapi.get(path).json()["data"] == data

    def test_to_many_is_replaced(self, jsonapi):
        path = "/api/playlist/p1/relationships/videos"
        body = linkage("video", "v2", "v1", "v2")
        assert jsonapi.patch(path, body).status_code == 204
        assert videos_of("p1") == ["v1", "v2"]

    def test_to_many_is_replaced_from_the_other_side(self, jsonapi):
        path = "/api/video/v3/relationships/playlists"
        assert jsonapi.patch(path, linkage("playlist", "p2")).status_code == 204
        assert (videos_of("p1"), videos_of("p2")) == (["v1"], ["v1", "v3"])

    def test_adding_adds_each_once(self, jsonapi):
        path = "/api/playlist/p1/relationships/videos"
        for _ in range(2):
            response = jsonapi.post(path, linkage("video", "v2", "v1", "v2"))
            assert response.status_code == 204
        assert videos_of("p1") == ["v1", "v2", "v3"]

    def test_adding_is_allowed_where_replacing_is_not(self, jsonapi):
        path = "/api/user/u-alice/relationships/owned_videos"
        assert jsonapi.post(path, linkage("video", "v2", "v3")).status_code == 204
        assert Creator.objects.get(pk="u-alice").owned_videos.count() == 3
        assert Creator.objects.get(pk="u-bella").owned_videos.count() == 0

    def test_a_refused_addition_adds_nothing(self, jsonapi):
        path = "/api/user/u-alice/relationships/owned_videos"
        assert jsonapi.post(path, linkage("video", "v2", "nope")).status_code == 404
        assert Video.objects.get(pk="v2").author_id == "u-bella"


AUTHOR = {"author": {"data": identifier("user", "u-bella")}}
PLAYLISTS = {"playlists": linkage("playlist", "p1", "p2")}
V1 = {"type": "video", "id": "v1"}
OF_V1 = "/api/video/v1/relationships"
# The request, the same as an operation, and the signal that both send.
WRITES = {
    "a new resource": (
        ("post", "/api/video", resource("video", "v9", relationships=PLAYLISTS)),
        {"op": "add", **resource("video", "v9", relationships=PLAYLISTS)},
        ("saved", "v9"),
    ),
    "attributes": (
        ("patch", "/api/video/v1", resource("video", "v1", attributes={"title": "x"})),
        {"op": "update", **resource("video", "v1", attributes={"title": "x"})},
        ("saved", "v1"),
    ),
    "a to-one relationship": (
        ("patch", "/api/video/v1", resource("video", "v1", relationships=AUTHOR)),
        {"op": "update", **resource("video", "v1", relationships=AUTHOR)},
        ("saved", "v1"),
    ),
    "a to-many relationship": (
        ("patch", "/api/video/v1", resource("video", "v1", relationships=PLAYLISTS)),
        {"op": "update", **resource("video", "v1", relationships=PLAYLISTS)},
        ("saved", "v1"),
    ),
    "nothing": (
        ("patch", "/api/video/v1", resource("video", "v1")),
        {"op": "update", **resource("video", "v1")},
        ("saved", "v1"),
    ),
    "a linkage": (
        ("patch", f"{OF_V1}/author", AUTHOR["author"]),
        {"op": "update", "ref": V1 | {"relationship": "author"}, **AUTHOR["author"]},
        ("saved", "v1"),
    ),
    "a whole list": (
        ("patch", f"{OF_V1}/playlists", linkage("playlist", "p2")),
        {
            "op": "update",
            "ref": V1 | {"relationship": "playlists"},
            **linkage("playlist", "p2"),
        },
        ("saved", "v1"),
    ),
    "an addition": (
        (
            "post",
            "/api/user/u-bella/relationships/owned_videos",
            linkage("video", "v1"),
        ),
        {
            "op": "add",
            "ref": identifier("user", "u-bella") | {"relationship": "owned_videos"},
            **linkage("video", "v1"),
        },
        ("saved", "u-bella"),
    ),
    "a removal": (
        ("delete", "/api/video/v1", None),
        {"op": "remove", "ref": V1},
        ("deleted", "v1"),
    ),
}
ATOMIC = f'{MEDIA_TYPE}; ext="https://jsonapi.org/ext/atomic"'


@pytest.fixture
def signals() -> Iterator[list[tuple[str, str]]]:
    """What receivers are told about rows of the catalog."""
    sent = []

    def saved(instance, **kwargs) -> None:
        sent.append(("saved", instance.pk))

    def deleted(instance, **kwargs) -> None:
        sent.append(("deleted", instance.pk))

    for model in (Creator, Video, Playlist):
        post_save.connect(saved, model)
        post_delete.connect(deleted, model)
    yield sent
    for model in (Creator, Video, Playlist):
        post_save.disconnect(saved, model)
        post_delete.disconnect(deleted, model)


@pytest.mark.parametrize("name", WRITES)
def test_every_write_sends_the_signal_of_the_row_it_names(jsonapi, signals, name):
    request, _, signal = WRITES[name]
    assert jsonapi.send(*request).status_code in {201, 204}
    assert signals == [signal]


@pytest.mark.parametrize("name", WRITES)
def test_every_operation_sends_the_signal_of_the_row_it_names(jsonapi, signals, name):
    _, operation, signal = WRITES[name]
    response = jsonapi.post(
        "/api/operations",
        {"atomic:operations": [operation]},
        content_type=ATOMIC,
        headers={"accept": ATOMIC},
    )
    assert response.status_code in {200, 204}, response.content
    assert signals == [signal]
