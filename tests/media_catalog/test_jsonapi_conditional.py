from __future__ import annotations

import re

import pytest

from media_catalog.models import Creator, Playlist, Video
from tests.media_catalog.jsonapi import (
    MEDIA_TYPE,
    details,
    identifier,
    linkage,
    resource,
)

pytestmark = pytest.mark.usefixtures("catalog")
READS = [
    "/api/video",
    "/api/video/v1",
    "/api/video/v1/author",
    "/api/video/v3/author",
    "/api/playlist/p1/videos",
    "/api/playlist/p1/videos/v1",
    "/api/video/v1/relationships/author",
    "/api/playlist/p1/relationships/videos",
]
FORMS = ["fields[video]=title", "include=author", "fields[video]=author&include=author"]
STALE = 'W/"00000000000000000000"'
V1 = "/api/video/v1"
VIDEOS = "/api/playlist/p1/relationships/videos"


def etag(client, path: str) -> str:
    return client.get(path).headers["ETag"]


def with_title(title: str) -> dict[str, object]:
    return resource("video", "v1", attributes={"title": title})


class TestReading:
    @pytest.mark.difference(
        "Media catalog: JSON:API",
        old="Sends no `ETag` and ignores `If-None-Match`",
        new="Sends an `ETag` with GET and POST, and returns 304 if the client has the "
        "current one",
        why="Saves downloads",
    )
    @pytest.mark.parametrize("path", READS)
    @pytest.mark.parametrize("query", ["", "?fields[video]=title&page[size]=1"])
    def test_a_cached_response_is_not_sent_again(self, jsonapi, path, query):
        tag = etag(jsonapi, path + query)
        assert re.fullmatch(r'W/"[0-9a-f]{20}(\.[0-9a-f]{20})?"', tag)
        for known in [tag, tag.removeprefix("W/"), f'"x", {tag}', "*"]:
            headers = {"if-none-match": known}
            response = jsonapi.get(path + query, headers=headers)
            assert (response.status_code, response.content) == (304, b"")
            assert response.headers["ETag"] == tag
            assert "Accept" in response.headers["Vary"]
            assert not {"Content-Type", "Content-Length"} & set(response.headers)

    @pytest.mark.parametrize("path", READS)
    @pytest.mark.parametrize("header", [STALE, "oops", '"', "", "," * 5000, "\x01"])
    def test_any_other_tag_gets_the_response(self, jsonapi, path, header):
        response = jsonapi.get(path, headers={"if-none-match": header})
        assert response.status_code == 200

    @pytest.mark.parametrize("path", READS)
    def test_head_tells_the_same_tag(self, jsonapi, path):
        assert jsonapi.send("head", path).headers["ETag"] == etag(jsonapi, path)

    def test_a_new_resource_comes_with_its_tag(self, jsonapi):
        response = jsonapi.post("/api/video", resource("video", "x"))
        assert response.headers["ETag"] == etag(jsonapi, "/api/video/x")
        path = "/api/video?fields[video]=title"
        response = jsonapi.post(path, resource("video", "y"))
        expected = etag(jsonapi, "/api/video/y?fields[video]=title")
        assert response.headers["ETag"] == expected

    @pytest.mark.parametrize("query", FORMS)
    def test_every_form_tells_the_same_state(self, jsonapi, query):
        plain, form = etag(jsonapi, V1), etag(jsonapi, f"{V1}?{query}")
        assert form != plain
        assert form.startswith(plain.removesuffix('"') + ".")

    def test_a_page_for_a_browser_has_no_tag(self, jsonapi):
        headers = {"accept": "text/html", "if-none-match": "*"}
        response = jsonapi.get(V1, headers=headers)
        assert response.status_code == 200
        assert "ETag" not in response.headers

    @pytest.mark.parametrize("path", ["/api/video/nope", "/api/video?sort=bogus"])
    def test_an_error_has_no_tag(self, jsonapi, path):
        response = jsonapi.get(path, headers={"if-none-match": "*"})
        assert response.status_code in {400, 404}
        assert "ETag" not in response.headers

    def test_options_has_no_tag(self, jsonapi):
        response = jsonapi.send("options", V1, headers={"if-none-match": "*"})
        assert response.status_code == 200
        assert "ETag" not in response.headers


