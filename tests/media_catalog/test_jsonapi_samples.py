"""Requests as clients of Flask-Restless send them, each with its whole answer.

Every sample starts from one of the data sets below, which are written as the
resources that the answers show.
"""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import pytest
import time_machine

from media_catalog.models import Creator, Playlist, Video
from tests.media_catalog.jsonapi import MEDIA_TYPE, identifier, link_videos, linkage

BASE = "http://testserver"
MOMENT = "2024-06-02T04:44:04.906714"
LATER = "2024-06-02T04:44:52.987591"
F = "Failed to deserialize object: "
VERSION = {"version": "1.0"}
ONLY_PARAMETERS = (
    "Accept header contained JSON API content type, but each instance occurred with "
    "media type parameters; at least one instance must appear without parameters "
    "(the part after the semicolon)"
)
Resource = dict[str, Any]
Json = dict[str, Any]


# Data sets


def user(pk: str, name: str | None = None, **columns: Any) -> Resource:
    return resource_object("user", pk, {"name": name, **columns}) | {
        "relationships": {"owned_playlists": {"data": []}, "owned_videos": {"data": []}}
    }


def video(
    pk: str, title: str | None = None, author: str | None = None, **columns: Any
) -> Resource:
    return resource_object("video", pk, {"title": title, **columns}) | {
        "relationships": {"author": one("user", author), "playlists": {"data": []}}
    }


def playlist(
    pk: str, title: str | None = None, owner: str | None = None, *videos: str
) -> Resource:
    return resource_object("playlist", pk, {"title": title}) | {
        "relationships": {
            "owner": one("user", owner),
            "videos": linkage("video", *videos),
        }
    }


def resource_object(kind: str, pk: str, columns: Json) -> Resource:
    nothing = dict.fromkeys(["create_at", "deleted", "update_at"])
    return {"attributes": nothing | columns, "id": pk, "type": kind}


def one(kind: str, pk: str | None) -> Json:
    return {"data": None if pk is None else identifier(kind, pk)}


def data_set(*resources: Resource) -> dict[str, Resource]:
    """The resources by id, each linked from the other side as well."""
    by_id = {resource["id"]: resource for resource in resources}
    for resource in resources:
        own = identifier(resource["type"], resource["id"])
        related = resource["relationships"]
        for name, back in [("author", "owned_videos"), ("owner", "owned_playlists")]:
            if target := related.get(name, {}).get("data"):
                by_id[target["id"]]["relationships"][back]["data"].append(own)
        for target in related.get("videos", {}).get("data", []):
            by_id[target["id"]]["relationships"]["playlists"]["data"].append(own)
    return by_id


STAMPS = {"create_at": MOMENT, "update_at": MOMENT, "deleted": 0}
BOB = {"create_at": MOMENT, "update_at": LATER, "deleted": 0}
BELLA = {"create_at": "2024-06-02T04:44:04", "update_at": MOMENT, "deleted": 0}

EMPTY: dict[str, Resource] = {}
ALICE = data_set(user("u-alice", "Alice", **STAMPS), user("u-bella", "Bella"))
# Twelve videos by Bella and Bob in turn, every fourth titled t1; two by Bob, and three
# by nobody. Eight were never updated.
SEVENTEEN = data_set(
    user("u-alice", "Bob", **BOB),
    user("u-bella", "Bella", **BELLA),
    video("v1", "user 1 video 1", "u-alice", **STAMPS),
    video("v2", "B", "u-alice", deleted=1, create_at="2024-07-01T00:00:00"),
    video("v3", "a"),
    *(
        video(
            f"w{n:02}",
            f"t{n % 4}",
            ["u-bella", "u-alice"][n % 2],
            deleted=1 if n == 1 else 0,
            create_at=MOMENT,
            update_at=MOMENT if n < 7 else LATER,
        )
        for n in range(12)
    ),
    video("x0", "last but one"),
    video("x1"),
    playlist("p1", "pl 1", "u-alice", "v1", "v2", "v3"),
)
LINKED = data_set(
    user("u-alice", "Bob", **BOB),
    user("u-bella", "Bella", **BELLA),
    video("v1", "user 1 video 1", "u-bella", **STAMPS),
    video("v2", "B", "u-bella", deleted=1, create_at="2024-07-01T00:00:00"),
    video("v3", "a"),
    playlist("p1", "pl 1", None, "v1", "v3"),
    playlist("p2", "pl 2", None, "v1"),
)
# The same after some changes of hands.
ALICES = data_set(
    user("u-alice", "Bob", **BOB),
    user("u-bella", "Bella", **BELLA),
    video("v1", "user 1 video 1", "u-bella", **STAMPS),
    video("v2", "B", "u-alice", deleted=1, create_at="2024-07-01T00:00:00"),
    video("v3", "a", "u-alice"),
    playlist("p1", "pl 1", "u-alice", "v3"),
)


