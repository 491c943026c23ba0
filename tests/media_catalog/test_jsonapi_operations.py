from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.throttling import BaseThrottle

from media_catalog.models import Creator, Playlist, Video
from media_catalog.views import VideoViewSet
from tests.media_catalog.jsonapi import details, identifier, linkage, resource

pytestmark = pytest.mark.usefixtures("catalog")
URL = "/api/operations"
ATOMIC = 'application/vnd.api+json; ext="https://jsonapi.org/ext/atomic"'


def send(client, *operations, **options):
    options = {"content_type": ATOMIC, "headers": {"accept": ATOMIC}} | options
    body = {"atomic:operations": list(operations)}
    return client.post(URL, body, **options)


def add(kind: str, pk: str | None = None, **members) -> dict[str, object]:
    return {"op": "add", **resource(kind, pk, **members)}


def update(kind: str, pk: str, **members) -> dict[str, object]:
    return {"op": "update", **resource(kind, pk, **members)}


def local(kind: str, lid: str) -> dict[str, str]:
    return {"type": kind, "lid": lid}


def one(kind: str, lid: str) -> dict[str, object]:
    return {"data": local(kind, lid)}


def many(kind: str, *lids: str) -> dict[str, object]:
    return {"data": [local(kind, lid) for lid in lids]}


def state():
    tables = [Creator, Video, Playlist, Playlist.videos.through]
    return [sorted(table.objects.values_list(), key=str) for table in tables]


def pointers(response) -> list[str]:
    return [error["source"]["pointer"] for error in response.json()["errors"]]


class TestDoing:
    def test_a_user_their_videos_and_a_playlist_in_one_request(self, jsonapi):
        author = {"author": one("user", "u")}
        response = send(
            jsonapi,
            add("user", lid="u", attributes={"name": "Alice"}),
            add("video", lid="a", relationships=author),
            add("video", "vb", lid="b", relationships=author),
            add(
                "playlist",
                relationships={
                    "owner": one("user", "u"),
                    "videos": many("video", "a", "b"),
                },
            ),
        )
        assert response.status_code == 200
        assert response.headers["Content-Type"] == ATOMIC
        assert "Accept" in response.headers["Vary"]
        assert set(response.json()) == {"atomic:results", "jsonapi"}
        user, a, b, playlist = (
            result["data"] for result in response.json()["atomic:results"]
        )
        assert user["attributes"]["name"] == "Alice"
        assert b["id"] == "vb"
        assert playlist == jsonapi.get(f"/api/playlist/{playlist['id']}").json()["data"]
        assert playlist["relationships"]["owner"]["data"]["id"] == user["id"]
        stored = Creator.objects.get(pk=user["id"]).owned_videos.all()
        assert {video.pk for video in stored} == {a["id"], "vb"}

    def test_updates_and_removals_have_empty_results(self, jsonapi):
        response = send(
            jsonapi,
            update("video", "v1", attributes={"title": "x"}),
            {"op": "remove", "ref": identifier("video", "v2")},
        )
        assert (response.status_code, response.content) == (204, b"")
        assert response.headers["Content-Type"] == ATOMIC
        assert Video.objects.get(pk="v1").title == "x"
        assert not Video.objects.filter(pk="v2").exists()

    def test_a_result_for_each_operation(self, jsonapi):
        removal = {"op": "remove", "ref": identifier("video", "v2")}
        response = send(jsonapi, removal, add("video", "x"), removal)
        assert response.status_code == 404
        response = send(jsonapi, removal, add("video", "x"))
        empty, added = response.json()["atomic:results"]
        assert (empty, added["data"]["id"]) == ({}, "x")

    def test_operations_see_what_went_before(self, jsonapi):
        response = send(
            jsonapi,
            add("video", "x", lid="x"),
            {
                "op": "update",
                "data": local("video", "x") | {"attributes": {"title": "t"}},
            },
            {
                "op": "update",
                "ref": local("video", "x") | {"relationship": "author"},
                "data": identifier("user", "u-bella"),
            },
            {
                "op": "add",
                "ref": {"type": "playlist", "id": "p2", "relationship": "videos"},
                "data": [local("video", "x")],
            },
        )
        assert response.status_code == 200
        video = Video.objects.get(pk="x")
        assert (video.title, video.author_id) == ("t", "u-bella")
        assert video.playlists.get().pk == "p2"

    def test_what_was_added_can_go_again(self, jsonapi):
        removal = {"op": "remove", "ref": local("video", "x")}
        assert send(jsonapi, add("video", "x", lid="x"), removal).status_code == 200
        assert not Video.objects.filter(pk="x").exists()

    @pytest.mark.parametrize("base", ["/api", "http://testserver/api"])
    def test_paths_name_the_same_targets(self, jsonapi, base):
        Video.objects.create(id="é x")
        playlist = f"{base}/playlist/p1/relationships/videos"
        response = send(
            jsonapi,
            {"op": "add", "href": f"{base}/user", **resource("user", "x")},
            {"op": "update", "href": f"{base}/user/x", **resource("user", "x")},
            {"op": "remove", "href": f"{base}/video/%C3%A9%20x"},
            {"op": "update", "href": playlist, **linkage("video", "v2")},
            {"op": "add", "href": playlist, **linkage("video", "v3")},
        )
        assert response.status_code == 200
        assert Creator.objects.filter(pk="x").exists()
        assert Video.objects.count() == 3
        videos = Playlist.objects.get(pk="p1").videos.all()
        assert {video.pk for video in videos} == {"v2", "v3"}

    @pytest.mark.parametrize(
        "accept", ["*/*", "", "application/vnd.api+json", ATOMIC, f"{ATOMIC}, text/csv"]
    )
    def test_any_accept_header_with_the_extension_works(self, jsonapi, accept):
        response = send(jsonapi, add("user"), headers={"accept": accept})
        assert response.status_code == 200
        assert response.headers["Content-Type"] == ATOMIC

    def test_a_tag_is_not_looked_at(self, jsonapi):
        headers = {"if-match": 'W/"x"', "if-none-match": "*"}
        operation = update("video", "v1", attributes={"title": "x"})
        assert send(jsonapi, operation, headers=headers).status_code == 204

    def test_a_local_id_is_unique_within_its_type(self, jsonapi):
        response = send(
            jsonapi,
            add("user", lid="x"),
            add("video", lid="x", relationships={"author": one("user", "x")}),
        )
        assert response.status_code == 200

    def test_a_cut_list_leads_to_its_rest(self, jsonapi, settings):
        settings.QUINTET_MAX_LINKAGE = 1
        videos = {"videos": linkage("video", "v1", "v2")}
        response = send(jsonapi, add("playlist", "x", relationships=videos))
        (result,) = response.json()["atomic:results"]
        assert result == {"data": jsonapi.get("/api/playlist/x").json()["data"]}


