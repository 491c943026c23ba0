"""What clients of Flask-Restless rely on besides the samples, one rule a test."""

from __future__ import annotations

import json
import operator
import random
import re
from typing import Any

import pytest

from dialects.restless.filter_objects import OPERATORS
from media_catalog.models import Creator, Playlist, Video
from tests.media_catalog.jsonapi import (
    MEDIA_TYPE,
    details,
    identifier,
    ids,
    linkage,
    resource,
)

TYPES = {
    "user": {"owned_videos": "video", "owned_playlists": "playlist"},
    "video": {"author": "user", "playlists": "playlist"},
    "playlist": {"owner": "user", "videos": "video"},
}
ONE = {"user": "u-alice", "video": "v1", "playlist": "p1"}
RELATIONSHIPS = [
    (kind, name, target) for kind in TYPES for name, target in TYPES[kind].items()
]
TO_MANY = [each for each in RELATIONSHIPS if each[1] not in {"author", "owner"}]
TO_ONE = [each for each in RELATIONSHIPS if each not in TO_MANY]
MEMBER = {"owned_videos": "v1", "owned_playlists": "p1", "playlists": "p1"}
URLS = [
    *((f"/api/{kind}", "GET HEAD POST") for kind in TYPES),
    *((f"/api/{kind}/{ONE[kind]}", "GET HEAD PATCH DELETE") for kind in TYPES),
    *(
        (f"/api/{kind}/{ONE[kind]}/{name}", "GET HEAD")
        for kind, name, _ in RELATIONSHIPS
    ),
    *(
        (f"/api/{kind}/{ONE[kind]}/{name}/{MEMBER.get(name, 'v1')}", "GET HEAD")
        for kind, name, _ in TO_MANY
    ),
    *(
        (
            f"/api/{kind}/{ONE[kind]}/relationships/{name}",
            "GET HEAD POST PATCH DELETE",
        )
        for kind, name, _ in RELATIONSHIPS
    ),
]
READABLE = [url for url, _ in URLS]


def find(jsonapi: Any, kind: str, *filters: object) -> list[str]:
    query = {"filter[objects]": json.dumps(filters), "page[size]": "100"}
    return ids(jsonapi.get(f"/api/{kind}", query_params=query))


