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


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Returns 500 for `data: null`, an invalid date, and a list in a to-one "
    "relationship",
    new="Returns 400",
)
@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Ignores an unknown relationship in PATCH, or returns 500",
    new="Returns 400",
)
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


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old='Renames a resource by `attributes: {"id": …}`',
    new="Returns 400",
)
def test_an_attribute_cannot_rename_a_resource(jsonapi):
    assert jsonapi.patch(V1, video({"id": "v9"})).status_code == 400
    assert not Video.objects.filter(pk="v9").exists()


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Stores texts in columns of numbers",
    new="Returns 400",
)
def test_a_text_is_no_number(jsonapi):
    assert jsonapi.patch(V1, video({"deleted": "abc"})).status_code == 400


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Stores null for a link to a missing resource, or returns 400; stores any "
    "`author_id`",
    new="Returns 404",
)
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


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Drops the offset of a time",
    new="Converts the time to UTC",
    why="The stored time was wrong",
)
def test_an_offset_is_converted_to_utc(jsonapi):
    assert jsonapi.patch(V1, video({"create_at": "2024-06-02T06:44+02:00"})).status_code
    attributes = jsonapi.get(V1).json()["data"]["attributes"]

    assert attributes["create_at"] == "2024-06-02T04:44:00"


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Guesses times such as `June 2, 2024 4:44pm`, also in filters",
    new="Returns 400",
    why="A guess may be wrong",
)
def test_free_text_is_no_time(jsonapi):
    assert jsonapi.patch(V1, video({"create_at": "June 2, 2024"})).status_code == 400
    query = {"filter[create_at]": "June 2, 2024"}
    assert jsonapi.get("/api/video", query_params=query).status_code == 400


@pytest.mark.difference(
    "Media catalog: JSON:API", old="Rejects a POST without an ID", new="Generates an ID"
)
def test_an_id_is_made_if_none_is_sent(jsonapi):
    pk = jsonapi.post("/api/user", resource("user")).json()["data"]["id"]

    assert str(UUID(pk)) == pk


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Accepts IDs of any length",
    new="Returns 400 for more than 255 characters",
    why="All databases can index them",
)
def test_an_id_has_at_most_255_characters(jsonapi):
    for length, status in [(255, 201), (256, 400)]:
        body = resource("video", "x" * length)
        assert jsonapi.post("/api/video", body).status_code == status


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Returns 500 for `meta` or `links` in a POST",
    new="Ignores them",
    why="JSON:API allows them",
)
def test_meta_and_links_are_ignored(jsonapi):
    body = resource("user", "new", meta={"a": 1}, links={"self": "/"})

    assert jsonapi.post("/api/user", body).status_code == 201


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Returns 403 if a client sends back a user as it was read, because of its "
    "lists",
    new="Returns 204, and ignores lists that are unchanged",
    why="Clients send back whole resources",
)
def test_a_user_can_be_sent_back(jsonapi):
    alice = jsonapi.get("/api/user/u-alice").json()

    assert alice["data"]["relationships"]["owned_videos"]["data"]
    assert jsonapi.patch("/api/user/u-alice", alice).status_code == 204