def store(resources: dict[str, Resource]) -> None:
    for kind, model in [("user", Creator), ("video", Video), ("playlist", Playlist)]:
        for resource in resources.values():
            if resource["type"] == kind:
                store_one(model, resource)


def store_one(model: Any, resource: Resource) -> None:
    columns = dict(resource["attributes"])
    for name in ("create_at", "update_at"):
        if columns[name]:
            columns[name] = datetime.fromisoformat(columns[name]).replace(tzinfo=UTC)
    related = resource["relationships"]
    for name in ("author", "owner"):
        if target := related.get(name, {}).get("data"):
            columns[f"{name}_id"] = target["id"]
    row = model.objects.create(id=resource["id"], **columns)
    if "videos" in related:
        link_videos(row.pk, *[each["id"] for each in related["videos"]["data"]])


# Samples


@dataclass
class Sample:
    """A request, what it starts from, and all that is answered."""

    name: str
    request: str
    status: int
    body: Any = None
    sent: Any = None
    given: dict[str, Resource] = field(default_factory=lambda: LINKED)
    headers: dict[str, str] = field(default_factory=dict)
    location: str | None = None
    allow: str | None = None
    behind_proxy: bool = False


def resource(kind: str, pk: str | None = None, **members: Any) -> Json:
    key = {} if pk is None else {"id": pk}
    return {"data": {"type": kind, **key, **members}}


def document(data: Any, **members: Any) -> Json:
    return {"data": data, "jsonapi": VERSION, **members}


def refusal(status: int, code: str, detail: str, **source: str) -> Json:
    return errors({"status": status, "code": code, "detail": detail, "source": source})


def errors(*objects: Json) -> Json:
    return {"errors": [whole_error(**one) for one in objects], "jsonapi": VERSION}


def whole_error(
    status: int, code: str, detail: str, source: Json, *, is_listed: bool = False
) -> Json:
    return {
        "code": code,
        "detail": detail,
        "id": None,
        "links": None,
        "meta": None,
        "source": source or None,
        "status": None if is_listed else str(status),
        "title": HTTPStatus(status).phrase,
    }


def whole(given: dict[str, Resource], *pks: str) -> list[Resource]:
    """The resources with these ids, as the data set has them."""
    return [given[pk] for pk in pks]


def titles(*pks: str) -> list[Resource]:
    return [
        {
            "type": "video",
            "id": pk,
            "attributes": {"title": SEVENTEEN[pk]["attributes"]["title"]},
        }
        for pk in pks
    ]


def page(
    path: str,
    data: Any,
    total: int,
    others: str = "",
    size: int = 10,
    base: str = BASE,
    **numbers: int | None,
) -> Json:
    """A collection document; `numbers` are the pages that its links lead to."""

    def url(number: int | None) -> str | None:
        query = f"{others}page%5Bsize%5D={size}&page%5Bnumber%5D={number}"
        return None if number is None else f"{base}{path}?{query}"

    names = {"first": 1, "last": 1, "next": None, "prev": None} | numbers
    links = {name: url(number) for name, number in names.items()}
    return document(data, meta={"total": total}, links=links | {"self": path})


def encoded(*filters: Json) -> str:
    text = quote(json.dumps(filters), safe="*").replace("%20", "+")
    return f"filter%5Bobjects%5D={text}&"


def filtering(*filters: Json) -> str:
    return f"filter[objects]={json.dumps(filters)}"


def new_user(pk: str, **attributes: Any) -> Json:
    return resource("user", pk, attributes=attributes)