CHANGES = {
    "a column": lambda: Video.objects.filter(pk="v1").update(title="new"),
    "a foreign key": lambda: Video.objects.filter(pk="v1").update(author=None),
    "the author's end": lambda: Creator.objects.get(pk="u-alice").delete(),
    "another's list": lambda: Playlist.objects.get(pk="p1").videos.set([]),
    "a new list": lambda: Video.objects.get(pk="v1").playlists.create(id="p3"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("query", ["", "?fields[video]=title", "?include=author"])
def test_a_change_through_any_door_changes_the_tag(jsonapi, change, query):
    before = etag(jsonapi, V1 + query)
    change()
    assert etag(jsonapi, V1 + query).partition(".")[0] != before.partition(".")[0]
    headers = {"if-match": before}
    response = jsonapi.patch(V1, with_title("x"), headers=headers)
    assert response.status_code == 412


def test_what_others_see_leaves_the_state_alone(jsonapi):
    plain, form = etag(jsonapi, V1), etag(jsonapi, f"{V1}?include=author")
    Creator.objects.filter(pk="u-alice").update(name="Al")
    assert etag(jsonapi, V1) == plain
    assert etag(jsonapi, f"{V1}?include=author") != form


class TestWriting:
    @pytest.mark.difference(
        "Media catalog: JSON:API",
        old="Returns no `ETag` after a write",
        new="Returns the new `ETag` if the write has `If-Match`",
    )
    @pytest.mark.parametrize("query", ["", *(f"?{form}" for form in FORMS)])
    def test_whoever_knows_the_state_may_change_it(self, jsonapi, query):
        tag = etag(jsonapi, V1 + query)
        for title in ["one", "two"]:
            headers = {"if-match": tag}
            response = jsonapi.patch(V1, with_title(title), headers=headers)
            assert response.status_code == 204
            assert response.headers["Content-Type"] == MEDIA_TYPE
            tag = response.headers["ETag"]
            assert tag == etag(jsonapi, V1)

    def test_the_related_url_tells_the_state_as_well(self, jsonapi):
        headers = {"if-match": etag(jsonapi, "/api/playlist/p1/videos/v1")}
        assert jsonapi.patch(V1, with_title("x"), headers=headers).status_code == 204

    @pytest.mark.difference(
        "Media catalog: JSON:API",
        old="Ignores `If-Match`",
        new="Returns 412 if the resource has changed",
        why="Prevents lost updates",
    )
    @pytest.mark.parametrize("method", ["patch", "delete"])
    def test_a_change_of_another_state_is_refused(self, jsonapi, method):
        body = with_title("lost") if method == "patch" else None
        headers = {"if-match": STALE}
        response = jsonapi.send(method, V1, body, headers=headers)
        assert response.status_code == 412
        assert response.headers["ETag"] == etag(jsonapi, V1)
        assert response.headers["Content-Type"] == MEDIA_TYPE
        assert details(response) == ["The resource has changed since you last read it."]
        (error,) = response.json()["errors"]
        assert error["code"] == "precondition_failed"
        assert error["source"] == {"header": "If-Match"}
        assert Video.objects.get(pk="v1").title == "B"

    def test_what_was_read_last_may_be_deleted(self, jsonapi):
        headers = {"if-match": etag(jsonapi, V1)}
        response = jsonapi.delete(V1, headers=headers)
        assert response.status_code == 204
        assert "ETag" not in response.headers
        assert jsonapi.delete(V1, headers=headers).status_code == 404

    @pytest.mark.parametrize("method", ["patch", "delete"])
    def test_a_star_asks_for_any_state(self, jsonapi, method):
        body = with_title("x") if method == "patch" else None
        refused = jsonapi.send(method, V1, body, headers={"if-none-match": "*"})
        assert refused.status_code == 412
        assert refused.json()["errors"][0]["source"] == {"header": "If-None-Match"}
        done = jsonapi.send(method, V1, body, headers={"if-match": "*"})
        assert done.status_code == 204
        assert (
            jsonapi.delete("/api/video/nope", headers={"if-match": "*"}).status_code
            == 404
        )

    @pytest.mark.parametrize(
        "header", ["", "oops", '"', "W/", ",,", "\x01", "a" * 5000]
    )
    @pytest.mark.parametrize("path", [V1, VIDEOS])
    def test_a_malformed_header_changes_nothing(self, jsonapi, header, path):
        body = with_title("x") if path == V1 else linkage("video")
        response = jsonapi.patch(path, body, headers={"if-match": header})
        assert response.status_code == 400
        assert response.json()["errors"][0]["code"] == "malformed_condition"
        assert Video.objects.get(pk="v1").title == "B"
        assert Playlist.objects.get(pk="p1").videos.count() == 2

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ("{oops", 400),
            (resource("user", "v1"), 409),
            (resource("video", "v1", attributes={"bogus": 1}), 400),
            (resource("video", "v1", attributes={"author_id": "nope"}), 404),
        ],
    )
    def test_other_errors_come_before_the_precondition(self, jsonapi, body, status):
        response = jsonapi.patch(V1, body, headers={"if-match": STALE})
        assert response.status_code == status

    def test_a_post_to_a_collection_asks_for_no_state(self, jsonapi):
        headers = {"if-match": STALE, "if-none-match": "*"}
        response = jsonapi.post("/api/video", resource("video"), headers=headers)
        assert response.status_code == 201


