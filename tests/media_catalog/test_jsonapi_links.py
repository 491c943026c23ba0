from __future__ import annotations

import pytest

from media_catalog.models import Video
from tests.media_catalog.jsonapi import details, identifier, resource

pytestmark = pytest.mark.usefixtures("catalog")


def links(kind: str, pk: str, name: str) -> dict[str, str]:
    base = f"/api/{kind}/{pk}"
    return {"self": f"{base}/relationships/{name}", "related": f"{base}/{name}"}


V1 = {
    "id": "v1",
    "links": {"self": "/api/video/v1"},
    "relationships": {
        "author": {
            "data": identifier("user", "u-alice"),
            "links": links("video", "v1", "author"),
        },
        "playlists": {
            "data": [identifier("playlist", "p1"), identifier("playlist", "p2")],
            "links": links("video", "v1", "playlists"),
        },
    },
    "type": "video",
}
HIDE = "fields[video]=author,playlists"


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Ignores `links`",
    new="Adds links to resources and relationships with `links=true`",
)
@pytest.mark.parametrize("path", ["/api/video/v1", "/api/playlist/p1/videos/v1"])
def test_resources_have_links_where_they_are_asked_for(jsonapi, path):
    assert jsonapi.get(f"{path}?{HIDE}&links=true").json()["data"] == V1


@pytest.mark.parametrize("path", ["/api/video", "/api/playlist/p1/videos"])
def test_those_of_a_list_have_them_too_and_its_pages_keep_asking(jsonapi, path):
    body = jsonapi.get(f"{path}?{HIDE}&links=true&page[size]=1").json()
    assert body["data"] == [V1]
    assert "links=true" in body["links"]["next"]


def test_so_have_included_ones(jsonapi):
    body = jsonapi.get("/api/video/v1?include=author&links=true").json()
    (alice,) = body["included"]
    assert alice["links"] == {"self": "/api/user/u-alice"}
    owned = alice["relationships"]["owned_videos"]
    assert owned["links"] == links("user", "u-alice", "owned_videos")
    path = "/api/playlist/p1/relationships/videos?include=videos&links=true"
    assert all("links" in resource for resource in jsonapi.get(path).json()["included"])


def test_so_has_the_response_to_a_post(jsonapi):
    response = jsonapi.post("/api/video?links=true", resource("video", "é x:1"))
    data = response.json()["data"]
    path = "/api/video/%C3%A9%20x%3A1"
    assert data["links"] == {"self": path}
    assert data["relationships"]["author"]["links"]["related"] == f"{path}/author"


def test_every_link_leads_somewhere(jsonapi):
    for each in jsonapi.get("/api/video?links=true").json()["data"]:
        assert jsonapi.get(each["links"]["self"]).status_code == 200
        for relationship in each["relationships"].values():
            for url in relationship["links"].values():
                assert jsonapi.get(url).status_code == 200


@pytest.mark.parametrize("query", ["", "?links=false"])
def test_nothing_has_links_otherwise(jsonapi, query):
    body = jsonapi.get(f"/api/video/v1{query}").json()
    assert "links" not in body["data"]
    assert all(set(r) == {"data"} for r in body["data"]["relationships"].values())


@pytest.mark.difference(
    "Media catalog: JSON:API", old="Ignores a wrong value of `links`", new="Returns 400"
)
@pytest.mark.parametrize("value", ["", "1", "True", "yes", "true,true"])
def test_other_values_are_refused(jsonapi, value):
    response = jsonapi.get(f"/api/video?links={value}")
    assert (response.status_code, details(response)) == (
        400,
        [f'links must be "true" or "false", not "{value}".'],
    )
    assert response.json()["errors"][0]["source"] == {"parameter": "links"}
    assert (
        jsonapi.post(f"/api/video?links={value}", resource("video")).status_code == 400
    )
    assert Video.objects.count() == 3