T1 = {"name": "title", "op": "eq", "val": "t1"}
IS_BELLA = {"name": "name", "op": "eq", "val": "Bella"}
BY_BELLA = {"name": "author", "op": "has", "val": IS_BELLA}
IN_PL_1 = {
    "name": "playlists",
    "op": "any",
    "val": {"name": "title", "op": "eq", "val": "pl 1"},
}
EITHER = {
    "or": [
        {"and": [T1, {"name": "deleted", "op": "eq", "val": 1}]},
        {"name": "id", "op": "eq", "val": "v1"},
    ]
}
NEVER_UPDATED = {"name": "create_at", "op": "eq", "field": "update_at"}
ALL = sorted(pk for pk, each in SEVENTEEN.items() if each["type"] == "video")
VIDEO = "/api/video"
P1_VIDEOS = "/api/playlist/p1/relationships/videos"
V1_AUTHOR = "/api/video/v1/relationships/author"

CREATING = [
    Sample(
        "a user with an id of the client's",
        "POST /api/user",
        201,
        document(user("u-alice", "Alice", **STAMPS)),
        sent=new_user("u-alice", name="Alice", **STAMPS),
        given=EMPTY,
        location="/api/user/u-alice",
    ),
    Sample(
        "the user afterwards",
        "GET /api/user/u-alice",
        200,
        document(ALICE["u-alice"]),
        given=ALICE,
    ),
    Sample(
        "another name and time for the user",
        "PATCH /api/user/u-alice",
        204,
        sent=new_user("u-alice", name="Bob", update_at=LATER),
        given=ALICE,
    ),
    Sample(
        "a video with its author as an attribute",
        "POST /api/video",
        201,
        document(video("v1", "user 1 video 1", "u-alice", **STAMPS)),
        sent=resource(
            "video",
            "v1",
            attributes={"title": "user 1 video 1", **STAMPS, "author_id": "u-alice"},
        ),
        given=ALICE,
        location="/api/video/v1",
    ),
    Sample(
        "a video with its author as a relationship",
        "POST /api/video",
        201,
        document(
            video("v2", "B", "u-bella", deleted=1, create_at="2024-07-01T00:00:00")
        ),
        sent=resource(
            "video",
            "v2",
            attributes={
                "title": "B",
                "deleted": 1,
                "create_at": "2024-07-01T00:00:00",
            },
            relationships={"author": {"data": identifier("user", "u-bella")}},
        ),
        given=ALICE,
        location="/api/video/v2",
    ),
    Sample(
        "a user without attributes",
        "POST /api/user",
        201,
        document(user("u-null")),
        sent=new_user("u-null"),
        given=EMPTY,
        location="/api/user/u-null",
    ),
]

