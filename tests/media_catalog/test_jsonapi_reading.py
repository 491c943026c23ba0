from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from dialects.restless.filter_objects import TOO_COMPLEX
from media_catalog.models import Creator, Playlist, Video
from tests.media_catalog.jsonapi import details, identifier, ids, link_videos

BASE = "http://testserver"
HAS_AN_AUTHOR = {"name": "author", "op": "has", "val": {"name": "id", "op": "is_null"}}


@pytest.fixture
def videos(db) -> list[Video]:
    """v00 … v16 by two authors, in one playlist; every third has no title."""
    authors = [Creator.objects.create(id=f"u{n}", name=f"U{n}") for n in range(2)]
    rows = [
        Video(
            id=f"v{n:02}",
            title=None if n % 3 == 0 else f"t{n % 5}",
            author=authors[n % 2],
            deleted=n % 4,
        )
        for n in range(17)
    ]
    Video.objects.bulk_create(rows)
    Playlist.objects.create(id="p", title="all")
    link_videos("p", *[row.pk for row in rows])
    return rows


def page(path: str, number: int, size: int = 10, others: str = "") -> str:
    query = f"{others}page%5Bsize%5D={size}&page%5Bnumber%5D={number}"
    return f"{BASE}{path}?{query}"


def matching_ids(jsonapi, *filters: object, kind: str = "video") -> list[str]:
    text = json.dumps(filters)
    query = {"filter[objects]": text, "page[size]": "100"}
    return ids(jsonapi.get(f"/api/{kind}", query_params=query))


def test_an_empty_collection_has_one_page(jsonapi):
    response = jsonapi.get("/api/user")
    first = page("/api/user", 1)
    assert response.json() == {
        "data": [],
        "jsonapi": {"version": "1.0"},
        "links": {
            "first": first,
            "last": first,
            "next": None,
            "prev": None,
            "self": "/api/user",
        },
        "meta": {"total": 0},
    }
    assert response.headers["Link"] == f'<{first}>; rel="first",<{first}>; rel="last"'


@pytest.mark.usefixtures("videos")
class TestPages:
    def test_links_keep_the_other_parameters(self, jsonapi):
        response = jsonapi.get("/api/video?page[number]=2&page[size]=3&sort=id")
        assert ids(response) == ["v03", "v04", "v05"]
        assert response.json()["meta"] == {"total": 17}
        links = {
            name: page("/api/video", number, 3, "sort=id&")
            for name, number in [("first", 1), ("last", 6), ("prev", 1), ("next", 3)]
        }
        assert response.json()["links"] == links | {"self": "/api/video"}
        assert response.headers["Link"] == ",".join(
            f'<{url}>; rel="{name}"' for name, url in links.items()
        )

    def test_brackets_may_be_encoded(self, jsonapi):
        response = jsonapi.get("/api/video?page%5Bsize%5D=2&page%5Bnumber%5D=2")
        assert ids(response) == ["v02", "v03"]

    def test_ten_fit_on_a_page_and_zero_is_the_first(self, jsonapi):
        assert len(ids(jsonapi.get("/api/video?page[number]=0"))) == 10

    @pytest.mark.parametrize("number", [99, 10**17])
    def test_past_the_end_is_an_empty_page(self, jsonapi, number):
        response = jsonapi.get(f"/api/video?page[number]={number}")
        assert (ids(response), response.json()["meta"]) == ([], {"total": 17})
        assert response.json()["links"]["next"] is None
        assert response.json()["links"]["prev"] == page("/api/video", number - 1)

    def test_size_zero_is_everything(self, jsonapi):
        response = jsonapi.get("/api/video?page[size]=0")
        assert len(ids(response)) == 17
        assert response.json()["links"] == {"self": "/api/video"}
        assert response.headers["Link"] == ""

    def test_everything_has_a_limit(self, jsonapi, settings):
        settings.QUINTET_MAX_UNPAGED = 17
        assert len(ids(jsonapi.get("/api/video?page[size]=0"))) == 17
        settings.QUINTET_MAX_UNPAGED = 16
        response = jsonapi.get("/api/video?page[size]=0")
        assert response.status_code == 400
        assert "at most 16 resources" in details(response)[0]

    def test_unknown_parameters_are_ignored(self, jsonapi):
        response = jsonapi.get("/api/video?group=title&format=xml&page=2&limit=1")
        assert response.json()["meta"] == {"total": 17}

    @pytest.mark.parametrize(
        "path", ["/api/playlist/p/videos", "/api/playlist/p/relationships/videos"]
    )
    def test_related_lists_are_paged_alike(self, jsonapi, path):
        response = jsonapi.get(f"{path}?sort=-id&page[size]=2")
        assert ids(response) == ["v16", "v15"]
        assert response.json()["meta"] == {"total": 17}
        assert response.json()["links"] == {
            "first": page(path, 1, 2, "sort=-id&"),
            "last": page(path, 9, 2, "sort=-id&"),
            "prev": None,
            "next": page(path, 2, 2, "sort=-id&"),
            "self": path,
        }

    def test_a_filter_in_a_link_can_be_followed(self, jsonapi):
        text = json.dumps([{"name": "title", "op": "eq", "val": "t1"}])
        query = {"filter[objects]": text, "page[size]": "1"}
        response = jsonapi.get("/api/video", query_params=query)
        following = response.json()["links"]["next"]
        assert parse_qs(urlsplit(following).query)["filter[objects]"] == [text]
        assert ids(jsonapi.get(following)) == ["v11"]