@pytest.mark.usefixtures("catalog")
class TestUrlsAndMethods:
    @pytest.mark.parametrize(("path", "methods"), URLS)
    def test_every_url_allows_its_methods_and_no_others(self, jsonapi, path, methods):
        allowed = {*methods.split(), "OPTIONS"}
        for method in {"PUT", "PATCH", "POST", "DELETE", "TRACE"} - allowed:
            response = jsonapi.client.generic(
                method, path, b"{}", MEDIA_TYPE, headers={"accept": MEDIA_TYPE}
            )
            assert response.status_code == 405, method
            assert set(response.headers["Allow"].split(", ")) == allowed
            assert response.json()["errors"][0]["code"] == "method_not_allowed"

    @pytest.mark.parametrize("path", READABLE)
    def test_head_is_get_without_a_body(self, jsonapi, path):
        head, get = jsonapi.send("head", path), jsonapi.get(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["Content-Length"] == str(len(get.content))
        assert head.headers["Content-Type"] == MEDIA_TYPE

    @pytest.mark.parametrize(("kind", "name", "target"), RELATIONSHIPS)
    def test_every_relationship_leads_to_its_type(self, jsonapi, kind, name, target):
        path = f"/api/{kind}/{ONE[kind]}"
        linked = jsonapi.get(f"{path}/relationships/{name}").json()["data"]
        related = jsonapi.get(f"{path}/{name}").json()["data"]
        for data in (linked, related):
            first = data[0] if isinstance(data, list) else data
            assert first["type"] == target
        shown = jsonapi.get(path).json()["data"]["relationships"]
        assert shown[name] == {"data": linked}
        assert set(shown) == set(TYPES[kind])

    @pytest.mark.parametrize(("kind", "name", "target"), TO_MANY)
    def test_only_users_refuse_replacement(self, jsonapi, kind, name, target):
        path = f"/api/{kind}/{ONE[kind]}"
        whole = linkage(target)
        responses = [
            jsonapi.patch(f"{path}/relationships/{name}", whole),
            jsonapi.patch(path, resource(kind, ONE[kind], relationships={name: whole})),
        ]
        wanted = 403 if kind == "user" else 204
        assert [each.status_code for each in responses] == [wanted, wanted]

    @pytest.mark.parametrize("kind", TYPES)
    def test_a_client_may_choose_every_id(self, jsonapi, kind):
        response = jsonapi.post(f"/api/{kind}", resource(kind, "mine"))
        assert response.json()["data"]["id"] == "mine"

    @pytest.mark.parametrize("path", READABLE)
    def test_no_url_has_a_slash_at_its_end(self, jsonapi, path):
        assert jsonapi.get(f"{path}/").status_code == 404


@pytest.mark.usefixtures("catalog")
class TestHeaders:
    @pytest.mark.parametrize("path", READABLE)
    def test_bodies_are_sorted_ascii(self, jsonapi, path):
        Video.objects.update(title="é 🎬")
        response = jsonapi.get(path)
        text = json.dumps(response.json(), sort_keys=True)
        assert response.content == text.encode("ascii")
        assert response.headers["Content-Type"] == MEDIA_TYPE

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("patch", "/api/user/u-alice", resource("user", "u-alice")),
            ("delete", "/api/user/u-alice", None),
            ("patch", "/api/video/v1/relationships/author", {"data": None}),
            ("post", "/api/playlist/p1/relationships/videos", linkage("video", "v2")),
        ],
    )
    def test_a_response_without_a_body_keeps_its_type(
        self, jsonapi, method, path, body
    ):
        response = jsonapi.send(method, path, body)
        assert (response.status_code, response.content) == (204, b"")
        assert response.headers["Content-Type"] == MEDIA_TYPE
        assert "Content-Length" not in response.headers

    @pytest.mark.parametrize("path", READABLE)
    def test_the_type_of_a_get_is_not_checked(self, jsonapi, path):
        response = jsonapi.client.generic("GET", path, b"{oops", "text/plain")
        assert response.status_code == 200

    def test_a_location_follows_the_proxy_settings(self, jsonapi, settings):
        headers = {"x-forwarded-host": "api.example.org", "x-forwarded-proto": "https"}
        response = jsonapi.post("/api/user", resource("user", "a b"), headers=headers)
        assert response.headers["Location"] == "http://testserver/api/user/a%20b"
        settings.USE_X_FORWARDED_HOST = True
        settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        settings.ALLOWED_HOSTS = ["api.example.org"]
        response = jsonapi.post("/api/user", resource("user", "c"), headers=headers)
        assert response.headers["Location"] == "https://api.example.org/api/user/c"

    @pytest.mark.parametrize(("kind", "name", "target"), TO_MANY)
    def test_every_list_names_its_pages_in_a_header(self, jsonapi, kind, name, target):
        path = f"/api/{kind}/{ONE[kind]}"
        for url in (f"{path}/{name}", f"{path}/relationships/{name}"):
            response = jsonapi.get(f"{url}?page[size]=1")
            links = response.json()["links"]
            names = re.findall(r'rel="(\w+)"', response.headers["Link"])
            assert names == [
                name for name in ("first", "last", "prev", "next") if links[name]
            ]
            assert jsonapi.get(f"{url}?page[size]=0").headers["Link"] == ""

    @pytest.mark.parametrize("kind", TYPES)
    def test_a_resource_has_no_link_header(self, jsonapi, kind):
        assert "Link" not in jsonapi.get(f"/api/{kind}/{ONE[kind]}").headers