READING = [
    Sample(
        "an empty collection",
        "GET /api/user",
        200,
        page("/api/user", [], 0),
        given=EMPTY,
    ),
    Sample(
        "the second page of three videos by id",
        "GET /api/video?page[number]=2&page[size]=3&sort=id",
        200,
        page(
            VIDEO,
            whole(SEVENTEEN, "w00", "w01", "w02"),
            17,
            "sort=id&",
            3,
            last=6,
            next=3,
            prev=1,
        ),
        given=SEVENTEEN,
    ),
    Sample(
        "everything on one page",
        "GET /api/video?page[size]=0",
        200,
        document(whole(SEVENTEEN, *ALL), links={"self": VIDEO}, meta={"total": 17}),
        given=SEVENTEEN,
    ),
    Sample(
        "a page larger than the maximum",
        "GET /api/video?page[size]=101",
        400,
        refusal(
            400,
            "bad_page",
            "Page size must not exceed the server's maximum: 100",
            parameter="page[size]",
        ),
        given=SEVENTEEN,
    ),
    Sample(
        "a page past the end",
        "GET /api/video?page[number]=99",
        200,
        page(VIDEO, [], 17, last=2, prev=98),
        given=SEVENTEEN,
    ),
    Sample(
        "the first page of a filter from the last id down",
        f"GET /api/video?{filtering(T1)}&page[size]=2&sort=-id",
        200,
        page(
            VIDEO,
            whole(SEVENTEEN, "w09", "w05"),
            3,
            f"{encoded(T1)}sort=-id&",
            2,
            last=2,
            next=2,
        ),
        given=SEVENTEEN,
    ),
    Sample(
        "videos by their author's name, those of nobody first",
        "GET /api/video?sort=author.name,id&page[size]=3",
        200,
        page(
            VIDEO,
            whole(SEVENTEEN, "v3", "x0", "x1"),
            17,
            "sort=author.name%2Cid&",
            3,
            last=6,
            next=2,
        ),
        given=SEVENTEEN,
    ),
    Sample(
        "videos by their author's name, after those of nobody",
        "GET /api/video?sort=author.name,id&page[size]=3&page[number]=2",
        200,
        page(
            VIDEO,
            whole(SEVENTEEN, "w00", "w02", "w04"),
            17,
            "sort=author.name%2Cid&",
            3,
            last=6,
            next=3,
            prev=1,
        ),
        given=SEVENTEEN,
    ),
    Sample(
        "sorting by an unknown field",
        "GET /api/video?sort=bogus",
        400,
        refusal(
            400, "bad_sort", "Invalid sorting: No such field bogus", parameter="sort"
        ),
        given=SEVENTEEN,
    ),
    Sample(
        "videos that have an author of some name",
        f"GET /api/video?{filtering(BY_BELLA)}",
        200,
        page(
            VIDEO,
            whole(SEVENTEEN, "w00", "w02", "w04", "w06", "w08", "w10"),
            6,
            encoded(BY_BELLA),
        ),
        given=SEVENTEEN,
    ),
    Sample(
        "videos in any playlist of some title",
        f"GET /api/video?{filtering(IN_PL_1)}",
        200,
        page(VIDEO, whole(SEVENTEEN, "v1", "v2", "v3"), 3, encoded(IN_PL_1)),
        given=SEVENTEEN,
    ),
    Sample(
        "one condition or two others together",
        f"GET /api/video?{filtering(EITHER)}",
        200,
        page(VIDEO, whole(SEVENTEEN, "v1", "w01"), 2, encoded(EITHER)),
        given=SEVENTEEN,
    ),
    Sample(
        "videos in which two columns agree",
        f"GET /api/video?{filtering(NEVER_UPDATED)}",
        200,
        page(
            VIDEO,
            whole(SEVENTEEN, "v1", "w00", "w01", "w02", "w03", "w04", "w05", "w06"),
            8,
            encoded(NEVER_UPDATED),
        ),
        given=SEVENTEEN,
    ),
    Sample(
        "comparing with null",
        "GET /api/video?" + filtering({"name": "title", "op": "eq", "val": None}),
        400,
        refusal(
            400, "bad_filter", "Unable to construct query", parameter="filter[objects]"
        ),
    ),
    Sample(
        "filtering by an unknown field",
        "GET /api/video?" + filtering({"name": "bogus", "op": "eq", "val": 1}),
        400,
        refusal(
            400,
            "bad_filter",
            'Invalid filter object: No such field "bogus"',
            parameter="filter[objects]",
        ),
    ),
    Sample(
        "a filter that is no JSON",
        "GET /api/video?filter[objects]={oops",
        400,
        refusal(
            400,
            "bad_filter",
            "Unable to decode filter objects as JSON list",
            parameter="filter[objects]",
        ),
    ),
    Sample(
        "asking for one resource by a filter, which no parameter does",
        "GET /api/video?filter[single]=1&"
        + filtering({"name": "id", "op": "eq", "val": "v1"}),
        400,
        refusal(
            400,
            "bad_filter",
            'Invalid filter object: No such field "single"',
            parameter="filter[single]",
        ),
    ),
    Sample(
        "filtering by one column's value",
        "GET /api/video?filter[title]=t1&fields[video]=title&page[size]=20",
        200,
        page(
            VIDEO,
            titles("w01", "w05", "w09"),
            3,
            "filter%5Btitle%5D=t1&fields%5Bvideo%5D=title&",
            20,
        ),
        given=SEVENTEEN,
    ),
    Sample(
        "a parameter that nobody knows",
        "GET /api/video?group=title&fields[video]=title&page[size]=20",
        200,
        page(VIDEO, titles(*ALL), 17, "group=title&fields%5Bvideo%5D=title&", 20),
        given=SEVENTEEN,
    ),
    Sample(
        "few fields of a video and of its author",
        "GET /api/video/v2?include=author&fields[user]=name&fields[video]=title,author",
        200,
        document(
            {
                "attributes": {"title": "B"},
                "id": "v2",
                "relationships": {"author": {"data": identifier("user", "u-alice")}},
                "type": "video",
            },
            included=[{"attributes": {"name": "Bob"}, "id": "u-alice", "type": "user"}],
        ),
        given=ALICES,
    ),
    Sample(
        "a video with its author",
        "GET /api/video/v3?include=author",
        200,
        document(ALICES["v3"], included=[ALICES["u-alice"]]),
        given=ALICES,
    ),
    Sample(
        "including what there is not",
        "GET /api/video?include=bogus&page[size]=2",
        400,
        refusal(
            400,
            "bad_include",
            'Invalid include: unknown relationship "bogus". '
            "Valid relationships: author, playlists.",
            parameter="include",
        ),
    ),
]