@pytest.mark.usefixtures("videos")
class TestSorting:
    def test_nulls_come_first_and_last_when_descending(self, jsonapi):
        rising = ids(jsonapi.get("/api/video?sort=title,-id&page[size]=100"))
        assert rising[:6] == ["v15", "v12", "v09", "v06", "v03", "v00"]
        falling = ids(jsonapi.get("/api/video?sort=-title,id&page[size]=100"))
        assert falling[-6:] == rising[5::-1]

    def test_a_path_keeps_rows_without_the_relative(self, jsonapi):
        Video.objects.filter(id="v16").update(author=None)
        response = jsonapi.get("/api/video?sort=author.name,-id&page[size]=2")
        assert ids(response) == ["v16", "v14"]
        assert response.json()["meta"] == {"total": 17}

    def test_foreign_keys_sort_by_their_column(self, jsonapi):
        assert ids(jsonapi.get("/api/video?sort=-author_id&page[size]=1")) == ["v01"]

    def test_the_id_is_the_default_and_the_last_word(self, jsonapi):
        for query in ["", "sort=0", "sort=", "sort=id", "sort=deleted"]:
            assert ids(jsonapi.get(f"/api/video?{query}"))[0] == "v00"


@pytest.mark.usefixtures("catalog")
class TestDocuments:
    def test_a_single_resource_has_no_links_and_no_meta(self, jsonapi):
        assert jsonapi.get("/api/video/v3").json() == {
            "data": {
                "attributes": {
                    "create_at": None,
                    "deleted": 1,
                    "title": None,
                    "update_at": None,
                },
                "id": "v3",
                "relationships": {
                    "author": {"data": None},
                    "playlists": {"data": [identifier("playlist", "p1")]},
                },
                "type": "video",
            },
            "jsonapi": {"version": "1.0"},
        }

    def test_a_related_resource(self, jsonapi):
        body = jsonapi.get("/api/video/v1/author").json()
        assert body["data"] == jsonapi.get("/api/user/u-alice").json()["data"]
        assert body["meta"] == {}
        assert body["links"] == {"self": "/api/video/v1/author"}
        assert set(body) == {"data", "jsonapi", "links", "meta"}

    def test_no_related_resource_is_null(self, jsonapi):
        assert jsonapi.get("/api/video/v3/author").json()["data"] is None
        body = jsonapi.get("/api/video/v3/relationships/author").json()
        assert body["data"] is None

    def test_a_member_of_a_list(self, jsonapi):
        body = jsonapi.get("/api/playlist/p1/videos/v1").json()
        assert body["data"] == jsonapi.get("/api/video/v1").json()["data"]
        assert body["links"] == {"self": "/api/playlist/p1/videos/v1"}
        assert body["meta"] == {}

    def test_linkage_to_one(self, jsonapi):
        assert jsonapi.get("/api/video/v1/relationships/author").json() == {
            "data": identifier("user", "u-alice"),
            "jsonapi": {"version": "1.0"},
            "links": {
                "related": "/api/video/v1/author",
                "self": "/api/video/v1/relationships/author",
            },
            "meta": {},
        }

    def test_linkage_to_many(self, jsonapi):
        body = jsonapi.get("/api/playlist/p1/relationships/videos").json()
        assert body["data"] == [identifier("video", "v1"), identifier("video", "v3")]
        assert body["meta"] == {"total": 2}
        assert body["links"]["self"] == "/api/playlist/p1/relationships/videos"

    def test_related_lists_can_be_filtered(self, jsonapi):
        query = {"filter[objects]": '[{"name": "title", "op": "is_null"}]'}
        response = jsonapi.get("/api/playlist/p1/videos", query_params=query)
        assert ids(response) == ["v3"]

    def test_head_is_get_without_the_body(self, jsonapi):
        for path in ["/api/video", "/api/video/v1", "/api/video/v1/author"]:
            head, get = jsonapi.send("head", path), jsonapi.get(path)
            assert head.status_code == 200
            assert head.content == b""
            assert head.headers["Content-Length"] == str(len(get.content))

    def test_options_names_the_allowed_methods(self, jsonapi):
        response = jsonapi.send("options", "/api/video/v1")
        assert response.status_code == 200
        assert "PATCH" in response.headers["Allow"]
        assert response.json()["meta"]["methods"]


