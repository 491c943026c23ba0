from __future__ import annotations

import json

import pytest
from django.conf import settings

from media_catalog.models import Creator, Playlist, Video
from media_catalog.views import CreatorViewSet
from tests.media_catalog.jsonapi import (
    MEDIA_TYPE,
    details,
    identifier,
    linkage,
    resource,
)

pytestmark = pytest.mark.usefixtures("catalog")
PREFIX = "Failed to deserialize object: "
MEMBERS = {"id", "links", "status", "code", "title", "detail", "source", "meta"}
ALICE = "/api/user/u-alice"
V1 = "/api/video/v1"
P1 = "/api/playlist/p1"


def with_relationship(name: str, value: object) -> dict[str, object]:
    return {"relationships": {name: value}}


def author(**identifier: object) -> dict[str, object]:
    return with_relationship("author", {"data": identifier})


IN_AUTHOR = 'element in linkage object for relationship "author"'
NEW = [
    ("user", "{oops", 400, "Unable to decode data"),
    ("user", b"\xff", 400, "Unable to decode data"),
    ("user", '{"data": 1, "data": 2}', 400, "Unable to decode data"),
    ("user", [], 400, PREFIX + 'missing "data" element'),
    ("user", {}, 400, PREFIX + 'missing "data" element'),
    ("user", {"data": None}, 400, '"data" must be a resource object.'),
    ("user", {"data": []}, 400, '"data" must be a resource object.'),
    ("user", {"data": {"id": "x"}}, 400, PREFIX + 'missing "type" element'),
    (
        "user",
        resource("person", "x"),
        409,
        PREFIX + 'expected type "user" but got type "person"',
    ),
    (
        "user",
        resource("user", "x", attributes={"bogus": 1}),
        400,
        PREFIX + 'model has no attribute "bogus"',
    ),
    (
        "user",
        resource("user", "x", attributes={"id": "y"}),
        400,
        PREFIX + 'model has no attribute "id"',
    ),
    (
        "user",
        resource("user", "x", attributes={"account": 1}),
        400,
        PREFIX + 'model has no attribute "account"',
    ),
    (
        "user",
        resource("user", "x", **with_relationship("bogus", {"data": None})),
        400,
        PREFIX + 'model has no relationship "bogus"',
    ),
    (
        "video",
        resource("video", "x", **with_relationship("author", {})),
        400,
        f'{PREFIX}missing "data" {IN_AUTHOR}',
    ),
    (
        "video",
        resource("video", "x", **author(type="user")),
        400,
        f'{PREFIX}missing "id" {IN_AUTHOR}',
    ),
    (
        "video",
        resource("video", "x", **author(id="u-alice")),
        400,
        f'{PREFIX}missing "type" {IN_AUTHOR}',
    ),
    (
        "video",
        resource("video", "x", **author(type="video", id="v1")),
        409,
        "Type must be user, not video",
    ),
    (
        "video",
        resource("video", "x", **author(type="user", id="nope")),
        404,
        "No object of type user found with ID nope",
    ),
    (
        "video",
        resource("video", "x", attributes={"author_id": "nope"}),
        404,
        "No object of type user found with ID nope",
    ),
    (
        "video",
        resource("video", "x", attributes={"author_id": ["u-alice"]}),
        400,
        '"author_id" must be an id or null.',
    ),
    (
        "playlist",
        resource("playlist", "x", **with_relationship("videos", {"data": None})),
        400,
        "Cannot set null value on a to-many relationship",
    ),
    ("user", resource("user", "u-alice"), 409, "It already exists."),
    ("user", resource("user", ""), 400, "This field cannot be blank."),
    ("user", {"data": {"type": "user", "id": None}}, 400, '"id" must be a string.'),
    ("user", {"data": {"type": "user", "id": True}}, 400, '"id" must be a string.'),
    ("user", {"data": {"type": "user", "id": {}}}, 400, '"id" must be a string.'),
    (
        "user",
        resource("user", "x", attributes=[]),
        400,
        '"attributes" must be an object.',
    ),
    (
        "user",
        resource("user", "x", relationships="no"),
        400,
        '"relationships" must be an object.',
    ),
    (
        "user",
        resource("user", "x", attributes={"deleted": "abc"}),
        400,
        "deleted: A valid integer is required.",
    ),
    (
        "user",
        resource("user", "x", attributes={"deleted": 2**31}),
        400,
        "deleted: Ensure this value is less than or equal to 2147483647.",
    ),
    (
        "user",
        resource("user", "x", attributes={"name": ["a"]}),
        400,
        "name: Not a valid string.",
    ),
]