PLAYLIST = {"type": "playlist", "id": "p1", "relationship": "videos"}
OWNED = {"type": "user", "id": "u-alice", "relationship": "owned_videos"}
AUTHOR = {"type": "video", "id": "v1", "relationship": "author"}
PREFIX = "Failed to deserialize object: "
TYPES = "Valid types: user, video, playlist."
TARGET = "The operation isn't allowed for its target."
REFUSED: list[tuple[object, int, str, str]] = [
    (None, 400, '"op" must be one of add, update, remove.', "/op"),
    ([], 400, '"op" must be one of add, update, remove.', "/op"),
    ({}, 400, '"op" must be one of add, update, remove.', "/op"),
    ({"op": "replace"}, 400, '"op" must be one of add, update, remove.', "/op"),
    ({"op": ["add"]}, 400, '"op" must be one of add, update, remove.', "/op"),
    (
        {"op": "add"},
        400,
        'Without "ref" or "href", "data" must be a resource object.',
        "/data",
    ),
    ({"op": "remove"}, 400, 'A remove operation needs "ref" or "href".', ""),
    (
        {"op": "remove", "data": identifier("video", "v1")},
        400,
        'A remove operation needs "ref" or "href".',
        "",
    ),
    (
        {"op": "remove", "ref": identifier("video", "v1"), "href": "/api/video/v1"},
        400,
        '"ref" can\'t be combined with "href".',
        "",
    ),
    (
        {"op": "remove", "ref": identifier("vidoe", "v1")},
        404,
        f'Unknown type "vidoe". {TYPES}',
        "/ref/type",
    ),
    (
        {"op": "remove", "ref": {"id": "v1"}},
        404,
        f'Unknown type "None". {TYPES}',
        "/ref/type",
    ),
    (
        {"op": "remove", "ref": {"type": "video"}},
        400,
        '"ref" must be an object with "type" and "id" or "lid".',
        "/ref",
    ),
    (
        {"op": "remove", "ref": "v1"},
        400,
        '"ref" must be an object with "type" and "id" or "lid".',
        "/ref",
    ),
    (
        {"op": "remove", "ref": identifier("video", "nope")},
        404,
        "No resource found with ID nope",
        "",
    ),
    (
        {"op": "remove", "ref": PLAYLIST | {"relationship": 1}},
        400,
        '"relationship" must be a string.',
        "/ref/relationship",
    ),
    (
        {"op": "add", "ref": PLAYLIST | {"relationship": "bogus"}, "data": []},
        404,
        "No such relation: bogus",
        "",
    ),
    (add("person"), 404, f'Unknown type "person". {TYPES}', "/data/type"),
    (add("user", "u-alice"), 409, "It already exists.", ""),
    (
        add("user", "x", attributes={"bogus": 1}),
        400,
        PREFIX + 'model has no attribute "bogus"',
        "/data/attributes/bogus",
    ),
    (
        add("user", "x", attributes={"deleted": "abc"}),
        400,
        "deleted: A valid integer is required.",
        "/data/attributes/deleted",
    ),
    (
        add("video", "x", relationships={"author": {"data": identifier("user", "no")}}),
        404,
        "No object of type user found with ID no",
        "/data/relationships/author/data",
    ),
    (
        {"op": "add", "href": "/api/user", **resource("video", "x")},
        409,
        PREFIX + 'expected type "user" but got type "video"',
        "/data/type",
    ),
    (
        update("video", "v1", attributes={"bogus": 1}),
        400,
        "Model does not have field 'bogus'",
        "/data/attributes/bogus",
    ),
    (
        {"op": "update", "data": {"type": "video"}},
        400,
        "Must specify resource ID",
        "/data",
    ),
    (
        {"op": "update", "ref": identifier("video", "v1"), **resource("video", "v2")},
        409,
        "ID must be v1, not v2",
        "/data/id",
    ),
    (
        update("user", "u-alice", relationships={"owned_videos": {"data": []}}),
        403,
        "Not allowed to replace a to-many relationship",
        "",
    ),
    (
        {"op": "update", "ref": OWNED, "data": []},
        403,
        "Not allowed to replace a to-many relationship",
        "",
    ),
    (
        {"op": "remove", "ref": PLAYLIST, **linkage("video", "v1")},
        403,
        "Not allowed to delete from a to-many relationship",
        "",
    ),
    (
        {"op": "add", "ref": AUTHOR, **linkage("user", "u-bella")},
        400,
        'Can\'t add to the to-one relationship "author".',
        "",
    ),
    (
        {"op": "update", "ref": PLAYLIST, "data": None},
        400,
        "Cannot set null value on a to-many relationship",
        "/data",
    ),
    ({"op": "add", "ref": identifier("video", "v1"), "data": {}}, 403, TARGET, ""),
    (
        {"op": "update", "href": "/api/video", **resource("video", "v1")},
        403,
        TARGET,
        "",
    ),
    ({"op": "remove", "href": "/api/video"}, 403, TARGET, ""),
    (add("user", lid=1), 400, '"lid" must be a non-empty string.', "/data/lid"),
    (add("user", lid=""), 400, '"lid" must be a non-empty string.', "/data/lid"),
    (
        add("video", relationships={"author": one("user", "u")}),
        400,
        'No earlier operation adds a user "u".',
        "/data/relationships/author/data/lid",
    ),
    (
        add("playlist", relationships={"videos": many("video", "a")}),
        400,
        'No earlier operation adds a video "a".',
        "/data/relationships/videos/data/0/lid",
    ),
    (
        add("video", relationships={"author": {"data": {"lid": "u"}}}),
        400,
        "Must specify correct data type",
        "/data/relationships/author/data",
    ),
    (
        {"op": "remove", "ref": local("video", "x")},
        400,
        'No earlier operation adds a video "x".',
        "/ref/lid",
    ),
    (
        {"op": "remove", "ref": identifier("video", "v1") | {"lid": "x"}},
        400,
        '"id" can\'t be combined with "lid".',
        "/ref",
    ),
    (
        {"op": "add", "ref": PLAYLIST, **many("video", "x")},
        400,
        'No earlier operation adds a video "x".',
        "/data/0/lid",
    ),
]