@pytest.mark.usefixtures("catalog")
class TestInclude:
    def included(self, jsonapi, path: str) -> list[str]:
        response = jsonapi.get(path)
        assert response.status_code == 200
        return [resource["id"] for resource in response.json()["included"]]

    def test_steps_between_come_too(self, jsonapi):
        included = self.included(jsonapi, "/api/video/v1?include=playlists.owner")
        assert included == ["p1", "u-alice", "p2"] or set(included) == {
            "p1",
            "p2",
            "u-alice",
        }

    def test_each_resource_comes_once(self, jsonapi):
        included = self.included(jsonapi, "/api/video?include=author,playlists.owner")
        assert sorted(included) == ["p1", "p2", "u-alice", "u-bella"]

    def test_primary_data_are_not_repeated(self, jsonapi):
        path = "/api/video?include=author.owned_videos"
        assert self.included(jsonapi, path) == ["u-alice", "u-bella"]
        assert self.included(jsonapi, "/api/video/v1?include=author.owned_videos") == [
            "u-alice"
        ]

    def test_nothing_related_is_an_empty_list(self, jsonapi):
        assert self.included(jsonapi, "/api/video/v3?include=author") == []
        assert self.included(jsonapi, "/api/video/v3?include=") == []
        assert "included" not in jsonapi.get("/api/video/v3").json()
        body = jsonapi.get("/api/user/u-alice/owned_videos?include=").json()
        assert "included" not in body

    def test_included_resources_are_whole(self, jsonapi):
        (alice,) = jsonapi.get("/api/video/v1?include=author").json()["included"]
        assert alice == jsonapi.get("/api/user/u-alice").json()["data"]

    def test_related_urls_include_from_there(self, jsonapi):
        path = "/api/video/v1/author?include=owned_playlists.videos"
        assert self.included(jsonapi, path) == ["p1", "v1", "v3"]
        path = "/api/playlist/p1/videos?include=author"
        assert self.included(jsonapi, path) == ["u-alice"]
        path = "/api/playlist/p1/videos/v1?include=author"
        assert self.included(jsonapi, path) == ["u-alice"]

    def test_relationship_urls_include_what_they_link(self, jsonapi):
        path = "/api/playlist/p1/relationships/videos?include=videos.author"
        assert self.included(jsonapi, path) == ["v1", "v3", "u-alice"]
        path = "/api/video/v1/relationships/author?include=author"
        assert self.included(jsonapi, path) == ["u-alice"]

    def test_fields_narrow_every_resource(self, jsonapi):
        path = (
            "/api/video/v1?include=author&fields[user]=name&fields[video]=title,author"
        )
        body = jsonapi.get(path).json()
        assert body["data"] == {
            "attributes": {"title": "B"},
            "id": "v1",
            "relationships": {"author": {"data": identifier("user", "u-alice")}},
            "type": "video",
        }
        assert body["included"] == [
            {"attributes": {"name": "Alice"}, "id": "u-alice", "type": "user"}
        ]

    def test_no_fields_leave_the_identifier(self, jsonapi):
        for query in ["fields[video]=", "fields[video]=bogus"]:
            body = jsonapi.get(f"/api/video/v1?{query}").json()
            assert body["data"] == identifier("video", "v1")


