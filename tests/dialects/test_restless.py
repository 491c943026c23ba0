from __future__ import annotations

import json

import pytest

from media_catalog.models import Creator, Video
from tests.media_catalog.jsonapi import MEDIA_TYPE, JsonApi, resource

ONLY_JSON_API = (
    "Accept header, if specified, must be the JSON API media type: "
    "application/vnd.api+json"
)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
HOSTILE_IDS = [
    "...", ".a", " ", "%", "%2F", "é x", "😀", "a\nb", "'; --", "a?b#c", "x" * 255,
    "relationships", "\u202e", "a&b=c", "null",
]  # fmt: skip


@pytest.fixture
def jsonapi(api, db) -> JsonApi:
    return JsonApi(api)


@pytest.fixture
def user(db) -> Creator:
    return Creator.objects.create(id="u", name="é")


class TestAccept:
    @pytest.mark.difference(
        "Media catalog: JSON:API",
        old="Returns 406 for `Accept: */*`",
        new="Returns 200",
        why="HTTP libraries send it by default",
    )
    @pytest.mark.parametrize(
        "accept",
        [
            "",
            "*/*",
            "application/*",
            "application/vnd.api+json",
            "APPLICATION/VND.API+JSON",
            "application/vnd.api+json; q=0.8",
            'application/vnd.api+json; profile="https://example.com/a,b"',
            'application/vnd.api+json; ext="x", application/vnd.api+json',
            "text/csv, */*;q=0.1",
            "text/html;q=0.5, application/vnd.api+json",
            "*/*;q=abc",
        ],
    )
    def test_the_response_is_json_api(self, jsonapi, user, accept):
        response = jsonapi.get("/api/user/u", headers={"accept": accept})
        assert response.status_code == 200
        assert response.headers["Content-Type"] == MEDIA_TYPE

    def test_no_header_is_fine(self, api, user):
        assert api.get("/api/user/u").headers["Content-Type"] == MEDIA_TYPE

    @pytest.mark.difference(
        "Media catalog: JSON:API",
        old="Ignores the weight `q` in `Accept`",
        new="Sorts the media types by it; `q=0` excludes one",
    )
    @pytest.mark.parametrize(
        "accept",
        [
            "application/json",
            "text/csv, application/xml",
            "application/vnd.api+json; q=0",
            "*/*; q=0",
            "nonsense",
            ",;,",
            "application/json; a*=nope'en'%41",
            "a/b," * 5000,
        ],
    )
    def test_other_types_are_refused(self, jsonapi, user, accept):
        response = jsonapi.get("/api/user/u", headers={"accept": accept})
        assert response.status_code == 406
        assert response.headers["Content-Type"] == MEDIA_TYPE
        (error,) = response.json()["errors"]
        assert error["detail"] == ONLY_JSON_API
        assert error["source"] == {"header": "Accept"}

    @pytest.mark.difference(
        "Media catalog: JSON:API",
        old="Ignores parameters of the media type in `Accept`",
        new="Returns 406 for an unknown `ext` and for other parameters",
        why="JSON:API requires it",
    )
    @pytest.mark.parametrize(
        "accept",
        [
            "application/vnd.api+json; charset=utf-8",
            'application/vnd.api+json; ext="https://jsonapi.org/ext/atomic"',
            'application/vnd.api+json; ext="x"; q=0.9, */*',
        ],
    )
    def test_parameters_are_refused(self, jsonapi, user, accept):
        response = jsonapi.get("/api/user/u", headers={"accept": accept})
        assert response.status_code == 406
        detail = response.json()["errors"][0]["detail"]
        assert detail.startswith("Accept header contained JSON API content type, but")

    @pytest.mark.difference(
        "Media catalog: JSON:API",
        old="Returns JSON or 406 to browsers",
        new="Returns a page",
    )
    @pytest.mark.parametrize(
        "path",
        [
            "/api/user",
            "/api/user/u",
            "/api/user/u/owned_videos",
            "/api/user/u/relationships/owned_videos",
            "/api/video/v/relationships/author",
            "/api/user/nope",
            "/api/user?page[size]=x",
            "/api/user/u/bogus",
        ],
    )
    @pytest.mark.parametrize("accept", ["text/html", BROWSER])
    def test_a_browser_gets_a_page(self, jsonapi, user, path, accept):
        response = jsonapi.get(path, headers={"accept": accept})
        assert response.status_code in {200, 400, 404}
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert b"jsonapi" in response.content

    def test_a_browser_with_a_session_gets_a_page(self, jsonapi, user, staff):
        jsonapi.client.force_login(staff)
        response = jsonapi.get("/api/user/u", headers={"accept": "text/html"})
        assert response.status_code == 200


