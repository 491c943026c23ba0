from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import cycle

import pytest
from django.core.signing import Signer

from media_catalog.models import Creator, Playlist, Video
from tests.media_catalog.jsonapi import MEDIA_TYPE, details, ids, link_videos

PROFILE = "https://jsonapi.org/profiles/ethanresnick/cursor-pagination"
NOON = datetime(2024, 6, 2, 12, 0, 0, 1, UTC)
SORTS = [
    *("", "id", "-id", "title", "-title", "title,-id", "create_at", "-create_at"),
    *("deleted,-title", "-deleted,title", "author.name", "-author.name,title"),
    *("author_id,-create_at", "-author_id", "author.create_at,-author.id", "0"),
]
LISTS = [
    "/api/video",
    "/api/playlist/p/videos",
    "/api/playlist/p/relationships/videos",
]


@pytest.fixture(autouse=True)
def videos(db) -> list[Video]:
    """Twenty-three videos with ties and nulls in all that they are sorted by."""
    authors = [
        Creator.objects.create(
            id=f"u{n}",
            name=None if n == 1 else f"U{n % 2}",
            create_at=None if n == 2 else NOON,
        )
        for n in range(4)
    ]
    rows = [
        Video(
            id=f"v{n * 7 % 23:02}",
            title=[None, "", "a", "B", "é"][n % 5],
            author=None if n % 6 == 0 else authors[n % 4],
            deleted=[None, 0, 0, 1][n % 4],
            create_at=None if n % 3 == 0 else NOON + timedelta(microseconds=n % 2),
        )
        for n in range(23)
    ]
    Video.objects.bulk_create(rows)
    Playlist.objects.create(id="p", title="all")
    link_videos("p", *[row.pk for row in rows])
    return rows


def walk(jsonapi, url: str, direction: str = "next") -> list[list[str]]:
    """The ids of all pages from one on."""
    pages = []
    while url:
        response = jsonapi.get(url)
        assert response.status_code == 200, response.content
        pages.append(ids(response))
        url = response.json()["links"][direction]
    return pages


def joined(pages: list[list[str]]) -> list[str]:
    return [pk for page in pages for pk in page]


@pytest.mark.parametrize(
    ("path", "sort"),
    [*((LISTS[0], sort) for sort in SORTS), *zip(cycle(LISTS[1:]), SORTS)],
)
def test_cursors_lead_through_every_order_as_numbers_do(jsonapi, path, sort):
    everything = ids(jsonapi.get(f"{path}?sort={sort}&page[size]=100"))
    assert len(everything) == 23
    # Pages of one video end between any two that are alike.
    for size in (1, 4):
        query = f"sort={sort}&page[size]={size}"
        forward = walk(jsonapi, f"{path}?{query}&page[after]=")
        backward = walk(jsonapi, f"{path}?{query}&page[before]=", "prev")
        assert joined(forward) == everything
        assert joined(reversed(backward)) == everything
    assert forward == walk(jsonapi, f"{path}?{query}")


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Ignores `page[after]` and `page[before]`",
    new="Returns pages by cursor",
)
def test_a_page_by_cursor_is_a_collection_with_cursor_links(jsonapi):
    body = jsonapi.get("/api/video?page[size]=2&page[after]=&fields[video]=").json()
    following = body["links"].pop("next")
    base = "http://testserver/api/video?fields%5Bvideo%5D=&page%5Bsize%5D=2"
    assert body == {
        "data": [{"id": "v00", "type": "video"}, {"id": "v01", "type": "video"}],
        "jsonapi": {"version": "1.0"},
        "links": {
            "first": f"{base}&page%5Bafter%5D=",
            "last": f"{base}&page%5Bbefore%5D=",
            "prev": None,
            "self": "/api/video",
        },
        "meta": {"total": 23},
    }
    assert following.startswith(f"{base}&page%5Bafter%5D=")
    second = jsonapi.get(following)
    assert ids(second) == ["v02", "v03"]
    previous = second.json()["links"]["prev"]
    assert f'<{previous}>; rel="prev"' in second.headers["Link"]
    assert ids(jsonapi.get(previous)) == ["v00", "v01"]