RELATED = [
    Sample(
        "the identifier of an author",
        f"GET {V1_AUTHOR}",
        200,
        document(
            identifier("user", "u-bella"),
            links={"related": "/api/video/v1/author", "self": V1_AUTHOR},
            meta={},
        ),
    ),
    Sample(
        "the author of a video",
        "GET /api/video/v1/author",
        200,
        document(LINKED["u-bella"], links={"self": "/api/video/v1/author"}, meta={}),
    ),
    Sample(
        "the author of a video that has none",
        "GET /api/video/v3/author",
        200,
        document(None, links={"self": "/api/video/v3/author"}, meta={}),
    ),
    Sample(
        "the identifiers of a playlist's videos",
        f"GET {P1_VIDEOS}",
        200,
        page(P1_VIDEOS, linkage("video", "v1", "v3")["data"], 2),
    ),
    Sample(
        "a playlist's videos by falling title, one a page",
        "GET /api/playlist/p1/videos?sort=-title&page[size]=1",
        200,
        page(
            "/api/playlist/p1/videos",
            whole(LINKED, "v1"),
            2,
            "sort=-title&",
            1,
            last=2,
            next=2,
        ),
    ),
    Sample(
        "one video of a playlist",
        "GET /api/playlist/p1/videos/v1",
        200,
        document(LINKED["v1"], links={"self": "/api/playlist/p1/videos/v1"}, meta={}),
    ),
    Sample(
        "a video that is not in the playlist",
        "GET /api/playlist/p1/videos/v2",
        404,
        refusal(404, "not_found", "No related resource with ID v2"),
    ),
    Sample(
        "another author",
        f"PATCH {V1_AUTHOR}",
        204,
        sent={"data": identifier("user", "u-alice")},
    ),
    Sample(
        "other videos for a playlist",
        f"PATCH {P1_VIDEOS}",
        204,
        sent=linkage("video", "v1", "v2"),
    ),
    Sample(
        "more videos for a playlist",
        f"POST {P1_VIDEOS}",
        204,
        sent=linkage("video", "v2", "v1"),
    ),
    Sample(
        "taking videos out of a playlist",
        f"DELETE {P1_VIDEOS}",
        403,
        refusal(
            403,
            "removal_not_allowed",
            "Not allowed to delete from a to-many relationship",
        ),
        sent=linkage("video", "v2"),
    ),
    Sample(
        "replacing all videos of a user",
        "PATCH /api/user/u-alice/relationships/owned_videos",
        403,
        refusal(
            403,
            "replacement_not_allowed",
            "Not allowed to replace a to-many relationship",
        ),
        sent=linkage("video", "v1"),
    ),
    Sample("no author", f"PATCH {V1_AUTHOR}", 204, sent={"data": None}),
    Sample(
        "null for a list",
        f"PATCH {P1_VIDEOS}",
        400,
        refusal(
            400,
            "bad_document",
            "Cannot set null value on a to-many relationship",
            pointer="/data",
        ),
        sent={"data": None},
    ),
    Sample(
        "two unknown videos among the known",
        f"PATCH {P1_VIDEOS}",
        404,
        errors(
            *(
                {
                    "status": 404,
                    "code": "not_found",
                    "detail": f"No object of type video found with ID nope{n}",
                    "source": {"pointer": f"/data/{n}"},
                    "is_listed": True,
                }
                for n in (1, 2)
            )
        ),
        sent=linkage("video", "v1", "nope1", "nope2"),
    ),
    Sample(
        "a video as author",
        "PATCH /api/video/v1",
        409,
        refusal(
            409,
            "wrong_type",
            "Type must be user, not video",
            pointer="/data/relationships/author/data/type",
        ),
        sent=resource(
            "video",
            "v1",
            relationships={"author": {"data": identifier("video", "v1")}},
        ),
    ),
    Sample(
        "changing an unknown relationship by its URL",
        "PATCH /api/video/v1/relationships/bogus",
        404,
        refusal(404, "no_such_relation", "No such relation: bogus"),
        sent={"data": identifier("user", "u-alice")},
    ),
    Sample(
        "the identifiers of an unknown relationship",
        "GET /api/video/v1/relationships/bogus",
        404,
        refusal(404, "no_such_relation", "No such relation: bogus"),
    ),
    Sample(
        "a title, an owner and no videos at once",
        "PATCH /api/playlist/p2",
        204,
        sent=resource(
            "playlist",
            "p2",
            attributes={"title": "pl 2b"},
            relationships={
                "owner": {"data": identifier("user", "u-bella")},
                "videos": {"data": []},
            },
        ),
    ),
]