@pytest.mark.parametrize(("kind", "body", "status", "detail"), NEW)
def test_a_bad_new_resource_is_refused(jsonapi, kind, body, status, detail):
    response = jsonapi.post(f"/api/{kind}", body)
    assert (response.status_code, details(response)) == (status, [detail])
    assert response.headers["Content-Type"] == MEDIA_TYPE
    assert not Creator.objects.filter(pk="x").exists()
    assert not Video.objects.filter(pk="x").exists()
    assert not Playlist.objects.filter(pk="x").exists()


CHANGES = [
    (ALICE, "{oops", 400, "Unable to decode data"),
    (ALICE, {}, 400, "Must specify correct data type"),
    (ALICE, {"data": None}, 400, '"data" must be a resource object.'),
    (ALICE, {"data": {"id": "u-alice"}}, 400, "Must specify correct data type"),
    (ALICE, resource("user"), 400, "Must specify resource ID"),
    (ALICE, resource("video", "u-alice"), 409, "Type must be user, not video"),
    (ALICE, resource("user", "other"), 409, "ID must be u-alice, not other"),
    (
        ALICE,
        resource("user", "u-alice", attributes={"bogus": 1}),
        400,
        "Model does not have field 'bogus'",
    ),
    (
        ALICE,
        resource("user", "u-alice", attributes={"id": "renamed"}),
        400,
        "Model does not have field 'id'",
    ),
    (
        ALICE,
        resource("user", "u-alice", **with_relationship("bogus", {"data": None})),
        400,
        "Model does not have relationship 'bogus'",
    ),
    (
        ALICE,
        resource("user", "u-alice", **with_relationship("owned_videos", {"data": []})),
        403,
        "Not allowed to replace a to-many relationship",
    ),
    (
        V1,
        resource("video", "v1", **with_relationship("author", {})),
        400,
        'relationship "author" is missing resource linkage',
    ),
    (
        V1,
        resource("video", "v1", **with_relationship("author", {"data": {}})),
        400,
        "Must specify correct data type",
    ),
    (
        V1,
        resource("video", "v1", **author(type="user")),
        400,
        "Must specify resource ID",
    ),
    (
        V1,
        resource("video", "v1", **author(type="user", id="nope")),
        404,
        "No object of type user found with ID nope",
    ),
    (
        V1,
        resource("video", "v1", **author(type="video", id="v1")),
        409,
        "Type must be user, not video",
    ),
    (
        V1,
        resource("video", "v1", attributes={"author_id": "nope"}),
        404,
        "No object of type user found with ID nope",
    ),
    (
        "/api/user/nope",
        resource("user", "nope"),
        404,
        "No instance with ID nope in model user",
    ),
    (
        f"{V1}/relationships/author",
        {"data": {"id": "u-alice"}},
        400,
        "Must specify correct data type",
    ),
    (
        f"{V1}/relationships/author",
        {"data": {"type": "user"}},
        400,
        "Must specify resource ID or IDs",
    ),
    (
        f"{V1}/relationships/author",
        {"data": {}},
        400,
        "Must specify correct data type",
    ),
    (
        f"{V1}/relationships/author",
        {},
        400,
        'relationship "author" is missing resource linkage',
    ),
    (
        f"{V1}/relationships/author",
        [],
        400,
        'relationship "author" is missing resource linkage',
    ),
    (
        f"{V1}/relationships/author",
        linkage("user", "u-alice"),
        400,
        '"author" must have objects with "type" and "id".',
    ),
    (
        f"{V1}/relationships/author",
        {"data": identifier("user", "nope")},
        404,
        "No object of type user found with ID nope",
    ),
    (
        f"{P1}/relationships/videos",
        {"data": identifier("video", "v1")},
        400,
        'The "data" of "videos" must be a list.',
    ),
    (
        f"{P1}/relationships/videos",
        {"data": None},
        400,
        "Cannot set null value on a to-many relationship",
    ),
    (
        f"{P1}/relationships/videos",
        linkage("user", "v1"),
        409,
        "Type must be video, not user",
    ),
    (
        f"{P1}/relationships/videos",
        {"data": ["v1"]},
        400,
        '"videos" must have objects with "type" and "id".',
    ),
    (
        f"{P1}/relationships/bogus",
        {"data": []},
        404,
        "No such relation: bogus",
    ),
    (
        "/api/playlist/nope/relationships/videos",
        {"data": []},
        404,
        "No instance with ID nope in model playlist",
    ),
    (
        f"{ALICE}/relationships/owned_videos",
        linkage("video", "v2"),
        403,
        "Not allowed to replace a to-many relationship",
    ),
]