@pytest.mark.usefixtures("catalog")
class TestFilters:
    @pytest.mark.parametrize(
        ("found_filter", "expected"),
        [
            ({"name": "title", "op": "eq", "val": "B"}, ["v1"]),
            ({"name": "title", "op": "==", "val": "b"}, []),
            ({"name": "title", "op": "ne", "val": "B"}, ["v2"]),
            ({"name": "deleted", "op": ">=", "val": 1}, ["v3"]),
            ({"name": "deleted", "op": "<", "val": "1"}, ["v2"]),
            ({"name": "id", "op": "in", "val": ["v3", "v1", "v9"]}, ["v1", "v3"]),
            ({"name": "id", "op": "in", "val": []}, []),
            ({"name": "title", "op": "not_in", "val": ["a"]}, ["v1"]),
            ({"name": "title", "op": "not_in", "val": []}, ["v1", "v2", "v3"]),
            ({"name": "title", "op": "like", "val": "_"}, ["v1", "v2"]),
            ({"name": "title", "op": "ilike", "val": "b%"}, ["v1"]),
            ({"name": "title", "op": "not_like", "val": "a%"}, ["v1"]),
            ({"name": "title", "op": "like", "val": "a\\"}, []),
            ({"name": "title", "op": "like", "val": "100\\%"}, []),
            ({"name": "title", "op": "is_null"}, ["v3"]),
            ({"name": "title", "op": "is_not_null", "val": 7}, ["v1", "v2"]),
            ({"name": "author_id", "op": "eq", "val": "u-alice"}, ["v1"]),
            ({"name": "author_id", "op": "like", "val": "u-b%"}, ["v2"]),
            ({"name": "author_id", "op": "is_null"}, ["v3"]),
            ({"name": "create_at", "op": "gt", "val": "2024-06-02"}, ["v1"]),
            (
                {
                    "name": "create_at",
                    "op": "in",
                    "val": ["2024-06-02T04:44:04.906714"],
                },
                ["v1"],
            ),
            ({"name": "title", "op": "eq", "field": "title"}, ["v1", "v2"]),
            ({"name": "id", "op": "ne", "field": "author_id"}, ["v1", "v2"]),
            ({"not": {"name": "title", "op": "eq", "val": "B"}}, ["v2"]),
            ({"not": {"name": "title", "op": "is_null"}}, ["v1", "v2"]),
            (
                {
                    "or": [
                        {"name": "id", "op": "eq", "val": "v3"},
                        {
                            "and": [
                                {"name": "title", "op": "eq", "val": "a"},
                                {"name": "deleted", "op": "eq", "val": 0},
                            ]
                        },
                    ]
                },
                ["v2", "v3"],
            ),
            (
                {
                    "name": "author",
                    "op": "has",
                    "val": {"name": "name", "op": "eq", "val": "Bella"},
                },
                ["v2"],
            ),
            (
                {
                    "name": "author",
                    "op": "has",
                    "val": {
                        "and": [
                            {"name": "create_at", "op": "lt", "val": "2025-01-01"},
                            {"name": "id", "op": "like", "val": "u-%"},
                        ]
                    },
                },
                ["v1"],
            ),
            (
                {
                    "name": "playlists",
                    "op": "any",
                    "val": {"name": "title", "op": "like", "val": "pl %"},
                },
                ["v1", "v3"],
            ),
            (
                {
                    "not": {
                        "name": "playlists",
                        "op": "any",
                        "val": {"name": "title", "op": "eq", "val": "pl 2"},
                    }
                },
                ["v2", "v3"],
            ),
            (
                {
                    "name": "playlists",
                    "op": "any",
                    "val": {
                        "name": "videos",
                        "op": "any",
                        "val": {"name": "id", "op": "eq", "val": "v3"},
                    },
                },
                ["v1", "v3"],
            ),
        ],
    )
    def test_a_filter_selects(self, jsonapi, found_filter, expected):
        assert matching_ids(jsonapi, found_filter) == expected

    def test_all_filters_must_hold(self, jsonapi):
        not_null = {"name": "title", "op": "is_not_null"}
        assert matching_ids(
            jsonapi, not_null, {"name": "id", "op": "gt", "val": "v1"}
        ) == ["v2"]
        assert matching_ids(jsonapi) == ["v1", "v2", "v3"]

    def test_a_column_can_be_named_directly(self, jsonapi):
        path = "/api/video?filter[author_id]=u-alice&filter[title]=B"
        assert ids(jsonapi.get(path)) == ["v1"]
        assert ids(jsonapi.get("/api/video?filter[deleted]=1")) == ["v3"]

    @pytest.mark.parametrize(
        ("text", "detail"),
        [
            ("{oops", "Unable to decode filter objects as JSON list"),
            ("[NaN]", "Unable to decode filter objects as JSON list"),
            ('["\\u0000"]', "Unable to decode filter objects as JSON list"),
            ("[" * 100_000, "Unable to decode filter objects as JSON list"),
            ("{}", "Unable to construct query"),
            ("[1]", "Unable to construct query"),
            ("[{}]", "Unable to construct query"),
            ('[{"or": []}]', "Unable to construct query"),
            ('[{"not": []}]', "Unable to construct query"),
            ('[{"name": "title"}]', "Unable to construct query"),
            ('[{"name": ["title"], "op": "eq"}]', "Unable to construct query"),
            ('[{"op": "eq", "val": 1}]', "Unable to construct query"),
            ('[{"name": "title", "op": "eq"}]', "Unable to construct query"),
            (
                '[{"name": "title", "op": "eq", "val": null}]',
                "Unable to construct query",
            ),
            (
                '[{"name": "title", "op": "equals_to", "val": "B"}]',
                "Unable to construct query",
            ),
            ('[{"name": "title", "op": [], "val": 1}]', "Unable to construct query"),
            (
                '[{"name": "title", "op": "in", "val": "B"}]',
                "Unable to construct query",
            ),
            (
                '[{"name": "title", "op": "in", "field": "id"}]',
                "Unable to construct query",
            ),
            (
                '[{"name": "title", "op": "eq", "field": "deleted"}]',
                "Unable to construct query",
            ),
            (
                '[{"name": "title", "op": "eq", "field": "bogus"}]',
                "Unable to construct query",
            ),
            (
                '[{"name": "deleted", "op": "like", "val": "1"}]',
                "Unable to construct query",
            ),
            (
                '[{"name": "deleted", "op": "eq", "val": 1e300}]',
                "Unable to construct query",
            ),
            (
                '[{"name": "create_at", "op": "eq", "val": "soon"}]',
                "Unable to construct query",
            ),
            (
                '[{"name": "playlists", "op": "has", "val": {}}]',
                "Unable to construct query",
            ),
            (
                '[{"name": "author", "op": "any", "val": {}}]',
                "Unable to construct query",
            ),
            ('[{"name": "author", "op": "eq", "val": 1}]', "Unable to construct query"),
            (
                '[{"name": "author", "op": "has", "val": '
                '{"name": "account", "op": "is_null"}}]',
                "Unable to construct query",
            ),
            (
                '[{"name": "metadata", "op": "eq", "val": 1}]',
                'Invalid filter object: No such field "metadata"',
            ),
            (
                '[{"name": "author__account", "op": "eq", "val": 1}]',
                'Invalid filter object: No such field "author__account"',
            ),
            (
                json.dumps([{"name": "id", "op": "is_null"}] * 51),
                TOO_COMPLEX,
            ),
            (
                json.dumps([{"name": "title", "op": "like", "val": "%x"}] * 17),
                TOO_COMPLEX,
            ),
            (
                json.dumps([HAS_AN_AUTHOR] * 9),
                TOO_COMPLEX,
            ),
            (
                '[{"not": {"not": {"not": {"not": {"name": "id", "op": "is_null"}}}}}]',
                TOO_COMPLEX,
            ),
        ],
    )
    def test_a_bad_filter_is_refused(self, jsonapi, text, detail):
        response = jsonapi.get("/api/video", query_params={"filter[objects]": text})
        assert response.status_code == 400
        assert details(response) == [detail]
        source = response.json()["errors"][0]["source"]
        assert source == {"parameter": "filter[objects]"}

    def test_unknown_filters_are_refused(self, jsonapi):
        for name in ["single", "bogus", "author.name", ""]:
            response = jsonapi.get(f"/api/video?filter[{name}]=1")
            assert response.status_code == 400, name
            detail = f'Invalid filter object: No such field "{name}"'
            assert details(response) == [detail]

    @pytest.mark.parametrize(
        "query", ["filter[title]=%00", "filter[deleted]=x", "filter[create_at]="]
    )
    def test_values_must_fit_their_column(self, jsonapi, query):
        assert jsonapi.get(f"/api/video?{query}").status_code == 400


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/api/video", 2),
        ("/api/user", 2),
        ("/api/video?include=author", 3),
        ("/api/video?include=author,playlists.owner", 5),
        ("/api/playlist/p/videos", 3),
        ("/api/playlist/p/relationships/videos", 3),
        ("/api/video?fields[video]=title", 2),
        ("/api/video/v00", 1),
    ],
)
def test_the_number_of_queries_does_not_grow(
    jsonapi, django_assert_num_queries, path, queries
):
    for rows in [range(2), range(2, 20)]:
        for n in rows:
            author = Creator.objects.create(id=f"u{n:02}")
            video = Video.objects.create(id=f"v{n:02}", author=author)
            playlist = Playlist.objects.create(
                id="p" if n == 0 else f"p{n}", owner=author
            )
            playlist.videos.set([video, "v00"])
        Playlist.objects.get(id="p").videos.set(Video.objects.all())
        with django_assert_num_queries(queries):
            assert jsonapi.get(path).status_code == 200


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2024, 6, 2, 4, 44, 4, 906714, UTC), "2024-06-02T04:44:04.906714"),
        (datetime(2024, 6, 2, 4, 44, 4, tzinfo=UTC), "2024-06-02T04:44:04"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00"),
        (datetime(9999, 12, 31, 23, 59, 59, 999999, UTC), "9999-12-31T23:59:59.999999"),
    ],
)
def test_times_are_naive(jsonapi, moment, text):
    Creator.objects.create(id="x", create_at=moment)
    attributes = jsonapi.get("/api/user/x").json()["data"]["attributes"]
    assert attributes["create_at"] == text