class TestHints:
    @pytest.mark.difference(
        "Media catalog: JSON:API",
        old="Sets `meta` of an error to null",
        new='Sets it to `{"did_you_mean": "title"}` for a name that is almost right',
        why="Clients can correct the request",
    )
    @pytest.mark.parametrize(
        ("path", "near"),
        [
            ("/api/video?sort=titel", "title"),
            ("/api/video?sort=-create_ad", "create_at"),
            ("/api/video?sort=auhtor.name", "author"),
            ("/api/video?sort=author.nmae", "name"),
            ("/api/video?filter[titel]=x", "title"),
            ('/api/video?filter[objects]=[{"name":"titel"}]', "title"),
            ('/api/video?filter[objects]=[{"name":"autor","op":"has"}]', "author"),
            (
                '/api/video?filter[objects]=[{"name":"author","op":"has",'
                '"val":{"name":"naem","op":"is_null"}}]',
                "name",
            ),
            (
                '/api/video?filter[objects]=[{"name":"title","op":"eq",'
                '"field":"author_ld"}]',
                "author_id",
            ),
            ("/api/video?include=autor", "author"),
            ("/api/video/v1?include=author.owned_video", "owned_videos"),
            ("/api/video/v1/autor", "author"),
            ("/api/video/v1/relationships/playlist", "playlists"),
        ],
    )
    def test_a_name_that_nearly_exists_is_pointed_out(self, jsonapi, path, near):
        response = jsonapi.get(path)
        assert response.status_code in {400, 404}
        assert response.json()["errors"][0]["meta"] == {"did_you_mean": near}

    @pytest.mark.parametrize("member", ["attributes", "relationships"])
    def test_so_it_is_in_documents(self, jsonapi, member):
        near = {"attributes": "title", "relationships": "author"}[member]
        sent = {member: {f"{near}x": {"data": None}}}
        for response in [
            jsonapi.post("/api/video", resource("video", "x", **sent)),
            jsonapi.patch("/api/video/v1", resource("video", "v1", **sent)),
        ]:
            assert response.status_code == 400
            assert response.json()["errors"][0]["meta"] == {"did_you_mean": near}

    @pytest.mark.parametrize(
        "path",
        [
            "/api/video?sort=xyz",
            "/api/user?sort=account",
            "/api/video?filter[objects]=[{}]",
            "/api/video?include=xyz",
            f"/api/video?sort={'title' * 2000}",
        ],
    )
    def test_no_suggestion_is_far_off_or_an_undeclared_name(self, jsonapi, path):
        response = jsonapi.get(path)
        assert response.status_code == 400
        assert response.json()["errors"][0]["meta"] is None

    def test_the_old_texts_stay_as_they_were(self, jsonapi):
        response = jsonapi.get("/api/video?sort=titel")
        assert details(response) == ["Invalid sorting: No such field titel"]
        response = jsonapi.get("/api/video?include=autor")
        assert details(response) == [
            'Invalid include: unknown relationship "autor". '
            "Valid relationships: author, playlists."
        ]


class TestOldParameters:
    @pytest.mark.difference(
        "Media catalog: JSON:API",
        old="Ignores `filter[single]`",
        new="Returns 400",
        why="An ignored filter returns too many rows",
    )
    def test_filter_single_is_refused_rather_than_ignored(self, jsonapi):
        response = jsonapi.get("/api/video?filter[single]=1&filter[id]=v1")
        assert response.status_code == 400
        assert details(response) == ['Invalid filter object: No such field "single"']

    @pytest.mark.difference(
        "Media catalog: JSON:API",
        old="Ignores `filter[title]=x` and unknown filters",
        new="Filters by the column, and returns 400 for unknown filters",
        why="An ignored filter returns too many rows",
    )
    def test_a_filter_by_column_filters(self, jsonapi):
        response = jsonapi.get("/api/video?filter[title]=B&page[size]=20")
        assert response.json()["meta"] == {"total": 1}

    def test_group_is_ignored(self, jsonapi):
        response = jsonapi.get("/api/video?group=title&page[size]=20")
        assert response.json()["meta"] == {"total": 3}