# Lists


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Returns 500 for a page that isn't a number, and for an unknown `include`",
    new="Returns 400",
)
def test_a_page_number_is_a_number(jsonapi):
    for query in ("page[number]=x", "page[size]=x", "include=autor"):
        assert jsonapi.get(f"/api/video?{query}").status_code == 400


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Ignores `page[limit]`, `page[offset]`, and the like",
    new="Returns 400, but ignores unknown parameters of other families",
    why="JSON:API reserves the name",
)
def test_page_parameters_are_those_of_the_api(jsonapi):
    for name in ("limit", "offset", "Size"):
        assert jsonapi.get(f"/api/video?page[{name}]=2").status_code == 400
        assert ids(jsonapi.get(f"/api/video?{name}=2")) == ["v1", "v2", "v3"]


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Returns all resources for `page[size]=0`",
    new="Returns all of up to 1,000 (`QUINTET_MAX_UNPAGED`), otherwise 400",
    why="Limits memory",
)
def test_all_resources_come_up_to_a_limit(jsonapi, settings):
    settings.QUINTET_MAX_UNPAGED = 3
    assert len(ids(jsonapi.get("/api/video?page[size]=0"))) == 3
    settings.QUINTET_MAX_UNPAGED = 2
    assert jsonapi.get("/api/video?page[size]=0").status_code == 400


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Writes raw brackets and quotes in links to pages, and repeats them on "
    "related lists",
    new="Percent-encodes them, once",
    why="They are URLs",
)
@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Names the collection, `/api/video`, in `links.self` of a related list",
    new="Names the list, `/api/playlist/<id>/videos`",
    why="Clients reload it",
)
@pytest.mark.parametrize("path", ["/api/video", "/api/playlist/p1/videos"])
def test_links_to_pages_are_encoded_once(jsonapi, path):
    links = jsonapi.get(f"{path}?page[size]=1&filter[deleted]=1").json()["links"]

    assert links["self"] == path
    assert links["first"] == (
        f"http://testserver{path}?filter%5Bdeleted%5D=1"
        "&page%5Bsize%5D=1&page%5Bnumber%5D=1"
    )


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Omits videos without an author if sorted by `author.name`",
    new="Keeps them",
)
def test_sorting_by_a_relative_keeps_resources_without_one(jsonapi):
    assert ids(jsonapi.get("/api/video?sort=author.name")) == ["v3", "v1", "v2"]


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Repeats resources if sorted by a to-many path, such as `playlists.title`",
    new="Returns 400",
    why="A resource has no single place there",
)
def test_a_to_many_path_sorts_nothing(jsonapi):
    assert jsonapi.get("/api/video?sort=playlists.title").status_code == 400


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Returns to-many relationships in the order of the table",
    new="Sorts them by ID, also if `sort` has equal values; only playlists keep the "
    "order of their videos",
    why="Tables have no order",
)
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


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Repeats resources of `data` in `included`",
    new="Doesn't repeat them",
    why="JSON:API forbids it",
)
def test_included_resources_are_not_in_data(jsonapi):
    body = jsonapi.get("/api/video?include=author.owned_videos").json()

    assert [found["id"] for found in body["included"]] == ["u-alice", "u-bella"]


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Accepts every attribute of a class in filters",
    new="Accepts only the declared columns",
    why="Others may be secret",
)
@pytest.mark.parametrize("name", ["metadata", "account", "account_id", "pk"])
def test_only_declared_columns_are_filters(jsonapi, name):
    assert find(jsonapi, {"name": name, "op": "is_null"}).status_code == 400
    assert jsonapi.get(f"/api/user?filter[{name}]=1").status_code == 400


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Finds nothing for a value of the wrong type, such as `x` for `deleted`",
    new="Returns 400",
    why="An empty list hides the mistake",
)
def test_a_filter_needs_a_value_of_its_type(jsonapi):
    for query in ("filter[deleted]=x", "filter[deleted]=1.5", "filter[create_at]=x"):
        assert jsonapi.get(f"/api/video?{query}").status_code == 400


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Doesn't convert dates in `in`, `has`, and `any`, and rejects `and` and `or` "
    "there",
    new="Supports all of them",
)
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


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Accepts filters and sort orders of any size",
    new="Returns 400 for more than 50 terms, 4 levels, 100 values, 3 names in an "
    "`include` path, or 10 sort fields including the ID",
    why="Large queries block other clients",
)
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


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Sets `code`, `title`, and `source` of an error to null",
    new="Fills them in",
    why="Clients can correct the request",
)
def test_an_error_has_its_code_title_and_source(jsonapi):
    (error,) = jsonapi.get("/api/video?sort=bogus").json()["errors"]

    assert error["code"]
    assert error["title"]
    assert error["source"] == {"parameter": "sort"}


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Makes one change per request; returns 404 for `/api/operations`",
    new="Makes up to 100 changes there, all or none, with local IDs",
)
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
