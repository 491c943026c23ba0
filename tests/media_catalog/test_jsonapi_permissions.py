from __future__ import annotations

import pytest

from media_catalog.models import Creator, Playlist, Video
from tests.media_catalog.jsonapi import identifier, linkage, resource

pytestmark = pytest.mark.usefixtures("owned")

MINE = [
    ("patch", "/api/user/a", resource("user", "a", attributes={"name": "x"})),
    ("patch", "/api/video/va", resource("video", "va", attributes={"title": "x"})),
    ("delete", "/api/video/va", None),
    ("delete", "/api/playlist/pa", None),
    ("patch", "/api/playlist/pa/relationships/videos", linkage("video", "vb")),
    ("post", "/api/playlist/pa/relationships/videos", linkage("video", "vb")),
    ("patch", "/api/video/va/relationships/author", {"data": None}),
    (
        "patch",
        "/api/video/va/relationships/author",
        {"data": identifier("user", "a2")},
    ),
    ("post", "/api/user/a2/relationships/owned_videos", linkage("video", "va")),
    ("patch", "/api/video/va/relationships/playlists", linkage("playlist", "pb", "pa")),
    ("post", "/api/video", resource("video", "x", attributes={"author_id": "a"})),
    ("post", "/api/video", resource("video", "x")),
    ("post", "/api/user", resource("user", "x")),
]
OTHERS = [
    ("patch", "/api/user/b", resource("user", "b", attributes={"name": "x"})),
    ("patch", "/api/video/vb", resource("video", "vb", attributes={"title": "x"})),
    ("patch", "/api/video/vo", resource("video", "vo", attributes={"title": "x"})),
    ("delete", "/api/video/vb", None),
    ("delete", "/api/user/b", None),
    ("patch", "/api/playlist/pb/relationships/videos", linkage("video", "va")),
    ("post", "/api/playlist/pb/relationships/videos", linkage("video", "va")),
    # My video into, or out of, another's playlist.
    ("post", "/api/video/va/relationships/playlists", linkage("playlist", "pb2")),
    ("patch", "/api/video/va/relationships/playlists", linkage("playlist", "pa")),
    # Their videos to me, mine to them, and one of nobody's.
    ("post", "/api/user/a/relationships/owned_videos", linkage("video", "va", "vb")),
    ("post", "/api/user/a/relationships/owned_videos", linkage("video", "vo")),
    ("post", "/api/user/b/relationships/owned_videos", linkage("video", "va")),
    ("patch", "/api/video/vb/relationships/author", {"data": identifier("user", "a")}),
    ("patch", "/api/video/va/relationships/author", {"data": identifier("user", "b")}),
    ("patch", "/api/video/va", resource("video", "va", attributes={"author_id": "b"})),
    # New rows in another's name, or taking another's rows over.
    ("post", "/api/video", resource("video", "x", attributes={"author_id": "b"})),
    (
        "post",
        "/api/user",
        resource("user", "x", relationships={"owned_videos": linkage("video", "vb")}),
    ),
    (
        "post",
        "/api/video",
        resource("video", "x", relationships={"playlists": linkage("playlist", "pb")}),
    ),
]


@pytest.fixture
def owned(ada, bob) -> None:
    """Ada's `a…` and Bob's `b…`; `vo` has no author."""
    for letter, user in {"a": ada, "b": bob}.items():
        creator = Creator.objects.create(id=letter, account=user)
        Creator.objects.create(id=f"{letter}2", account=user)
        video = Video.objects.create(id=f"v{letter}", author=creator)
        Playlist.objects.create(id=f"p{letter}", owner=creator).videos.add(video)
    Video.objects.create(id="vo")
    Playlist.objects.create(id="pb2", owner_id="b")
    Playlist.objects.get(id="pb").videos.add(Video.objects.get(id="va"))


def state():
    tables = [Creator, Video, Playlist, Playlist.videos.through]
    return [sorted(table.objects.values_list(), key=str) for table in tables]


@pytest.mark.usefixtures("closed")
class TestClosed:
    @pytest.mark.parametrize(("method", "path", "body"), MINE)
    def test_owners_write(self, as_user, ada, method, path, body):
        response = as_user(ada).send(method, path, body)
        assert response.status_code in {201, 204}, response.content

    @pytest.mark.difference(
        "Media catalog: JSON:API",
        old="Lets any client change any resource",
        new="Does the same if `QUINTET_ACCESS` is `open`; if it's `closed`, users "
        "change only their own creators, videos, and playlists",
    )
    @pytest.mark.parametrize(("method", "path", "body"), OTHERS)
    def test_others_do_not(self, as_user, ada, method, path, body):
        before = state()
        response = as_user(ada).send(method, path, body)
        assert response.status_code == 403, response.content
        assert response.json()["errors"][0]["code"] == "permission_denied"
        assert state() == before

    @pytest.mark.parametrize(("method", "path", "body"), MINE + OTHERS)
    def test_staff_write_all(self, as_user, staff, method, path, body):
        response = as_user(staff).send(method, path, body)
        assert response.status_code in {201, 204}, response.content

    @pytest.mark.parametrize(("method", "path", "body"), MINE + OTHERS)
    def test_strangers_need_a_token(self, jsonapi, method, path, body):
        before = state()
        response = jsonapi.send(method, path, body)
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"
        assert state() == before

    @pytest.mark.parametrize(
        "path",
        [
            "/api/user",
            "/api/video/va",
            "/api/video/va/author",
            "/api/playlist/pb/videos",
        ],
    )
    def test_strangers_read(self, jsonapi, path):
        assert jsonapi.get(path).status_code == 200

    def test_the_check_costs_the_same_for_many(
        self, as_user, ada, django_assert_max_num_queries
    ):
        names = [f"v{n}" for n in range(30)]
        Video.objects.bulk_create([Video(id=name, author_id="a") for name in names])
        client = as_user(ada)
        path = "/api/user/a2/relationships/owned_videos"
        with django_assert_max_num_queries(10):
            response = client.post(path, linkage("video", *names))
        assert response.status_code == 204


@pytest.mark.parametrize(("method", "path", "body"), MINE + OTHERS)
def test_anybody_writes_in_open(jsonapi, method, path, body):
    response = jsonapi.send(method, path, body)
    assert response.status_code in {201, 204}, response.content


def test_a_bad_token_is_refused_in_open(jsonapi):
    response = jsonapi.get("/api/user", headers={"authorization": "Bearer no"})
    assert response.status_code == 401


@pytest.mark.parametrize("access", ["open", "closed"])
def test_a_new_user_is_linked_to_the_account(as_user, ada, settings, access):
    settings.QUINTET_ACCESS = access
    as_user(ada).post("/api/user", resource("user", "x"))
    assert Creator.objects.get(pk="x").account == ada


def test_a_new_user_of_nobody_has_no_account(jsonapi):
    jsonapi.post("/api/user", resource("user", "x"))
    assert Creator.objects.get(pk="x").account is None