class TestRelationships:
    @pytest.mark.difference(
        "Media catalog: JSON:API",
        old="Ignores `If-Match` at relationship URLs",
        new="Compares it there as well, also with a weak tag",
    )
    @pytest.mark.parametrize(
        ("path", "method", "body"),
        [
            ("/api/video/v1/relationships/author", "patch", {"data": None}),
            (VIDEOS, "patch", linkage("video", "v2")),
            (VIDEOS, "post", linkage("video", "v2")),
        ],
    )
    def test_only_the_known_linkage_is_changed(self, jsonapi, path, method, body):
        tag = etag(jsonapi, path)
        Video.objects.filter(pk="v1").update(title="no part of a linkage")
        stale = jsonapi.send(method, path, body, headers={"if-match": STALE})
        assert stale.status_code == 412
        assert stale.headers["ETag"].rstrip('"') == tag.partition(".")[0].rstrip('"')
        done = jsonapi.send(method, path, body, headers={"if-match": tag})
        assert done.status_code == 204
        assert done.headers["ETag"] == etag(jsonapi, path) != tag
        again = jsonapi.send(method, path, body, headers={"if-match": tag})
        assert again.status_code == 412

    @pytest.mark.difference(
        "Media catalog: JSON:API",
        old="Ignores the `ETag` of a page of a relationship",
        new="Returns 412, because it's only a part",
    )
    def test_the_tag_of_a_part_changes_nothing(self, jsonapi):
        whole = etag(jsonapi, f"{VIDEOS}?page[size]=0")
        for query in ["page[size]=1", "filter[title]=B"]:
            tag = etag(jsonapi, f"{VIDEOS}?{query}")
            assert tag.partition(".")[0] != whole.partition(".")[0]
            response = jsonapi.patch(
                VIDEOS, linkage("video"), headers={"if-match": tag}
            )
            assert response.status_code == 412
        headers = {"if-match": etag(jsonapi, f"{VIDEOS}?sort=-title&include=videos")}
        assert (
            jsonapi.patch(VIDEOS, linkage("video"), headers=headers).status_code == 204
        )

    def test_removal_is_refused_whatever_the_tag(self, jsonapi):
        headers = {"if-match": STALE}
        response = jsonapi.delete(VIDEOS, linkage("video", "v1"), headers=headers)
        assert response.status_code == 403


class TestQueries:
    def count(self, django_assert_num_queries, client, path: str, number: int):
        with django_assert_num_queries(number):
            assert client.get(path).status_code == 200

    @pytest.mark.parametrize(
        ("path", "number"),
        [
            (V1, 1),
            (f"{V1}?fields[video]=title,playlists", 1),
            # The hidden linkage belongs to the state.
            (f"{V1}?fields[video]=title", 1),
            ("/api/video/v1/relationships/author", 2),
        ],
    )
    def test_a_tag_costs_no_query(
        self, jsonapi, django_assert_num_queries, path, number
    ):
        with django_assert_num_queries(number):
            assert jsonapi.get(path).status_code == 200

    def test_only_a_conditional_write_pays(self, jsonapi, django_assert_num_queries):
        headers = {"if-match": etag(jsonapi, V1)}
        with django_assert_num_queries(4):
            jsonapi.patch(V1, with_title("x"))
        # The state before and after: a row with its playlists each.
        headers = {"if-match": etag(jsonapi, V1)}
        with django_assert_num_queries(6):
            jsonapi.patch(V1, with_title("y"), headers=headers)


@pytest.mark.usefixtures("closed")
class TestClosed:
    @pytest.mark.parametrize("header", ["*", STALE])
    def test_strangers_learn_no_more_than_before(self, jsonapi, as_user, bob, header):
        for client, status in [(jsonapi, 401), (as_user(bob), 403)]:
            for method, body in [("patch", with_title("x")), ("delete", None)]:
                headers = {"if-match": header}
                response = client.send(method, V1, body, headers=headers)
                assert response.status_code == status
        assert Video.objects.get(pk="v1").title == "B"

    def test_the_owner_changes_what_was_read(self, as_user, ada):
        Creator.objects.filter(pk="u-alice").update(account=ada)
        client = as_user(ada)
        headers = {"if-match": etag(client, V1)}
        assert client.patch(V1, with_title("x"), headers=headers).status_code == 204
        assert client.patch(V1, with_title("y"), headers=headers).status_code == 412


def test_setting_what_is_set_leaves_the_tag(jsonapi):
    tag = etag(jsonapi, V1)
    path = "/api/video/v1/relationships/author"
    jsonapi.patch(path, {"data": identifier("user", "u-alice")})
    assert etag(jsonapi, V1) == tag
