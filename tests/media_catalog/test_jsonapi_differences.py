"""Differences of the JSON:API from Flask-Restless, a short request for each."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from dialects.restless.filters import MAX_SORT_FIELDS
from media_catalog.models import Creator, Playlist, Video
from tests.media_catalog.jsonapi import identifier, ids, linkage, resource

pytestmark = pytest.mark.usefixtures("catalog")
V1 = "/api/video/v1"
ATOMIC = 'application/vnd.api+json; ext="https://jsonapi.org/ext/atomic"'


def video(attributes: Any = None, **members: Any) -> dict[str, Any]:
    """Return a document that changes `v1`."""
    return resource("video", "v1", attributes=attributes or {}, **members)


def find(jsonapi, *filters: object) -> Any:
    query = {"filter[objects]": json.dumps(filters)}
    return jsonapi.get("/api/video", query_params=query)


# Documents


@pytest.mark.parametrize(
    "body",
    [
        {"data": None},
        video({"create_at": "2024-13-01"}),
        video(relationships={"author": linkage("user", "u-alice")}),
        video(relationships={"autor": {"data": None}}),
    ],
    ids=["null", "date", "list", "relationship"],
)
def test_a_document_that_crashed_the_old_service_is_400(jsonapi, body):
    assert jsonapi.patch(V1, body).status_code == 400
    assert Video.objects.get(pk="v1").author_id == "u-alice"


def test_an_attribute_cannot_rename_a_resource(jsonapi):
    assert jsonapi.patch(V1, video({"id": "v9"})).status_code == 400
    assert not Video.objects.filter(pk="v9").exists()


def test_a_text_is_no_number(jsonapi):
    assert jsonapi.patch(V1, video({"deleted": "abc"})).status_code == 400


@pytest.mark.parametrize(
    "members",
    [
        {"relationships": {"author": {"data": identifier("user", "nobody")}}},
        {"relationships": {"playlists": linkage("playlist", "p1", "nothing")}},
        {"attributes": {"author_id": "nobody"}},
    ],
    ids=["to-one", "to-many", "foreign key"],
)
def test_a_link_to_a_missing_resource_is_404(jsonapi, members):
    assert jsonapi.patch(V1, resource("video", "v1", **members)).status_code == 404
    body = resource("video", "new", **members)
    assert jsonapi.post("/api/video", body).status_code == 404
    assert not Video.objects.filter(pk="new").exists()


def test_an_offset_is_converted_to_utc(jsonapi):
    assert jsonapi.patch(V1, video({"create_at": "2024-06-02T06:44+02:00"})).status_code
    attributes = jsonapi.get(V1).json()["data"]["attributes"]

    assert attributes["create_at"] == "2024-06-02T04:44:00"


def test_free_text_is_no_time(jsonapi):
    assert jsonapi.patch(V1, video({"create_at": "June 2, 2024"})).status_code == 400
    query = {"filter[create_at]": "June 2, 2024"}
    assert jsonapi.get("/api/video", query_params=query).status_code == 400


def test_an_id_is_made_if_none_is_sent(jsonapi):
    pk = jsonapi.post("/api/user", resource("user")).json()["data"]["id"]

    assert str(UUID(pk)) == pk


def test_an_id_has_at_most_255_characters(jsonapi):
    for length, status in [(255, 201), (256, 400)]:
        body = resource("video", "x" * length)
        assert jsonapi.post("/api/video", body).status_code == status


def test_meta_and_links_are_ignored(jsonapi):
    body = resource("user", "new", meta={"a": 1}, links={"self": "/"})

    assert jsonapi.post("/api/user", body).status_code == 201


# Lists


def test_a_page_number_is_a_number(jsonapi):
    for query in ("page[number]=x", "page[size]=x", "include=autor"):
        assert jsonapi.get(f"/api/video?{query}").status_code == 400


def test_page_parameters_are_those_of_the_api(jsonapi):
    for name in ("limit", "offset", "Size"):
        assert jsonapi.get(f"/api/video?page[{name}]=2").status_code == 400
        assert ids(jsonapi.get(f"/api/video?{name}=2")) == ["v1", "v2", "v3"]


def test_all_resources_come_up_to_a_limit(jsonapi, settings):
    settings.QUINTET_MAX_UNPAGED = 3
    assert len(ids(jsonapi.get("/api/video?page[size]=0"))) == 3
    settings.QUINTET_MAX_UNPAGED = 2
    assert jsonapi.get("/api/video?page[size]=0").status_code == 400


@pytest.mark.parametrize("path", ["/api/video", "/api/playlist/p1/videos"])
def test_links_to_pages_are_encoded_once(jsonapi, path):
    links = jsonapi.get(f"{path}?page[size]=1&filter[deleted]=1").json()["links"]

    assert links["self"] == path
    assert links["first"] == (
        f"http://testserver{path}?filter%5Bdeleted%5D=1"
        "&page%5Bsize%5D=1&page%5Bnumber%5D=1"
    )


def test_sorting_by_a_relative_keeps_resources_without_one(jsonapi):
    assert ids(jsonapi.get("/api/video?sort=author.name")) == ["v3", "v1", "v2"]


def test_a_to_many_path_sorts_nothing(jsonapi):
    assert jsonapi.get("/api/video?sort=playlists.title").status_code == 400


def test_only_a_playlist_has_an_order_of_its_own(jsonapi):
    body = linkage("video", "v3", "v2", "v1")
    jsonapi.patch("/api/playlist/p1/relationships/videos", body)
    Video.objects.update(author="u-alice", deleted=1)
    Playlist.objects.get(pk="p2").videos.set([])
    jsonapi.post(f"{V1}/relationships/playlists", linkage("playlist", "p2"))

    assert ids(jsonapi.get("/api/playlist/p1/videos")) == ["v3", "v2", "v1"]
    owned = "/api/user/u-alice/owned_videos"
    assert ids(jsonapi.get(owned)) == ["v1", "v2", "v3"]
    assert ids(jsonapi.get(f"{owned}?sort=-deleted")) == ["v1", "v2", "v3"]
    assert ids(jsonapi.get(f"{V1}/playlists")) == ["p1", "p2"]


def test_included_resources_are_not_in_data(jsonapi):
    body = jsonapi.get("/api/video?include=author.owned_videos").json()

    assert [found["id"] for found in body["included"]] == ["u-alice", "u-bella"]


@pytest.mark.parametrize("name", ["metadata", "account", "account_id", "pk"])
def test_only_declared_columns_are_filters(jsonapi, name):
    assert find(jsonapi, {"name": name, "op": "is_null"}).status_code == 400
    assert jsonapi.get(f"/api/user?filter[{name}]=1").status_code == 400


def test_a_filter_needs_a_value_of_its_type(jsonapi):
    for query in ("filter[deleted]=x", "filter[deleted]=1.5", "filter[create_at]=x"):
        assert jsonapi.get(f"/api/video?{query}").status_code == 400


def test_dates_and_connectives_work_inside_other_filters(jsonapi):
    moment = "2024-06-02T04:44:04.906714"
    among = {"name": "create_at", "op": "in", "val": [moment]}
    both = {"and": [among, {"or": [among]}]}
    near = {"name": "author", "op": "has", "val": both}
    owner = {"name": "owner", "op": "has", "val": {"or": [among]}}
    far = {"name": "playlists", "op": "any", "val": owner}

    assert ids(find(jsonapi, among)) == ["v1"]
    assert ids(find(jsonapi, near)) == ["v1"]
    assert ids(find(jsonapi, far)) == ["v1", "v3"]


TERM = {"name": "id", "op": "is_not_null"}
NAMES = ["title", "deleted", "create_at", "update_at", "author_id", "author.name"]
NAMES += [f"author.{name}" for name in ("deleted", "create_at", "update_at")]


def test_filters_and_sorts_have_limits(jsonapi):
    deep = {"not": {"not": {"not": TERM}}}
    many = {"name": "id", "op": "in", "val": ["v1"] * 100}
    for found in ([TERM] * 50, [deep], [many]):
        assert find(jsonapi, *found).status_code == 200
    many = {"name": "id", "op": "in", "val": ["v1"] * 101}
    for found in ([TERM] * 51, [{"not": deep}], [many]):
        assert find(jsonapi, *found).status_code == 400
    assert MAX_SORT_FIELDS == 10  # with the id, which is the last one of every order
    for query, longer in [
        (f"sort={','.join(NAMES)}", ",author.id"),
        ("include=author.owned_videos.author", ".owned_videos"),
    ]:
        assert jsonapi.get(f"/api/video?{query}").status_code == 200
        assert jsonapi.get(f"/api/video?{query}{longer}").status_code == 400


# The rest


def test_an_error_has_its_code_title_and_source(jsonapi):
    (error,) = jsonapi.get("/api/video?sort=bogus").json()["errors"]

    assert error["code"]
    assert error["title"]
    assert error["source"] == {"parameter": "sort"}


def test_operations_are_done_all_or_none(jsonapi):
    new = {"op": "add", "data": {"type": "user", "lid": "u"}}
    author = {"data": {"type": "user", "lid": "u"}}
    of_new = {"op": "add", **resource("video", "new", relationships={"author": author})}

    def send(*operations: object) -> int:
        body = {"atomic:operations": list(operations)}
        headers = {"accept": ATOMIC}
        response = jsonapi.post(
            "/api/operations", body, content_type=ATOMIC, headers=headers
        )
        return response.status_code

    assert send(new, of_new, {"op": "oops"}) == 400
    assert Creator.objects.count() == 2
    assert send(new, of_new) == 200
    assert Video.objects.get(pk="new").author is not None
    assert send(*[{"op": "update", **video()}] * 101) == 400