def bad_new(detail: str, pointer: str, code: str = "bad_document") -> Json:
    return refusal(400, code, F + detail, pointer=pointer)


def no_object(kind: str, pointer: str, *, is_listed: bool = False) -> Json:
    return errors(
        {
            "status": 404,
            "code": "not_found",
            "detail": f"No object of type {kind} found with ID nope",
            "source": {"pointer": pointer},
            "is_listed": is_listed,
        }
    )


def created_sample(
    name: str, pk: str, sent: str, stored: str, **options: Any
) -> Sample:
    """A user with a time as sent and as answered."""
    return Sample(
        name,
        "POST /api/user",
        201,
        document(user(pk, create_at=stored)),
        sent=new_user(pk, create_at=sent),
        location=f"/api/user/{pk}",
        **options,
    )


def bad_time_sample(name: str, sent: str) -> Sample:
    detail = (
        "create_at: Datetime has wrong format. Use one of these formats instead: "
        "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
    )
    pointer = "/data/attributes/create_at"
    return Sample(
        name,
        "POST /api/user",
        400,
        refusal(400, "invalid", detail, pointer=pointer),
        sent=new_user("x", create_at=sent),
    )


REFUSED = [
    Sample(
        "a body that is no JSON",
        "POST /api/user",
        400,
        refusal(400, "malformed_json", "Unable to decode data"),
        sent="{oops",
    ),
    Sample(
        "a new resource without a type",
        "POST /api/user",
        400,
        bad_new('missing "type" element', "/data"),
        sent={"data": {"id": "x", "attributes": {}}},
    ),
    Sample(
        "a new resource of another type",
        "POST /api/user",
        409,
        refusal(
            409,
            "wrong_type",
            F + 'expected type "user" but got type "person"',
            pointer="/data/type",
        ),
        sent=resource("person", "x2", attributes={}),
    ),
    Sample(
        "a new resource with an unknown attribute",
        "POST /api/user",
        400,
        bad_new(
            'model has no attribute "bogus"',
            "/data/attributes/bogus",
            "unknown_attribute",
        ),
        sent=new_user("x3", bogus=1),
    ),
    Sample(
        "a new resource with an unknown relationship",
        "POST /api/user",
        400,
        bad_new(
            'model has no relationship "bogus"',
            "/data/relationships/bogus",
            "unknown_relationship",
        ),
        sent=resource("user", "x4", relationships={"bogus": {"data": None}}),
    ),
    Sample(
        "a new video by nobody who exists",
        "POST /api/video",
        404,
        no_object("user", "/data/relationships/author/data"),
        sent=resource(
            "video",
            "x9",
            attributes={},
            relationships={"author": {"data": identifier("user", "nope")}},
        ),
    ),
    Sample(
        "a new playlist of a video that does not exist",
        "POST /api/playlist",
        404,
        no_object("video", "/data/relationships/videos/data/0", is_listed=True),
        sent=resource(
            "playlist",
            "x10",
            attributes={},
            relationships={"videos": linkage("video", "nope")},
        ),
    ),
    Sample(
        "an id that is taken",
        "POST /api/user",
        409,
        refusal(409, "unique", "It already exists."),
        sent=new_user("u-alice", name="again"),
    ),
    Sample(
        "meta beside the attributes",
        "POST /api/user",
        201,
        document(user("x14")),
        sent=resource("user", "x14", attributes={}, meta={"a": 1}),
        location="/api/user/x14",
    ),
    bad_time_sample("a time that is none", "not a date"),
    created_sample(
        "a time with an offset is converted",
        "x19",
        "2024-06-02T04:44:04.5+02:00",
        "2024-06-02T02:44:04.500000",
    ),
    created_sample(
        "a time in UTC", "x25", "2024-06-02T04:44:04Z", "2024-06-02T04:44:04"
    ),
    created_sample(
        "the server's own time", "x23", "CURRENT_TIMESTAMP", "2026-11-21T01:16:06"
    ),
    bad_time_sample("a time in words", "June 2, 2024 4:44pm"),
    Sample(
        "a text for a number",
        "POST /api/user",
        400,
        refusal(
            400,
            "invalid",
            "deleted: A valid integer is required.",
            pointer="/data/attributes/deleted",
        ),
        sent=new_user("x27", deleted="abc"),
    ),
    Sample(
        "a change without the id",
        "PATCH /api/user/u-alice",
        400,
        refusal(400, "bad_document", "Must specify resource ID", pointer="/data"),
        sent=resource("user"),
    ),
    Sample(
        "a change with another id",
        "PATCH /api/user/u-alice",
        409,
        refusal(409, "wrong_id", "ID must be u-alice, not other", pointer="/data/id"),
        sent=new_user("other"),
    ),
    Sample(
        "a change of an unknown attribute",
        "PATCH /api/user/u-alice",
        400,
        refusal(
            400,
            "unknown_attribute",
            "Model does not have field 'bogus'",
            pointer="/data/attributes/bogus",
        ),
        sent=new_user("u-alice", bogus=1),
    ),
    Sample(
        "a change of an unknown relationship",
        "PATCH /api/user/u-alice",
        400,
        refusal(
            400,
            "unknown_relationship",
            "Model does not have relationship 'bogus'",
            pointer="/data/relationships/bogus",
        ),
        sent=resource("user", "u-alice", relationships={"bogus": {"data": None}}),
    ),
    Sample(
        "an unknown user",
        "GET /api/user/nope",
        404,
        refusal(404, "not_found", "No resource with ID nope"),
    ),
    Sample("deleting a user", "DELETE /api/user/u-alice", 204),
    Sample(
        "deleting an unknown user",
        "DELETE /api/user/nope",
        404,
        refusal(404, "not_found", "No resource found with ID nope"),
    ),
    Sample(
        "deleting a whole collection",
        "DELETE /api/user",
        405,
        refusal(405, "method_not_allowed", 'Method "DELETE" not allowed.'),
        allow="GET, HEAD, OPTIONS, POST",
    ),
    Sample(
        "a slash at the end",
        "GET /api/user/",
        404,
        refusal(404, "not_found", "Not found."),
    ),
]