@pytest.mark.usefixtures("catalog")
class TestDocuments:
    @pytest.mark.parametrize("kind", TYPES)
    def test_a_resource_has_these_members_only(self, jsonapi, kind):
        answer = jsonapi.get(f"/api/{kind}/{ONE[kind]}").json()
        assert set(answer) == {"data", "jsonapi"}
        assert set(answer["data"]) == {"attributes", "id", "relationships", "type"}
        columns = {"create_at", "update_at", "deleted"}
        text = "name" if kind == "user" else "title"
        assert set(answer["data"]["attributes"]) == columns | {text}
        for relationship in answer["data"]["relationships"].values():
            assert set(relationship) == {"data"}

    def test_include_adds_its_member_and_no_other(self, jsonapi):
        answer = jsonapi.get("/api/video/v1?include=author").json()
        assert set(answer) == {"data", "included", "jsonapi"}
        answer = jsonapi.get("/api/video?include=author").json()
        assert set(answer) == {"data", "included", "jsonapi", "links", "meta"}

    def test_empty_members_are_left_out(self, jsonapi):
        for wanted, left in [("title", "relationships"), ("author", "attributes")]:
            path = f"/api/video/v1?fields[video]={wanted}"
            resource = jsonapi.get(path).json()["data"]
            assert left not in resource
            assert len(resource) == 3

    def test_self_is_a_path_and_the_other_links_are_whole(self, jsonapi):
        links = jsonapi.get("/api/video?page[size]=1&page[number]=2").json()["links"]
        assert links.pop("self") == "/api/video"
        assert set(links) == {"first", "last", "prev", "next"}
        assert all(link.startswith("http://testserver/") for link in links.values())

    def test_nobody_is_linked_where_there_is_nobody(self, jsonapi):
        path = "/api/playlist/p2/relationships/owner"
        assert jsonapi.get(path).json() == {
            "data": None,
            "jsonapi": {"version": "1.0"},
            "links": {"related": "/api/playlist/p2/owner", "self": path},
            "meta": {},
        }

    def test_foreign_keys_are_never_attributes(self, jsonapi):
        for path in ["/api/video/v1", "/api/playlist/p1", "/api/video?page[size]=0"]:
            assert b"_id" not in jsonapi.get(path).content


@pytest.mark.usefixtures("catalog")
class TestSorting:
    def test_along_a_path_the_same_rule_holds_for_nulls(self, jsonapi):
        order = ids(jsonapi.get("/api/video?sort=author.name"))
        assert order == ["v3", "v1", "v2"]
        order = ids(jsonapi.get("/api/video?sort=-author.name"))
        assert order == ["v2", "v1", "v3"]

    def test_times_numbers_and_keys_sort_too(self, jsonapi):
        for sort, first in [
            ("-create_at", "v1"),
            ("deleted,-id", "v1"),
            ("-author.deleted", "v2"),
            ("-author.id", "v2"),
            ("-id", "v3"),
        ]:
            assert ids(jsonapi.get(f"/api/video?sort={sort}"))[0] == first, sort

    def test_related_lists_sort_along_paths(self, jsonapi):
        for path in ("videos", "relationships/videos"):
            url = f"/api/playlist/p1/{path}?sort=-author.name"
            assert ids(jsonapi.get(url)) == ["v1", "v3"]


SPELLINGS = """
    == eq equals equal_to  != ne neq not_equal_to does_not_equal <>  > gt  < lt
    >= ge gte geq  <= le lte leq  in not_in  like ilike not_like  is_null is_not_null
    has any
"""
OF_POSTGRES_ONLY = (
    "<< <<= >> >>= && @> <@ !@> !<@ to_tsquery plainto_tsquery equals_to is isnull"
)


def test_every_documented_operator_exists():
    assert set(OPERATORS) == set(SPELLINGS.split())


@pytest.mark.parametrize("name", OF_POSTGRES_ONLY.split())
def test_operators_of_postgresql_alone_are_refused(jsonapi, name):
    query = {"filter[objects]": json.dumps([{"name": "id", "op": name, "val": "1"}])}
    response = jsonapi.get("/api/video", query_params=query)
    assert response.status_code == 400


# Filters, by a second way to the same answer: three-valued logic in Python.

Truth = bool | None
COMPARE = {
    "exact": operator.eq,
    "gt": operator.gt,
    "lt": operator.lt,
    "gte": operator.ge,
    "lte": operator.le,
}
TEXTS = [None, "", "a", "aa", "ab", "b", "ba"]
NUMBERS = [None, -1, 0, 1, 7]