class TestContentType:
    @pytest.mark.parametrize(
        "content_type",
        [
            "application/vnd.api+json",
            "Application/Vnd.Api+Json",
            'application/vnd.api+json; profile="https://example.com"',
        ],
    )
    def test_json_api_is_read(self, jsonapi, user, content_type):
        body = resource("user", "x")
        response = jsonapi.post("/api/user", body, content_type=content_type)
        assert response.status_code == 201

    @pytest.mark.parametrize(
        "content_type",
        [
            "application/json",
            "text/plain",
            "multipart/form-data",
            "application/x-www-form-urlencoded",
            "nonsense",
            "",
        ],
    )
    @pytest.mark.parametrize("method", ["post", "patch"])
    def test_other_types_are_refused(self, jsonapi, user, content_type, method):
        path = "/api/user" if method == "post" else "/api/user/u"
        options = {"data": b"{}", "content_type": content_type, "format": None}
        response = jsonapi.client.generic(method, path, **options)
        assert response.status_code == 415
        (error,) = response.json()["errors"]
        assert (
            error["detail"] == f'Request must have "Content-Type: {MEDIA_TYPE}" header'
        )
        assert error["source"] == {"header": "Content-Type"}

    def test_parameters_are_refused(self, jsonapi, user):
        for parameters, found in [
            ("charset=utf-8", "{'charset': 'utf-8'}"),
            ('ext="x"', "{'ext': 'x'}"),
        ]:
            content_type = f"{MEDIA_TYPE}; {parameters}"
            response = jsonapi.post("/api/user", {}, content_type=content_type)
            assert response.status_code == 415
            assert response.json()["errors"][0]["detail"] == (
                "Content-Type header must not have any media type parameters "
                f"but found {found}"
            )

    def test_an_empty_body_is_no_document(self, jsonapi, user):
        for method, path in [
            ("post", "/api/user"),
            ("patch", "/api/user/u"),
            ("patch", "/api/video/v/relationships/author"),
        ]:
            response = jsonapi.send(method, path, "")
            assert response.status_code == 400
            detail = response.json()["errors"][0]["detail"]
            assert detail == "Unable to decode data"


class TestBytes:
    def test_keys_are_sorted_and_text_is_ascii(self, jsonapi, user):
        response = jsonapi.get("/api/user/u")
        text = json.dumps(response.json(), sort_keys=True)
        assert response.content == text.encode("ascii")
        assert b'"name": "\\u00e9"' in response.content

    def test_one_media_type_answers_all(self, jsonapi, user):
        for response in [
            jsonapi.get("/api/user"),
            jsonapi.get("/api/nope"),
            jsonapi.send("head", "/api/user/u"),
            jsonapi.send("options", "/api/user"),
            jsonapi.delete("/api/user/u"),
        ]:
            assert response.headers["Content-Type"] == MEDIA_TYPE