@pytest.mark.parametrize(("operation", "status", "detail", "pointer"), REFUSED)
def test_an_invalid_operation_is_refused_and_undoes_all(
    jsonapi, operation, status, detail, pointer
):
    before = state()
    response = send(jsonapi, add("video", "first"), operation, {"op": "oops"})
    assert (response.status_code, details(response)) == (status, [detail])
    assert pointers(response) == [f"/atomic:operations/1{pointer}"]
    assert response.headers["Content-Type"] == ATOMIC
    assert state() == before


@pytest.mark.parametrize(
    "href",
    [
        *("", "video/v1", "/", "/api", "/video/v1", "//other/api/video/v1"),
        *("http://other/api/video/v1", "http://testserver:1/api/video/v1"),
        *("/api/video/v1?x=1", "/api/video/v1#x", "/api/video/v1/author"),
        *("/api/video/v1/author/u-alice", "/api/video/v1/relationships/a/b"),
        *("/api%2Fvideo/v1", "/api/video%2Fv1", "/api/nope/v1", "/api/operations"),
        *("/api/video/%FF", "/api/video/%00", "/api/video/", "/api/video/v1/"),
        *("/api/../api/video/v1", "/api/video/../v1", 1, None, [], {}, "\u202e"),
    ],
)
def test_a_path_to_nothing_is_refused(jsonapi, href):
    before = state()
    response = send(jsonapi, {"op": "remove", "href": href})
    assert response.status_code in {400, 404}, response.content
    assert pointers(response)[0].startswith("/atomic:operations/0")
    assert state() == before