def holds(row: Any, filter_object: dict[str, Any]) -> Truth:
    for connector, neutral in (("and", True), ("or", False)):
        if connector in filter_object:
            return joined(
                [holds(row, part) for part in filter_object[connector]], neutral
            )
    if "not" in filter_object:
        return negated(holds(row, filter_object["not"]))
    name = OPERATORS[filter_object["op"]]
    if name in {"has", "any"}:
        return any(
            holds(near, filter_object["val"]) is True
            for near in near_to(row, filter_object)
        )
    is_negative = name.startswith("not_")
    truth = compared(row, name.removeprefix("not_"), filter_object)
    return negated(truth) if is_negative else truth


def joined(parts: list[Truth], neutral: bool) -> Truth:
    if (not neutral) in parts:
        return not neutral
    return None if None in parts else neutral


def negated(truth: Truth) -> Truth:
    return None if truth is None else not truth


def near_to(row: Any, filter_object: dict[str, Any]) -> list[Any]:
    related = getattr(row, filter_object["name"])
    if filter_object["op"] == "any":
        return list(related.all())
    return [] if related is None else [related]


def compared(row: Any, name: str, filter_object: dict[str, Any]) -> Truth:
    value = getattr(row, filter_object["name"])
    if name == "isnull":
        return value is None
    other = (
        getattr(row, filter_object["field"])
        if "field" in filter_object
        else filter_object["val"]
    )
    if name == "in" and not other:
        return False
    if value is None or other is None:
        return None
    if name == "in":
        return value in other
    if name in {"like", "ilike"}:
        return matches(value, other, re.IGNORECASE if name == "ilike" else 0)
    return COMPARE[name](value, other)


def matches(value: str, pattern: str, flags: int) -> bool:
    expression = "".join(
        {"%": ".*", "_": "."}.get(char, re.escape(char)) for char in pattern
    )
    return re.fullmatch(expression, value, flags | re.DOTALL) is not None


COLUMNS: dict[Any, dict[str, list[Any]]] = {
    Video: {"title": TEXTS, "deleted": NUMBERS, "author_id": ["u0", "u1"]},
    Creator: {"name": TEXTS, "deleted": NUMBERS},
    Playlist: {"title": TEXTS, "owner_id": ["u0", "u9"]},
}
NEAR = {
    Video: [("author", "has", Creator), ("playlists", "any", Playlist)],
    Creator: [("owned_videos", "any", Video), ("owned_playlists", "any", Playlist)],
    Playlist: [("owner", "has", Creator), ("videos", "any", Video)],
}
VALUED = [
    spelling
    for spelling, name in OPERATORS.items()
    if name.removeprefix("not_") in {*COMPARE, "in"}
]