NEGOTIATION = [
    Sample(
        "anything will do",
        "GET /api/user/u-alice",
        200,
        document(LINKED["u-alice"]),
        headers={"accept": "*/*"},
    ),
    Sample(
        "the media type with a weight",
        "GET /api/user/u-alice",
        200,
        document(LINKED["u-alice"]),
        headers={"accept": f"{MEDIA_TYPE}; q=0.8"},
    ),
    Sample(
        "the media type with a character set",
        "GET /api/user/u-alice",
        406,
        refusal(406, "not_acceptable", ONLY_PARAMETERS, header="Accept"),
        headers={"accept": f"{MEDIA_TYPE}; charset=utf-8"},
    ),
    Sample(
        "a user who owns videos and a playlist",
        "GET /api/user/u-alice",
        200,
        document(ALICES["u-alice"]),
        given=ALICES,
    ),
    Sample(
        "a body called plain JSON",
        "POST /api/user",
        415,
        refusal(
            415,
            "unsupported_media_type",
            f'Request must have "Content-Type: {MEDIA_TYPE}" header',
            header="Content-Type",
        ),
        sent=new_user("c1"),
        headers={"content-type": "application/json"},
    ),
    Sample(
        "a body with a character set",
        "POST /api/user",
        415,
        refusal(
            415,
            "unsupported_media_type",
            "Content-Type header must not have any media type parameters but found "
            "{'charset': 'utf-8'}",
            header="Content-Type",
        ),
        sent=new_user("c3"),
        headers={"content-type": f"{MEDIA_TYPE}; charset=utf-8"},
    ),
    Sample(
        "links of a service behind a proxy",
        "GET /api/video?page[size]=1&fields[video]=title",
        200,
        page(
            VIDEO,
            titles("v1"),
            17,
            "fields%5Bvideo%5D=title&",
            1,
            "https://api.example.org",
            last=17,
            next=2,
        ),
        given=SEVENTEEN,
        headers={
            "x-forwarded-host": "api.example.org",
            "x-forwarded-proto": "https",
        },
        behind_proxy=True,
    ),
]
SAMPLES = [*CREATING, *READING, *RELATED, *REFUSED, *NEGOTIATION]