class TestHostileIds:
    @pytest.mark.parametrize("pk", HOSTILE_IDS)
    def test_any_text_is_an_id(self, jsonapi, pk):
        response = jsonapi.post("/api/user", resource("user", pk))
        assert response.status_code == 201
        assert response.json()["data"]["id"] == pk
        location = response.headers["Location"]
        assert location.isascii()
        path = location.removeprefix("http://testserver")
        assert jsonapi.get(path).json()["data"]["id"] == pk
        assert jsonapi.get(f"{path}/owned_videos").status_code == 200
        assert jsonapi.delete(path).status_code == 204

    def test_a_location_is_encoded(self, jsonapi):
        for pk, encoded in [("é x", "%C3%A9%20x"), ("a:b", "a%3Ab")]:
            response = jsonapi.post("/api/user", resource("user", pk))
            location = f"http://testserver/api/user/{encoded}"
            assert response.headers["Location"] == location

    @pytest.mark.difference(
        "Media catalog: JSON:API",
        old="Stores IDs such as `a/b`, and can't find them",
        new="Keeps imported resources with such IDs in lists, relationships, and "
        "filters",
    )
    @pytest.mark.parametrize("pk", ["a/b", ".", ".."])
    def test_an_imported_row_that_no_url_can_name_stays_in_lists(self, jsonapi, pk):
        Creator.objects.create(id=pk)
        Video.objects.create(id="v", author_id=pk)
        assert jsonapi.get(f"/api/user?filter[id]={pk}").json()["meta"]["total"] == 1
        linkage = jsonapi.get("/api/video/v").json()["data"]["relationships"]["author"]
        assert linkage["data"] == {"type": "user", "id": pk}
        assert jsonapi.get("/api/user/a%2Fb").status_code == 404

    @pytest.mark.parametrize("pk", ["x" * 256, "\x00", "a\x00", "\ud800"])
    def test_what_cannot_be_stored_is_refused(self, jsonapi, pk):
        assert jsonapi.post("/api/user", resource("user", pk)).status_code == 400

    @pytest.mark.parametrize("pk", ["%00", "x" * 5000, "%FF", "%ED%A0%80", "%E2%80"])
    @pytest.mark.parametrize("method", ["get", "delete"])
    def test_what_cannot_be_stored_is_not_found(self, jsonapi, user, pk, method):
        for path in [f"/api/user/{pk}", f"/api/user/u/owned_videos/{pk}"]:
            assert jsonapi.send(method, path).status_code in {404, 405}

    @pytest.mark.parametrize(
        "body",
        [
            b"[" * 100_000,
            b'{"data": ' + b'{"a": ' * 1000 + b"1" + b"}" * 1001,
            b'{"data": {"type": "user", "attributes": {"deleted": 1e999}}}',
            b'{"data": {"type": "user", "attributes": {"deleted": NaN}}}',
            b'{"data": {"type": "user", "attributes": {"name": "\\ud800"}}}',
            b'{"data": {"type": "user", "attributes": {"name": "\\u0000"}}}',
            b'{"data": {"type": "user", "attributes": {"deleted": 1.5}}}',
            b'{"data": {"type": "user", "attributes": {"deleted": true}}}',
            b'{"data": {"type": ["user"]}}',
            b'{"data": {"type": "user", "relationships": {"owned_videos": []}}}',
            b'{"data": {"type": "user", "relationships": {"owned_videos": null}}}',
            b"null",
            b"1",
            b'"x"',
        ],
    )
    def test_hostile_bodies_are_refused(self, jsonapi, body):
        response = jsonapi.post("/api/user", body)
        assert response.status_code in {400, 409}
        assert response.json()["errors"]
        assert not Creator.objects.exists()

    def test_a_list_of_identifiers_has_a_limit(self, jsonapi):
        data = [{"type": "video", "id": str(n)} for n in range(10_001)]
        relationships = {"owned_videos": {"data": data}}
        body = resource("user", "x", relationships=relationships)
        response = jsonapi.post("/api/user", body)
        assert response.status_code == 400
        detail = response.json()["errors"][0]["detail"]
        assert detail == "At most 10000 identifiers are allowed in a list."


def test_the_document_names_one_media_type_and_all_urls(contract):
    urls = {
        pattern.pattern: operations
        for pattern, operations in contract.operations
        if pattern.pattern.startswith(("/api/user", "/api/video", "/api/playlist"))
    }
    assert len(urls) == 6 + 6 * 2 + 4
    for operations in urls.values():
        for operation in operations.values():
            if not isinstance(operation, dict) or "responses" not in operation:
                continue
            for response in operation["responses"].values():
                assert set(response.get("content", {})) <= {MEDIA_TYPE}