def test_the_last_page_can_be_asked_for_first(jsonapi):
    response = jsonapi.get("/api/video?page[size]=3&page[before]=")
    assert ids(response) == ["v20", "v21", "v22"]
    assert response.json()["links"]["next"] is None
    assert response.json()["links"]["prev"]


def test_filters_fields_and_include_go_along(jsonapi):
    filters = json.dumps([{"name": "title", "op": "eq", "val": "a"}])
    query = {
        "filter[objects]": filters,
        "include": "author",
        "page[size]": "2",
        "page[after]": "",
        "fields[user]": "name",
    }
    first = jsonapi.get("/api/video", query_params=query)
    assert first.json()["meta"] == {"total": 5}
    second = jsonapi.get(first.json()["links"]["next"])
    assert len(ids(second)) == 2
    assert not set(ids(first)) & set(ids(second))
    assert {resource["type"] for resource in second.json()["included"]} == {"user"}


@pytest.mark.parametrize("sort", ["title", "-title", "-create_at"])
def test_no_row_is_lost_or_doubled_while_others_come_and_go(jsonapi, sort):
    before = ids(jsonapi.get(f"/api/video?sort={sort}&page[size]=100"))
    url, seen = f"/api/video?sort={sort}&page[size]=3&page[after]=", []
    for n in range(100):
        response = jsonapi.get(url)
        seen += ids(response)
        Video.objects.create(id=f"new{n}", title="" if n % 2 else None)
        # Not even the row that the cursor was made from has to be there.
        Video.objects.filter(pk=ids(response)[-1]).delete()
        if not (url := response.json()["links"]["next"]):
            break
    assert len(seen) == len(set(seen))
    assert [pk for pk in seen if not pk.startswith("new")] == before


def test_a_list_that_became_empty_leads_back_to_its_ends(jsonapi):
    url = jsonapi.get("/api/video?page[size]=22&page[after]=").json()["links"]["next"]
    Video.objects.filter(pk="v22").delete()
    body = jsonapi.get(url).json()
    assert (body["data"], body["links"]["next"]) == ([], None)
    assert len(ids(jsonapi.get(body["links"]["prev"]))) == 22
    assert jsonapi.get("/api/user?filter[id]=x&page[before]=").json()["data"] == []


@pytest.mark.parametrize("title", ["é" * 400, "😀" * 5000])
def test_cursors_stay_short_however_long_the_values_are(jsonapi, title):
    Video.objects.filter(pk__in=["v05", "v06"]).update(title=title)
    everything = ids(jsonapi.get("/api/video?sort=-title&page[size]=100"))
    first = jsonapi.get("/api/video?sort=-title&page[size]=1&page[after]=")
    assert len(first.json()["links"]["next"]) < 1500
    assert joined(walk(jsonapi, first.json()["links"]["next"])) == everything[1:]
    # Such a cursor names the row alone, which then has to be there.
    Video.objects.filter(pk=everything[0]).delete()
    assert jsonapi.get(first.json()["links"]["next"]).status_code == 400