class Dice:
    """Makes filters, the same ones on every run."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def filter(self, model: Any, levels: int = 3) -> dict[str, Any]:
        shape = self.random.choice(["term", "term", "near", "and", "or", "not"])
        if levels == 1 or shape == "term":
            return self.term(model)
        if shape == "near":
            name, op, target = self.random.choice(NEAR[model])
            return {"name": name, "op": op, "val": self.filter(target, levels - 1)}
        if shape == "not":
            return {"not": self.filter(model, levels - 1)}
        parts = self.random.randint(1, 3)
        return {shape: [self.filter(model, levels - 1) for _ in range(parts)]}

    def term(self, model: Any) -> dict[str, Any]:
        name = self.random.choice(list(COLUMNS[model]))
        values = [value for value in COLUMNS[model][name] if value is not None]
        is_text = isinstance(values[0], str)
        kind = self.random.choice(["value", "value", "null", "like", "field"])
        if kind == "null":
            op = self.random.choice(["is_null", "is_not_null"])
            return {"name": name, "op": op}
        if kind == "like" and is_text:
            op = self.random.choice(["like", "ilike", "not_like"])
            return {"name": name, "op": op, "val": self.pattern()}
        op = self.random.choice(VALUED)
        if kind == "field" and is_text and "in" not in op:
            return {"name": name, "op": op, "field": "id"}
        value = self.random.choice(values)
        several = self.random.sample(values, self.random.randint(0, len(values)))
        return {"name": name, "op": op, "val": several if "in" in op else value}

    def pattern(self) -> str:
        return "".join(self.random.choices("ab%_", k=self.random.randint(0, 3)))


@pytest.fixture
def many_kinds(db) -> None:
    """Rows of few values in many combinations, nulls among them."""
    dice = random.Random(1)
    for n in range(6):
        columns = {"name": dice.choice(TEXTS), "deleted": dice.choice(NUMBERS)}
        Creator.objects.create(id=f"u{n}", **columns)
    for n in range(30):
        Video.objects.create(
            id=dice.choice("ab") + f"{n:02}",
            title=dice.choice(TEXTS),
            deleted=dice.choice(NUMBERS),
            author_id=dice.choice([None, "u0", "u1", "u2"]),
        )
    videos = list(Video.objects.all())
    for n in range(8):
        playlist = Playlist.objects.create(
            id=f"p{n}",
            title=dice.choice(TEXTS),
            owner_id=dice.choice([None, "u0", "u3"]),
        )
        playlist.videos.set(dice.sample(videos, dice.randint(0, 9)))


@pytest.mark.usefixtures("many_kinds")
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("kind", "model"), [("user", Creator), ("video", Video), ("playlist", Playlist)]
)
def test_a_filter_means_what_it_means_in_sql(jsonapi, kind, model, seed):
    dice = Dice(seed)
    rows = list(model.objects.order_by("pk"))
    for _ in range(25):
        filter_object = dice.filter(model)
        wanted = [row.pk for row in rows if holds(row, filter_object) is True]
        assert find(jsonapi, kind, filter_object) == wanted, filter_object


@pytest.mark.usefixtures("catalog")
class TestFilters:
    @pytest.mark.parametrize("spelling", SPELLINGS.split())
    def test_every_spelling_of_an_operator_works(self, jsonapi, spelling):
        values = {
            "in": ["v1"],
            "not_in": ["v1"],
            "has": {"name": "id", "op": "is_not_null"},
            "any": {"name": "id", "op": "is_not_null"},
        }
        names = {"has": "author", "any": "playlists"}
        filter_object = {
            "name": names.get(spelling, "id"),
            "op": spelling,
            "val": values.get(spelling, "v1"),
        }
        assert set(find(jsonapi, "video", filter_object)) <= {"v1", "v2", "v3"}

    def test_times_are_read_in_every_place(self, jsonapi):
        moment = "2024-06-02T06:44:04.906714+02:00"
        equal = {"name": "create_at", "op": "eq", "val": moment}
        among = {"name": "create_at", "op": "in", "val": [moment]}
        for term in (equal, among, {"and": [equal, among]}):
            assert find(jsonapi, "video", term) == ["v1"]
            assert find(jsonapi, "user", term) == ["u-alice"]
            near = {"name": "author", "op": "has", "val": term}
            assert find(jsonapi, "video", near) == ["v1"]
            far = {"name": "videos", "op": "any", "val": near}
            assert find(jsonapi, "playlist", far) == ["p1", "p2"]

    def test_a_match_through_several_rows_counts_once(self, jsonapi):
        term = {"name": "title", "op": "like", "val": "pl%"}
        filter_object = {"name": "playlists", "op": "any", "val": term}
        query = {"filter[objects]": json.dumps([filter_object])}
        response = jsonapi.get("/api/video", query_params=query)
        assert ids(response) == ["v1", "v3"]
        assert response.json()["meta"] == {"total": 2}

    def test_a_filter_of_the_largest_size_works(self, jsonapi):
        values = [f"v{n}" for n in range(100)]
        terms = [{"name": "id", "op": "in", "val": values}] * 3
        assert find(jsonapi, "video", *terms) == ["v1", "v2", "v3"]
        terms = [{"name": "id", "op": "is_not_null"}] * 50
        assert find(jsonapi, "video", *terms) == ["v1", "v2", "v3"]

    def test_a_longer_list_of_values_is_refused(self, jsonapi):
        values = [f"v{n}" for n in range(101)]
        filters = [{"name": "id", "op": "in", "val": values}]
        query = {"filter[objects]": json.dumps(filters)}
        response = jsonapi.get("/api/video", query_params=query)
        assert response.status_code == 400
        assert "100" in details(response)[0]

    @pytest.mark.parametrize(
        "name",
        ["metadata", "pk", "objects", "account", "account_id", "author__name", "_meta"],
    )
    def test_only_declared_names_exist(self, jsonapi, name):
        filters = [{"name": name, "op": "is_null"}]
        query = {"filter[objects]": json.dumps(filters)}
        for kind in TYPES:
            url = f"/api/{kind}"
            assert jsonapi.get(url, query_params=query).status_code == 400
            assert jsonapi.get(f"{url}?filter[{name}]=1").status_code == 400
            assert jsonapi.get(f"{url}?sort={name}").status_code == 400
            assert jsonapi.get(f"{url}?include={name}").status_code == 400
            shown = jsonapi.get(f"{url}?fields[{kind}]={name}").json()["data"]
            assert {key for resource in shown for key in resource} == {"id", "type"}


@pytest.mark.usefixtures("catalog")
class TestWriting:
    def test_fields_of_every_type_apply_to_what_is_created(self, jsonapi):
        body = resource(
            "playlist",
            "new",
            relationships={
                "owner": {"data": identifier("user", "u-alice")},
                "videos": linkage("video", "v1"),
            },
        )
        path = "/api/playlist?include=owner,videos&fields[video]=title&fields[user]="
        included = jsonapi.post(path, body).json()["included"]
        assert included == [
            identifier("user", "u-alice"),
            {**identifier("video", "v1"), "attributes": {"title": "B"}},
        ]

    def test_numbers_are_ids_in_linkage_too(self, jsonapi):
        jsonapi.post("/api/user", {"data": {"type": "user", "id": 7}})
        author = {"data": {"type": "user", "id": 7}}
        path = "/api/video/v1/relationships/author"
        assert jsonapi.patch(path, author).status_code == 204
        assert jsonapi.get(path).json()["data"] == identifier("user", "7")

    def test_a_number_is_an_id_in_a_change_as_well(self, jsonapi):
        jsonapi.post("/api/user", {"data": {"type": "user", "id": 7}})
        body = {"data": {"type": "user", "id": 7, "attributes": {"name": "x"}}}
        assert jsonapi.patch("/api/user/7", body).status_code == 204

    def test_a_deleted_video_leaves_every_playlist(self, jsonapi):
        assert jsonapi.delete("/api/video/v1").status_code == 204
        for pk, left in [("p1", ["v3"]), ("p2", [])]:
            path = f"/api/playlist/{pk}/relationships/videos"
            assert ids(jsonapi.get(path)) == left

    def test_a_list_may_be_emptied(self, jsonapi):
        path = "/api/video/v1/relationships/playlists"
        assert jsonapi.patch(path, linkage("playlist")).status_code == 204
        assert ids(jsonapi.get(path)) == []
        assert Playlist.objects.count() == 2


@pytest.mark.usefixtures("catalog")
class TestErrors:
    @pytest.mark.parametrize("path", READABLE)
    def test_an_unknown_parameter_value_is_never_a_crash(self, jsonapi, path):
        for query in ["page[size]=x", "sort=x", "include=x", "filter[objects]=x"]:
            response = jsonapi.get(f"{path}?{query}")
            assert response.status_code in {200, 400}
            if response.status_code == 400:
                (error,) = response.json()["errors"]
                assert error["source"] == {"parameter": query.partition("=")[0]}
                assert error["code"]
                assert error["title"] == "Bad Request"

    @pytest.mark.parametrize(("kind", "name", "target"), TO_ONE)
    def test_null_differs_from_a_missing_value(self, jsonapi, kind, name, target):
        path = f"/api/{kind}/{ONE[kind]}/relationships/{name}"
        for body in [{}, {"data": {}}, {"data": []}, {"data": ""}, {"data": False}]:
            assert jsonapi.patch(path, body).status_code == 400
        assert jsonapi.get(path).json()["data"] is not None
        assert jsonapi.patch(path, {"data": None}).status_code == 204
        assert jsonapi.get(path).json()["data"] is None

    @pytest.mark.parametrize(("kind", "name", "target"), TO_MANY)
    def test_each_of_several_unknown_ids_is_an_error(self, jsonapi, kind, name, target):
        path = f"/api/{kind}/{ONE[kind]}/relationships/{name}"
        response = jsonapi.post(path, linkage(target, "x", "y", "x"))
        assert response.status_code == 404
        assert details(response) == [
            f"No object of type {target} found with ID {pk}" for pk in "xy"
        ]