def test_a_local_id_names_one_resource(jsonapi):
    response = send(jsonapi, add("user", "x", lid="u"), add("user", "y", lid="u"))
    assert response.status_code == 400
    assert details(response) == ['An earlier operation adds a user "u".']
    assert pointers(response) == ["/atomic:operations/1/data/lid"]
    assert not Creator.objects.filter(pk="x").exists()


def test_every_unknown_id_is_an_error(jsonapi):
    operation = {"op": "add", "ref": PLAYLIST, **linkage("video", "v1", "n1", "n2")}
    response = send(jsonapi, operation)
    assert response.status_code == 404
    assert pointers(response) == [f"/atomic:operations/0/data/{n}" for n in (1, 2)]


@pytest.mark.parametrize(
    "body",
    [
        *("{oops", b"\xff", "", "null", "[]", "{}", '{"data": null}'),
        *(f'{{"atomic:operations": {text}}}' for text in ("null", "{}", "[]", "1")),
        '{"atomic:operations": [{"op": "add", "op": "add"}]}',
    ],
)
def test_a_malformed_document_is_refused(jsonapi, body):
    response = jsonapi.post(URL, body, content_type=ATOMIC)
    assert response.status_code == 400
    assert response.json()["errors"]


def test_operations_have_a_limit(jsonapi):
    operation = update("video", "v1", attributes={})
    assert send(jsonapi, *[operation] * 100).status_code == 204
    response = send(jsonapi, *[operation] * 101)
    assert response.status_code == 400
    assert details(response) == ["At most 100 operations are allowed in a request."]


class TestNegotiation:
    @pytest.mark.parametrize(
        "content_type",
        [
            "application/vnd.api+json",
            "application/json",
            'application/vnd.api+json; ext="https://example.com/other"',
            'application/vnd.api+json; ext="https://jsonapi.org/ext/atomic x"',
            'application/vnd.api+json; ext=""',
            f"{ATOMIC}; charset=utf-8",
        ],
    )
    def test_other_documents_are_refused(self, jsonapi, content_type):
        response = send(jsonapi, add("user", "x"), content_type=content_type)
        assert response.status_code == 415
        (error,) = response.json()["errors"]
        assert error["source"] == {"header": "Content-Type"}
        assert not Creator.objects.filter(pk="x").exists()

    def test_a_profile_is_ignored(self, jsonapi):
        content_type = f'{ATOMIC}; profile="https://example.com/p"'
        response = send(jsonapi, add("user"), content_type=content_type)
        assert response.status_code == 200

    @pytest.mark.parametrize(
        "accept",
        [
            "application/json",
            'application/vnd.api+json; ext="https://example.com/other"',
            'application/vnd.api+json; ext="https://jsonapi.org/ext/atomic x"',
        ],
    )
    def test_other_media_types_are_not_acceptable(self, jsonapi, accept):
        response = send(jsonapi, add("user", "x"), headers={"accept": accept})
        assert response.status_code == 406
        assert not Creator.objects.filter(pk="x").exists()

    @pytest.mark.parametrize("path", ["/api/user", "/api/user/u-alice"])
    def test_the_extension_is_unknown_elsewhere(self, jsonapi, path):
        assert jsonapi.get(path, headers={"accept": ATOMIC}).status_code == 406
        body = resource("user")
        assert jsonapi.post("/api/user", body, content_type=ATOMIC).status_code == 415

    @pytest.mark.parametrize("method", ["get", "patch", "delete", "put"])
    def test_only_post_is_allowed(self, jsonapi, method):
        response = jsonapi.send(method, URL)
        assert response.status_code == 405
        assert response.headers["Allow"] == "POST, OPTIONS"

    def test_a_browser_sees_a_page(self, jsonapi):
        response = jsonapi.get(URL, headers={"accept": "text/html"})
        assert response.status_code == 405
        assert response.headers["Content-Type"].startswith("text/html")

    def test_options_names_the_methods(self, jsonapi):
        answer = jsonapi.send("options", URL).json()
        assert answer["meta"] == {"methods": ["POST", "OPTIONS"]}