@pytest.mark.parametrize(("path", "body", "status", "detail"), CHANGES)
def test_a_bad_change_is_refused(jsonapi, path, body, status, detail):
    response = jsonapi.patch(path, body)
    assert (response.status_code, details(response)) == (status, [detail])
    assert Video.objects.get(pk="v1").author_id == "u-alice"
    assert Playlist.objects.get(pk="p1").videos.count() == 2
    assert Creator.objects.get(pk="u-alice").owned_videos.count() == 1


ADDITIONS = [
    (
        f"{P1}/relationships/videos",
        linkage("video", "v2", "nope"),
        404,
        "No object of type video found with ID nope",
    ),
    (f"{P1}/relationships/bogus", {"data": []}, 404, "No such relation: bogus"),
    (
        f"{V1}/relationships/author",
        {"data": identifier("user", "u-bella")},
        400,
        'Can\'t add to the to-one relationship "author".',
    ),
    (
        f"{V1}/relationships/author",
        linkage("user", "u-bella"),
        400,
        'Can\'t add to the to-one relationship "author".',
    ),
]


@pytest.mark.parametrize(("path", "body", "status", "detail"), ADDITIONS)
def test_a_bad_addition_is_refused(jsonapi, path, body, status, detail):
    response = jsonapi.post(path, body)
    assert (response.status_code, details(response)) == (status, [detail])
    assert Playlist.objects.get(pk="p1").videos.count() == 2


def no_number(name: str, value: str) -> str:
    return f'page[{name}] must be a whole number from 0, not "{value}".'


READS = [
    ("/api/user/nope", 404, "No resource with ID nope"),
    (f"{V1}/bogus", 404, "No such relation: bogus"),
    (f"{V1}/bogus/v1", 404, "No such relation: bogus"),
    (f"{V1}/relationships/bogus", 404, "No such relation: bogus"),
    ("/api/video/nope/author", 404, "No resource with ID nope"),
    ("/api/video/nope/relationships/author", 404, "No resource with ID nope"),
    (f"{P1}/videos/v2", 404, "No related resource with ID v2"),
    (f"{P1}/videos/nope", 404, "No related resource with ID nope"),
    (
        f"{V1}/author/u-alice",
        404,
        "Cannot access a related resource by ID from a to-one relation",
    ),
    (
        "/api/video?page[size]=101",
        400,
        "Page size must not exceed the server's maximum: 100",
    ),
    (
        "/api/video?page[size]=-1",
        400,
        'page[size] must be a whole number from 0, not "-1".',
    ),
    (
        "/api/video?page[size]=ten",
        400,
        'page[size] must be a whole number from 0, not "ten".',
    ),
    (
        "/api/video?page[size]=",
        400,
        'page[size] must be a whole number from 0, not "".',
    ),
    (
        "/api/video?page[number]=x",
        400,
        'page[number] must be a whole number from 0, not "x".',
    ),
    (
        "/api/video?page[number]=٣",
        400,
        'page[number] must be a whole number from 0, not "٣".',
    ),
    (
        "/api/video?page[number]=-2",
        400,
        'page[number] must be a whole number from 0, not "-2".',
    ),
    (
        "/api/video?page[size]=0&page[number]=2",
        400,
        "With page[size]=0 there is only page 1, not 2.",
    ),
    ("/api/video?sort=bogus", 400, "Invalid sorting: No such field bogus"),
    ("/api/video?sort=%2Btitle", 400, "Invalid sorting: No such field +title"),
    ("/api/video?sort=bogus.name", 400, "Invalid sorting: No such field bogus.name"),
    (
        "/api/video?sort=playlists.title",
        400,
        "Invalid sorting: No such field playlists.title",
    ),
    (
        "/api/user?sort=account__email",
        400,
        "Invalid sorting: No such field account__email",
    ),
    (
        "/api/video?include=bogus",
        400,
        'Invalid include: unknown relationship "bogus". '
        "Valid relationships: author, playlists.",
    ),
    (
        "/api/video/v1?include=author.bogus",
        400,
        'Invalid include: unknown relationship "bogus". '
        "Valid relationships: owned_videos, owned_playlists.",
    ),
    (
        "/api/user/u-alice?include=account",
        400,
        'Invalid include: unknown relationship "account". '
        "Valid relationships: owned_videos, owned_playlists.",
    ),
    (
        "/api/video/v1?include=author.owned_videos.author.owned_videos",
        400,
        'Invalid include: the path "author.owned_videos.author.owned_videos"'
        " has more than 3 names.",
    ),
    (
        "/api/video/v1/relationships/author?include=playlists",
        400,
        'Invalid include: here paths start with "author", not "playlists".',
    ),
]


@pytest.mark.parametrize(("path", "status", "detail"), READS)
def test_a_bad_read_is_refused(jsonapi, path, status, detail):
    response = jsonapi.get(path)
    assert (response.status_code, details(response)) == (status, [detail])