class TestTheProfile:
    @pytest.mark.parametrize("spelling", [PROFILE, f"{PROFILE}/", f"x:y {PROFILE}"])
    def test_naming_it_asks_for_cursors(self, jsonapi, spelling):
        accept = f'{MEDIA_TYPE}; profile="{spelling}"'
        response = jsonapi.get("/api/video", headers={"accept": accept})
        assert "page%5Bafter%5D=" in response.json()["links"]["next"]
        content_type = f'{MEDIA_TYPE}; profile="{PROFILE}/"'
        assert response.headers["Content-Type"] == content_type
        assert "Accept" in response.headers["Vary"]

    def test_a_page_number_still_counts(self, jsonapi):
        accept = f'{MEDIA_TYPE}; profile="{PROFILE}"'
        response = jsonapi.get("/api/video?page[number]=2", headers={"accept": accept})
        assert "page%5Bnumber%5D=3" in response.json()["links"]["next"]
        assert response.headers["Content-Type"] == MEDIA_TYPE

    def test_other_profiles_change_nothing(self, jsonapi):
        accept = f'{MEDIA_TYPE}; profile="https://example.com/"'
        response = jsonapi.get("/api/video", headers={"accept": accept})
        assert "page%5Bnumber%5D=2" in response.json()["links"]["next"]
        assert response.headers["Content-Type"] == MEDIA_TYPE

    def test_its_errors_are_typed(self, jsonapi):
        response = jsonapi.get("/api/video?page[size]=101&page[after]=")
        (error,) = response.json()["errors"]
        assert error["links"] == {"type": [f"{PROFILE}/max-size-exceeded"]}
        assert error["meta"] == {"page": {"maxSize": 100}}
        assert error["source"] == {"parameter": "page[size]"}
        response = jsonapi.get("/api/video?page[after]=&page[before]=")
        (error,) = response.json()["errors"]
        kind = f"{PROFILE}/range-pagination-not-supported"
        assert (response.status_code, error["links"]) == (400, {"type": [kind]})


def foreign_cursor(salt: str, value: object) -> str:
    return Signer(sep=".", key="another key", salt=salt).sign_object(value)


@pytest.mark.difference(
    "Media catalog: JSON:API", old="Ignores a wrong cursor", new="Returns 400"
)
@pytest.mark.parametrize("name", ["page[after]", "page[before]"])
@pytest.mark.parametrize(
    "cursor",
    [
        "x", ".", "..", "v01", "WyJ2MDEiXQ", "[]", "\x00", "😀", "%", "-1", "null",
        "a" * 5000, ".eJw.x", " ", "W10.AAAA", foreign_cursor("video:pk", ["v01"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", LISTS)
def test_a_bad_cursor_is_refused(jsonapi, path, name, cursor):
    response = jsonapi.get(path, query_params={name: cursor})
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert error["source"] == {"parameter": name}
    assert error["detail"].startswith(f"{name} must be a cursor from a link")


def test_a_changed_cursor_is_refused(jsonapi):
    url = jsonapi.get("/api/video?page[size]=1&page[after]=").json()["links"]["next"]
    base, _, cursor = url.rpartition("=")
    for place in range(len(cursor)):
        other = "A" if cursor[place] != "A" else "B"
        changed = cursor[:place] + other + cursor[place + 1 :]
        response = jsonapi.get(f"{base}={changed}")
        # The last character of a signature has bits to spare.
        assert response.status_code == 400 or place == len(cursor) - 1


def test_a_cursor_belongs_to_its_order_and_its_type(jsonapi):
    url = jsonapi.get("/api/video?page[size]=1&page[after]=").json()["links"]["next"]
    for other in [
        f"{url}&sort=title",
        f"{url}&sort=-id",
        url.replace("/video", "/user"),
        url.replace("/video", "/playlist/p/relationships/bogus"),
    ]:
        assert jsonapi.get(other).status_code in {400, 404}
    assert ids(jsonapi.get(f"{url}&sort=id")) == ["v01"]
    assert ids(jsonapi.get(f"{url}&sort=0")) == ["v01"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("page[after]=&page[number]=1", "page[number]"),
        ("page[before]=&page[number]=2", "page[number]"),
        ("page[after]=&page[before]=", "page[before]"),
        ("page[after]=&page[size]=0", "page[size]"),
        ("page[after]=&page[size]=x", "page[size]"),
        ("page[after]=&sort=bogus", "sort"),
        ("sort=" + ",".join(["title", "id"] + ["deleted"] * 20), None),
        ("sort=title,create_at,update_at,deleted,author_id,author.name,"
         "author.create_at,author.update_at,author.deleted,author.id", "sort"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(jsonapi, query, parameter):
    response = jsonapi.get(f"/api/video?{query}")
    if parameter is None:
        assert response.status_code == 200
        return
    assert response.status_code == 400
    assert response.json()["errors"][0]["source"] == {"parameter": parameter}
    assert details(response)