class TestTypes:
    def test_a_type_may_forbid_a_method(self, jsonapi, monkeypatch):
        monkeypatch.setattr(VideoViewSet, "http_method_names", ["get", "post"])
        removal = {"op": "remove", "ref": identifier("video", "v1")}
        assert send(jsonapi, removal).status_code == 403
        assert send(jsonapi, add("video")).status_code == 200

    def test_a_type_may_choose_its_ids_itself(self, jsonapi, monkeypatch):
        monkeypatch.setattr(VideoViewSet, "client_ids", False)
        response = send(jsonapi, add("video", lid="a"), add("video", "x"))
        assert response.status_code == 403
        assert pointers(response) == ["/atomic:operations/1/data/id"]
        assert send(jsonapi, add("video", lid="a")).status_code == 200

    def test_a_type_has_its_own_permissions_and_limits(
        self, jsonapi, undocumented, monkeypatch
    ):
        monkeypatch.setattr(VideoViewSet, "throttle_classes", [OneRemoval])
        removal = {"op": "remove", "ref": identifier("video", "v1")}
        response = send(jsonapi, add("video"), add("user"), removal)
        assert response.status_code == 429
        assert response.headers["Retry-After"] == "7"
        assert pointers(response) == ["/atomic:operations/2"]
        assert Video.objects.filter(pk="v1").exists()

    def test_what_a_type_does_on_its_own_is_done_here(self, jsonapi, monkeypatch):
        def keep(view, row):
            row.deleted = 1
            row.save()

        monkeypatch.setattr(VideoViewSet, "perform_destroy", keep)
        send(jsonapi, {"op": "remove", "ref": identifier("video", "v1")})
        jsonapi.delete("/api/video/v2")
        assert Video.objects.filter(deleted=1).count() == 3


class OneRemoval(BaseThrottle):
    def allow_request(self, request, view):
        return request.method != "DELETE"

    def wait(self):
        return 7


@pytest.mark.usefixtures("closed")
class TestClosed:
    MINE = [
        add("video", "x", attributes={"author_id": "u-alice"}),
        update("video", "v1", attributes={"title": "x"}),
        {"op": "add", "ref": PLAYLIST, **linkage("video", "v2")},
        {"op": "remove", "ref": identifier("playlist", "p1")},
    ]
    OTHERS = [
        add("video", "x", attributes={"author_id": "u-bella"}),
        update("video", "v2", attributes={"title": "x"}),
        {"op": "update", "ref": AUTHOR, "data": identifier("user", "u-bella")},
        {"op": "add", "ref": OWNED, **linkage("video", "v2")},
        {"op": "remove", "ref": identifier("playlist", "p2")},
    ]

    @pytest.fixture(autouse=True)
    def alice_is_ada(self, catalog, ada):
        Creator.objects.filter(pk="u-alice").update(account=ada)

    def test_owners_write(self, as_user, ada):
        response = send(as_user(ada), *self.MINE)
        assert response.status_code == 200, response.content

    @pytest.mark.parametrize("operation", OTHERS)
    def test_others_do_not(self, as_user, ada, operation):
        before = state()
        response = send(as_user(ada), self.MINE[1], operation)
        assert response.status_code == 403
        assert response.json()["errors"][0]["code"] == "permission_denied"
        assert pointers(response) == ["/atomic:operations/1"]
        assert state() == before

    @pytest.mark.parametrize("operation", MINE + OTHERS)
    def test_strangers_need_a_token(self, jsonapi, operation):
        before = state()
        response = send(jsonapi, operation)
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"
        assert state() == before

    def test_what_one_made_one_may_use(self, as_user, ada):
        response = send(
            as_user(ada),
            add("user", lid="u"),
            add("video", lid="v", relationships={"author": one("user", "u")}),
            {"op": "remove", "ref": local("video", "v")},
        )
        assert response.status_code == 200


def test_an_operation_costs_the_same_among_many(jsonapi):
    def queries(number: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            author = {"author": {"data": identifier("user", "u-alice")}}
            operations = [add("video", relationships=author) for _ in range(number)]
            assert send(jsonapi, *operations).status_code == 200
        return len(queries)

    one, ten, twenty = queries(1), queries(10), queries(20)
    each = (ten - one) // 9
    assert twenty - ten == 10 * each
    assert each == 3