def test_a_type_may_choose_its_ids_itself(jsonapi, undocumented, monkeypatch):
    monkeypatch.setattr(CreatorViewSet, "client_ids", False)
    response = jsonapi.post("/api/user", resource("user", "x"))
    assert response.status_code == 403
    detail = PREFIX + "Server does not allow client-generated IDS"
    assert details(response) == [detail]
    assert jsonapi.post("/api/user", resource("user")).status_code == 201


def test_an_unknown_resource_cannot_be_deleted(jsonapi):
    response = jsonapi.delete("/api/user/nope")
    assert response.status_code == 404
    assert details(response) == ["No resource found with ID nope"]


@pytest.mark.parametrize(
    "path", [f"{P1}/relationships/videos", f"{V1}/relationships/author"]
)
def test_nothing_is_deleted_from_a_relationship(jsonapi, path):
    response = jsonapi.delete(path, linkage("video", "v1"))
    assert response.status_code == 403
    assert details(response) == ["Not allowed to delete from a to-many relationship"]
    assert Playlist.objects.get(pk="p1").videos.count() == 2


def test_nothing_is_deleted_from_an_unknown_relationship(jsonapi):
    response = jsonapi.delete(f"{P1}/relationships/bogus", {"data": []})
    assert response.status_code == 404


def test_a_pointer_is_escaped(jsonapi):
    body = resource("user", "x", attributes={"a/b~c": 1})
    (error,) = jsonapi.post("/api/user", body).json()["errors"]
    assert error["source"] == {"pointer": "/data/attributes/a~1b~0c"}


def test_too_many_parameters_are_refused(jsonapi):
    too_many = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1
    response = jsonapi.get("/api/user?" + "&".join(["a=1"] * too_many))
    assert response.status_code == 400
    assert response.headers["Content-Type"] == MEDIA_TYPE


def test_every_unknown_id_of_a_list_is_an_error(jsonapi):
    response = jsonapi.patch(
        f"{P1}/relationships/videos", linkage("video", "v1", "nope1", "nope2", "nope1")
    )
    assert response.status_code == 404
    assert details(response) == [
        "No object of type video found with ID nope1",
        "No object of type video found with ID nope2",
    ]
    errors = response.json()["errors"]
    assert [error["status"] for error in errors] == [None, None]
    assert [error["source"]["pointer"] for error in errors] == ["/data/1", "/data/2"]


def test_an_error_has_all_members_and_says_where(jsonapi):
    body = resource("user", "x", attributes={"deleted": "abc", "create_at": "June 2"})
    response = jsonapi.post("/api/user", body)
    assert set(response.json()) == {"errors", "jsonapi"}
    errors = response.json()["errors"]
    assert [set(error) for error in errors] == [MEMBERS, MEMBERS]
    assert {error["status"] for error in errors} == {"400"}
    assert {error["source"]["pointer"] for error in errors} == {
        "/data/attributes/deleted",
        "/data/attributes/create_at",
    }
    text = json.dumps(response.json(), sort_keys=True)
    assert response.content.decode() == text


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("sort=bogus", "sort"),
        ("page[size]=x", "page[size]"),
        ("include=bogus", "include"),
    ],
)
def test_an_error_names_the_parameter(jsonapi, query, parameter):
    response = jsonapi.get(f"/api/video?{query}")
    assert response.json()["errors"][0]["source"] == {"parameter": parameter}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("delete", "/api/user", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("put", ALICE, {"GET", "HEAD", "OPTIONS", "PATCH", "DELETE"}),
        ("post", ALICE, {"GET", "HEAD", "OPTIONS", "PATCH", "DELETE"}),
        ("post", f"{P1}/videos", {"GET", "HEAD", "OPTIONS"}),
        ("delete", f"{P1}/videos/v1", {"GET", "HEAD", "OPTIONS"}),
        (
            "put",
            f"{P1}/relationships/videos",
            {"GET", "HEAD", "OPTIONS", "POST", "PATCH", "DELETE"},
        ),
    ],
)
def test_other_methods_are_refused(jsonapi, method, path, allowed):
    response = jsonapi.send(method, path, {})
    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == allowed
    assert response.json()["errors"][0]["status"] == "405"


@pytest.mark.parametrize("path", ["/api/user/", "/api/", "/api/nope", f"{ALICE}/"])
def test_other_urls_are_refused_in_the_same_shape(jsonapi, path):
    response = jsonapi.get(path)
    assert response.status_code == 404
    assert response.headers["Content-Type"] == MEDIA_TYPE
    assert details(response) == ["Not found."]
