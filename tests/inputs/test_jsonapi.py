"""What JSON:API clients send: ids, filters, pages and repeated parameters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

import pytest

from tests.inputs.cases import Case, Server
from tests.media_catalog.jsonapi import MEDIA_TYPE, identifier, linkage, resource

HEADERS = {"Content-Type": MEDIA_TYPE}
ATOMIC = f'{MEDIA_TYPE}; ext="https://jsonapi.org/ext/atomic"'
ATOMIC_HEADERS = {"Content-Type": ATOMIC, "Accept": ATOMIC}
NO_IDS: list[Any] = [True, 1.5, [], {}, None]
UUIDS = [str(UUID(int=number)) for number in range(1, 102)]


def write(request: str, body: Any, status: int, shows: str = "") -> Case:
    return Case(request, body, status, shows, headers=HEADERS)


def operate(operation: Any, status: int, shows: str = "") -> Case:
    body = {"atomic:operations": [operation]}
    return Case("POST /api/operations", body, status, shows, headers=ATOMIC_HEADERS)


def read(path: str, status: int = 200, shows: str = "") -> Case:
    return Case(f"GET {path}", status=status, shows=shows)


def ids(*keys: str) -> str:
    """Return the ids of resources as they stand in a body, without other members."""
    rows = ", ".join(f'{{"id": "{key}", "type": "video"}}' for key in keys)
    return f'"data": [{rows}]'


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Stores a new ID with `/`, or `.` or `..`",
    new="Returns 400",
    why="No URL can contain them",
)
def test_ids_that_no_url_can_carry_are_refused(server: Server) -> None:
    detail = "no URL can carry it"
    keys = ["a/b", "/", "/api/user", "a/", "//", ".", ".."]
    new = [resource("video", key) for key in keys]
    add = [{"op": "add", **body} for body in new]
    server.check([write("POST /api/video", body, 400, detail) for body in new])
    server.check([operate(operation, 400, detail) for operation in add])
    server.check([read("/api/video", shows='"total": 15')])


def test_other_ids_make_the_way_there_and_back(server: Server) -> None:
    keys = ["...", ".a", "a.", "%", "%2F", "%2e%2e", "a b", " ", "é", "e\u0301", "🌊"]
    keys += ["a?b", "a#b", "a;b", "a&b=c", "a+b", "a,b", "\\", '"', "'", "~", "a:b"]
    keys += ["a\nb", "\n", "\t", "\x7f", "relationships", "é" * 255, "🌊" * 255]
    for kind, key in product(["user", "video", "playlist"], keys):
        url = f"/api/{kind}/{quote(key, safe='')}"
        shown = json.dumps(key)
        server.check(
            [
                write(f"POST /api/{kind}", resource(kind, key), 201, f'"id": {shown}'),
                read(url, shows=f'"id": {shown}'),
                write(f"PATCH {url}", resource(kind, key), 204),
                Case(f"DELETE {url}", status=204),
                read(url, 404),
            ]
        )


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Returns 409 for a number as ID in PATCH",
    new="Treats it as text, as in POST",
    why="Same rule for both",
)
def test_a_number_is_an_id_in_every_request(server: Server) -> None:
    server.check(
        [
            write("POST /api/user", resource("user", 5), 201, '"id": "5"'),
            write("PATCH /api/user/5", resource("user", 5), 204),
            write("PATCH /api/user/5", resource("user", "5"), 204),
            write("PATCH /api/user/5", resource("user", 6), 409, "must be 5, not 6"),
            write("PATCH /api/user/5", resource("user", "05"), 409),
            operate({"op": "update", **resource("user", 5)}, 204),
            operate({"op": "remove", "ref": identifier("user", 5)}, 204),
            operate({"op": "add", **resource("user", 7)}, 200, '"id": "7"'),
            *[
                write(request, {"data": {"type": "user", "id": value}}, 400, '"id')
                for request in ("POST /api/user", "PATCH /api/user/7")
                for value in NO_IDS
            ],
        ]
    )


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Ignores `filter[id]=a,b` and `filter[id][]=a`",
    new="Returns the resources with these IDs",
    why="Ember and react-admin send them",
)
def test_a_list_of_ids_finds_their_rows(server: Server) -> None:
    hull, sintel = "demo-video-hull", "demo-video-sintel"
    found = ids(hull, sintel)
    fields = "fields[video]="
    list_of_ids = f"filter[id][]={sintel}&filter[id][]={hull}"
    author = "filter[author_id]=demo-user-ada,demo-user-bob"
    server.check(
        [
            read(f"/api/video?filter[id]={hull},{sintel}&{fields}", shows=found),
            read(f"/api/video?filter[id]={hull}%2C{sintel}%2Cno&{fields}", shows=found),
            read(f"/api/video?filter[id]={hull},,{sintel},&{fields}", shows=found),
            read(f"/api/video?{list_of_ids}&{fields}", shows=found),
            read(f"/api/video?filter[id][]={hull}&{fields}", shows=ids(hull)),
            read(f"/api/video?filter[id][]={hull},{sintel}", shows=ids()),
            read("/api/video?filter[id]=", shows=ids()),
            read("/api/video?filter[id]=,", shows=ids()),
            read(f"/api/video?{author}", shows=ids()),
            read(
                f"/api/user/demo-user-ada/owned_videos?filter[id]={hull},{sintel}"
                f"&{fields}",
                shows=ids(hull),
            ),
            read(
                "/api/playlist/demo-playlist-on-board/relationships/videos"
                f"?filter[id]={hull},{sintel}",
                shows=ids(sintel),
            ),
            write("POST /api/video", resource("video", "a,b"), 201),
            write("POST /api/video", resource("video", "a"), 201),
            read(f"/api/video?filter[id]=a,b&{fields}", shows=ids("a", "a,b")),
            read(f"/api/video?filter[id][]=a,b&{fields}", shows=ids("a,b")),
            read("/api/video?filter[title][]=Hull", 400, "No such field"),
        ]
    )


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Reads the first one of a repeated parameter",
    new="Returns 400 for the parameters of JSON:API",
    why="The others would be ignored",
)
def test_a_parameter_may_appear_once(server: Server) -> None:
    routes = ["", "/demo-video-hull", "/demo-video-hull/author"]
    ignored = ["a=1&a=2", "filter=1&filter=2", "page=2&page=3", "page&page"]
    repeated = [
        "filter[title]=a&filter[title]=b",
        "filter[title]=a&filter[title]=a",
        "filter%5Btitle%5D=a&filter[title]=b",
        "filter[objects]=[]&filter[objects]=[]",
        "filter[id]=a&filter[id]=b",
        "fields[video]=title&fields[video]=deleted",
        "fields[video]=&fields[video]=",
        "fields[nothing]=a&fields[nothing]=b",
        "sort=title&sort=-title",
        "include=author&include=playlists",
        "include=&include=",
        "page[number]=1&page[number]=2",
        "page[size]=1&page[size]=1",
        "page[after]=&page[after]=",
        "links=true&links=true",
    ]
    server.check(
        read(f"/api/video{route}?{query}", 400, "may appear only once")
        for route, query in product(routes, repeated)
    )
    server.check(
        read(f"/api/video{route}?{query}") for route, query in product(routes, ignored)
    )


def test_pages_have_only_these_parameters(server: Server) -> None:
    ada = "/api/user/demo-user-ada"
    routes = ["/api/user", ada, f"{ada}/owned_videos"]
    unknown = ["limit", "offset", "Size", "cursor", "", "size][", "nummer", "first"]
    server.check(
        read(f"{route}?page[{name}]=2", 400, "Unknown parameter page[")
        for route, name in product(routes, unknown)
    )
    for route in routes:
        server.check(
            [
                read(f"{route}?page[sise]=2", 400, '"did_you_mean": "page[size]"'),
                read(f"{route}?page%5Blimit%5D=2", 400, '"parameter": "page[limit]"'),
                read(f"{route}?page=2"),
                read(f"{route}?limit=2&offset=2&per_page=1&page[=1&page]=1"),
            ]
        )


def filter_in(values: list[str], **separators: Any) -> str:
    objects = [{"name": "author_id", "op": "not_in", "val": values}]
    return urlencode({"filter[objects]": json.dumps(objects, **separators)})


def test_the_longest_lists_of_uuids_fit_in_a_url(server: Server) -> None:
    refused = "At most 100 values are allowed in a list."
    most = UUIDS[:100]
    notations: list[Any] = [
        filter_in,
        lambda values: urlencode({"filter[id]": ",".join(values)}),
        lambda values: urlencode([("filter[id][]", value) for value in values]),
    ]
    for notation in notations:
        server.check(
            [
                read(f"/api/video?{notation(most)}&include=author&sort=-title"),
                read(f"/api/video?{notation(UUIDS)}", 400, refused),
            ]
        )
    too_long = f"/api/video?{filter_in(UUIDS * 2)}"
    server.check([read(too_long, 414, '"status": "414"')])


def test_what_differs_from_flask_restless_on_purpose(server: Server) -> None:
    videos = "/api/playlist/demo-playlist-on-board/videos"
    wrong = ["deleted]=x", "deleted]=", "deleted]=1.5", "create_at]=x"]
    dates = ["June 2, 2024", "June 2, 2024 4:44pm", "2 June 2024", "tomorrow"]
    server.check(
        [
            *[read(f"/api/video?filter[{query}", 400) for query in wrong],
            *[
                read(f"/api/video?{urlencode({'filter[create_at]': date})}", 400)
                for date in dates
            ],
            read("/api/video?sort=playlists.title", 400, "No such field playlists"),
            read("/api/video?sort=-playlists.id", 400, "No such field"),
            read("/api/user?sort=owned_videos.title", 400, "No such field"),
            read("/api/playlist?sort=owner.owned_videos.id", 400, "No such field"),
            read(videos, shows=f'"self": "{videos}"'),
            read(f"{videos}?sort=title&page[size]=1", shows=f'"self": "{videos}"'),
            write("POST /api/user", resource("user", "x" * 256), 400),
            write("POST /api/video", resource("video", "é" * 256), 400),
            operate({"op": "add", **resource("user", "x" * 256)}, 400),
        ]
    )


def test_an_error_names_the_parameter_of_a_list(server: Server) -> None:
    long = ",".join("a" * 101)
    many = "&".join(["filter[id][]=a"] * 101)
    server.check(
        [
            read(f"/api/video?filter[id]={long}", 400, '"parameter": "filter[id]"'),
            read(f"/api/video?{many}", 400, '"parameter": "filter[id][]"'),
            read("/api/video?filter[id]=%00", 400, '"parameter": "filter[id]"'),
            read("/api/video?filter[deleted]=x", 400, '"parameter": "filter[deleted]"'),
        ]
    )


PLAYLIST = "/api/playlist/demo-playlist-later"
RELATIONSHIP = f"{PLAYLIST}/relationships/videos"


def videos(*names: str) -> dict[str, Any]:
    return linkage("video", *[f"demo-video-{name}" for name in names])


def shown(*names: str) -> str:
    """Return a linkage as it stands in a body."""
    return json.dumps(videos(*names), sort_keys=True)[1:-1]


def in_order(*names: str) -> list[Case]:
    """Return every way to read the playlist, which has these videos."""
    keys = [f"demo-video-{name}" for name in names]
    included = ['"included": ['] if names else []
    part = ", ".join(f'{{"id": "{key}", "type": "video"}}' for key in keys)
    half, fields = len(names) // 2, "fields[video]="
    return [
        read(RELATIONSHIP, shows=shown(*names)),
        read(f"{RELATIONSHIP}?include=videos", shows=shown(*names)),
        read(f"{RELATIONSHIP}?sort=0", shows=shown(*names)),
        read(PLAYLIST, shows=shown(*names)),
        read(f"{PLAYLIST}?include=videos&{fields}", shows=shown(*names)),
        read(f"{PLAYLIST}?include=videos&{fields}", shows="".join([*included, part])),
        read("/api/playlist?include=videos", shows=shown(*names)),
        read("/api/playlist?include=videos.playlists", shows=shown(*names)),
        read("/api/playlist?page[after]=&sort=title", shows=shown(*names)),
        read(f"{PLAYLIST}/videos?{fields}", shows=ids(*keys)),
        read(f"{PLAYLIST}/videos?{fields}&page[after]=", shows=ids(*keys)),
        read(f"{PLAYLIST}/videos?{fields}&page[before]=", shows=ids(*keys)),
        read(f"{PLAYLIST}/videos?{fields}&page[size]=0", shows=ids(*keys)),
        read(f"{PLAYLIST}/videos?{fields}&page[size]={half or 1}&page[number]=2"),
        read(f"{PLAYLIST}/videos?{fields}&sort=id", shows=ids(*sorted(keys))),
        read(f"{RELATIONSHIP}?sort=-id", shows=shown(*sorted(names, reverse=True))),
    ]


def test_a_playlist_keeps_the_order_of_its_videos(server: Server) -> None:
    body = videos("sintel", "hull", "sintel", "bread")
    twice = {"data": [*videos("hull")["data"], *videos("hull")["data"]]}
    new = {"relationships": {"videos": videos("spring", "bread", "hull")}}
    server.check(
        [
            write(f"PATCH {RELATIONSHIP}", videos("hull", "bread", "sintel"), 204),
            *in_order("hull", "bread", "sintel"),
            write(f"PATCH {RELATIONSHIP}", body, 204),
            *in_order("sintel", "hull", "bread"),
            # Adding leaves what is there in its place.
            write(f"POST {RELATIONSHIP}", videos("spring", "hull", "noon-sight"), 204),
            *in_order("sintel", "hull", "bread", "spring", "noon-sight"),
            write(f"POST {RELATIONSHIP}", videos("ten-km", "harbour", "splice"), 204),
            *in_order(
                *("sintel", "hull", "bread", "spring", "noon-sight"),
                *("ten-km", "harbour", "splice"),
            ),
            # The video's side adds at the end as well.
            write(f"PATCH {RELATIONSHIP}", videos("splice", "hull", "bread"), 204),
            write(
                "POST /api/video/demo-video-coffee-run/relationships/playlists",
                linkage("playlist", "demo-playlist-later"),
                204,
            ),
            *in_order("splice", "hull", "bread", "coffee-run"),
            write(
                f"PATCH {PLAYLIST}",
                resource(
                    "playlist",
                    "demo-playlist-later",
                    relationships={"videos": videos("coffee-run", "bread", "splice")},
                ),
                204,
            ),
            *in_order("coffee-run", "bread", "splice"),
            Case("DELETE /api/video/demo-video-bread-draft", status=204),
            write(f"PATCH {RELATIONSHIP}", twice, 204),
            *in_order("hull"),
            write(f"PATCH {RELATIONSHIP}", videos(), 204),
            *in_order(),
            write("POST /api/playlist", resource("playlist", "new", **new), 201),
            read("/api/playlist/new", shows=shown("spring", "bread", "hull")),
            operate(
                {
                    "op": "update",
                    "ref": identifier("playlist", "new") | {"relationship": "videos"},
                    **videos("hull", "spring", "bread"),
                },
                204,
            ),
            read("/api/playlist/new", shows=shown("hull", "spring", "bread")),
        ]
    )


def test_a_page_of_a_playlist_goes_on_where_the_last_one_ended(server: Server) -> None:
    names = [video["id"] for video in videos_of(server, "/api/video?page[size]=0")]
    order = sorted(names, key=lambda name: name[::-1])
    server.check([write(f"PATCH {RELATIONSHIP}", linkage("video", *order), 204)])
    for query in ("page[size]=4", "page[size]=4&page[after]=", "page[size]=1"):
        for url in (f"{PLAYLIST}/videos", RELATIONSHIP):
            assert list(pages(server, f"{url}?{query}", "next")) == order
    found = list(pages(server, f"{RELATIONSHIP}?page[size]=4&page[before]=", "prev"))
    assert sorted(found) == sorted(order)
    assert found[:4] == order[-4:]


def test_another_order_is_another_version(server: Server) -> None:
    server.check([write(f"PATCH {RELATIONSHIP}", videos("hull", "bread"), 204)])
    for url in (PLAYLIST, RELATIONSHIP, f"{RELATIONSHIP}?sort=-id"):
        etag = server.send(read(url)).headers["ETag"]
        order = videos("bread", "hull") if "sort" not in url else videos("hull")
        server.check(
            [
                Case(f"GET {url}", status=304, headers={"If-None-Match": etag}),
                write(f"PATCH {RELATIONSHIP}", order, 204),
                Case(f"GET {url}", status=200, headers={"If-None-Match": etag}),
                Case(
                    f"PATCH {RELATIONSHIP if 'relationships' in url else url}",
                    videos("hull") if url != PLAYLIST else {"data": {}},
                    412 if url != PLAYLIST else 400,
                    headers=HEADERS | {"If-Match": etag},
                ),
                write(f"PATCH {RELATIONSHIP}", videos("hull", "bread"), 204),
            ]
        )


def videos_of(server: Server, url: str) -> list[Any]:
    return list(json.loads(server.send(read(url)).body)["data"])


def pages(server: Server, url: str, relation: str) -> Iterator[str]:
    """Yield the ids on a page, and on those that its links lead to."""
    while url:
        body = json.loads(server.send(read(url)).body)
        yield from (row["id"] for row in body["data"])
        url = body["links"][relation] or ""
        url = url.removeprefix(server.service.address)