def send(client: Any, sample: Sample) -> Any:
    method, path = sample.request.split(" ", 1)
    headers = {"accept": MEDIA_TYPE} | sample.headers
    content_type = headers.pop("content-type", MEDIA_TYPE)
    body = sample.sent if isinstance(sample.sent, str) else json.dumps(sample.sent)
    raw = b"" if sample.sent is None else body.encode()
    return client.generic(method, path, raw, content_type, headers=headers)


@pytest.mark.django_db
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_the_response_is_as_in_flask_restless(api, settings, sample):
    if sample.behind_proxy:
        settings.USE_X_FORWARDED_HOST = True
        settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        settings.ALLOWED_HOSTS = ["api.example.org"]
    store(deepcopy(sample.given))

    with time_machine.travel(datetime(2026, 11, 21, 1, 16, 6, 5, UTC), tick=False):
        response = send(api, sample)

    text = "" if sample.body is None else json.dumps(sample.body, sort_keys=True)
    assert response.status_code == sample.status, response.content
    assert json.loads(response.content or "null") == sample.body
    assert response.content.decode() == text
    assert response.headers["Content-Type"] == MEDIA_TYPE
    location = sample.location and BASE + sample.location
    assert response.headers.get("Location") == location
    if sample.allow:
        allowed = sorted(response.headers["Allow"].split(", "))
        assert allowed == sample.allow.split(", ")


DOCUMENTS = [
    sample
    for sample in SAMPLES
    if "meta" in (sample.body or {}) and not sample.behind_proxy
]


@pytest.mark.parametrize("sample", DOCUMENTS, ids=lambda sample: sample.name)
def test_a_link_header_stands_where_pages_are(api, db, sample):
    store(deepcopy(sample.given))
    links = sample.body["links"]
    names = [name for name in ("first", "last", "prev", "next") if links.get(name)]
    wanted = ",".join(f'<{links[name]}>; rel="{name}"' for name in names)
    is_list = "total" in sample.body["meta"]

    response = send(api, sample)

    assert response.headers.get("Link") == (wanted if is_list else None)


AFTERWARDS = {
    "another name and time for the user": (
        "/api/user/u-alice",
        user("u-alice", "Bob", **BOB),
    ),
    "another author": (
        "/api/video/v1/author",
        deepcopy(LINKED["u-alice"])
        | {
            "relationships": {
                "owned_playlists": {"data": []},
                "owned_videos": linkage("video", "v1"),
            }
        },
    ),
    "other videos for a playlist": (
        "/api/playlist/p1",
        playlist("p1", "pl 1", None, "v1", "v2"),
    ),
    "more videos for a playlist": (
        "/api/playlist/p1",
        playlist("p1", "pl 1", None, "v1", "v3", "v2"),
    ),
    "no author": ("/api/video/v1/author", None),
    "a title, an owner and no videos at once": (
        "/api/playlist/p2",
        playlist("p2", "pl 2b", "u-bella"),
    ),
}
CHANGES = [sample for sample in SAMPLES if sample.name in AFTERWARDS]


@pytest.mark.parametrize("sample", CHANGES, ids=lambda sample: sample.name)
def test_what_was_changed_is_read_afterwards(api, db, sample):
    store(deepcopy(sample.given))
    path, wanted = AFTERWARDS[sample.name]

    assert send(api, sample).status_code == 204
    assert api.get(path).json()["data"] == wanted


REFUSALS = [sample for sample in SAMPLES if sample.status >= 400]


@pytest.mark.parametrize("sample", REFUSALS, ids=lambda sample: sample.name)
def test_a_refused_request_changes_nothing(api, db, sample):
    store(deepcopy(sample.given))
    paths = ["/api/user", "/api/video", "/api/playlist"]
    before = [api.get(path).json() for path in paths]

    send(api, sample)

    assert [api.get(path).json() for path in paths] == before


def test_a_user_without_an_id_gets_one(api, db):
    sent = json.dumps(resource("user", attributes={"name": "noid"}))
    response = api.generic("POST", "/api/user", sent, MEDIA_TYPE)

    pk = response.json()["data"]["id"]
    assert response.json() == document(user(pk, "noid"))
    assert response.headers["Location"] == f"{BASE}/api/user/{pk}"
