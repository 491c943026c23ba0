"""Bodies and headers that clients and proxies send, in every dialect."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from tests.inputs.cases import Case, Server

pytestmark = pytest.mark.usefixtures("slow_passwords")

JSON_API = {"Content_Type": "application/vnd.api+json"}
GZIP = {"Content_Encoding": "gzip"}
BOM = b"\xef\xbb\xbf"
VIDEO = {"data": {"type": "video", "id": "from-a-file", "attributes": {"title": "x"}}}
ACTOR = {"name": "Élodie", "age": 30, "gender": "female"}


def raw(document: object) -> bytes:
    return json.dumps(document).encode()


def new_book(server: Server) -> dict[str, Any]:
    """Return the body of a new book of an author who exists."""
    author = server.send(Case("GET /authors")).json()["Author"][0]["id"]
    return {"authorId": author, "title": "From a file", "pubYear": 2001}


def first_book(server: Server) -> str:
    return f"/books/{server.send(Case('GET /books')).json()['Book'][0]['id']}"


def compressed(request: str, document: object, user: str = "", **headers: str) -> Case:
    body = gzip.compress(raw(document))
    return Case(request, body, 415, "Content-Encoding", user, GZIP | headers)


@pytest.mark.difference(
    "Everywhere",
    old="Reads a compressed body as it is",
    new="Returns 415 for every `Content-Encoding` except `identity`",
    why="The error names the cause",
)
def test_a_body_with_a_content_encoding_is_415(server: Server):
    new, book = new_book(server), first_book(server)
    as_json = {"Content_Type": "application/json"}
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    server.check(
        [
            compressed("POST /books", new, "", **as_json),
            compressed(f"PATCH {book}", new, "", **as_json),
            compressed("PUT /orders/1", {}, "ada", **as_json),
            compressed("POST /a-model-command", {}, "", **as_json),
            compressed("POST /api/video", VIDEO, "", **JSON_API),
            compressed("PATCH /api/video/x", VIDEO, "", **JSON_API),
            compressed("POST /api/operations", {}, "", **JSON_API),
            compressed("POST /actors", ACTOR, "director", **as_json),
            compressed("POST /bucketlists/", {"name": "x"}, "ada", **as_json),
            compressed("POST /v1.0/goals", {"user": "ada"}, "", **form),
            compressed("POST /auth/login", {}, "", **form),
            compressed("DELETE /v1.0/goals", {"name": "x"}, "", **form),
            compressed("POST /admin/login/", {}, "", **form),
        ]
    )
    for coding, status in [
        ("br", 415),
        ("identity, gzip", 415),
        ("GZIP", 415),
        ("aes128gcm", 415),
        ("identity", 201),
        ("Identity, identity", 201),
    ]:
        headers = as_json | {"Content_Encoding": coding}
        response = server.send(Case("POST /books", raw(new), headers=headers))
        assert response.status == status, coding
        if status == 415:
            assert response.headers["Accept-Encoding"] == "identity"
    # Without a body, there is nothing that is encoded.
    server.check([Case(f"GET {book}", status=200, headers=GZIP)])


@pytest.mark.difference(
    "Everywhere",
    old="Returns an error for a byte order mark before JSON",
    new="Ignores the mark",
    why="Some programs write it",
)
def test_a_byte_order_mark_before_json_is_ignored(server: Server):
    new, book = new_book(server), first_book(server)
    as_json = {"Content_Type": "application/json"}
    bom, none = Case("POST /books", BOM, headers=as_json), "Expecting value"
    server.check(
        [
            bom._replace(body=BOM + raw(new), status=201),
            bom._replace(body=BOM + raw([new]), status=201),
            Case(f"PATCH {book}", BOM + raw({"pubYear": 1990}), 200, headers=as_json),
            Case(
                "POST /actors",
                BOM + raw(ACTOR),
                200,
                user="director",
                headers=as_json,
            ),
            Case(
                "POST /bucketlists/", BOM + b'{"name": "x"}', 201, "x", "ada", as_json
            ),
            Case("POST /api/video", BOM + raw(VIDEO), 201, headers=JSON_API),
            Case(
                "POST /v1.0/goals",
                BOM + raw({"user": "ada", "name": "From a file"}),
                200,
                headers=as_json,
            ),
            Case(
                "POST /auth/login",
                BOM + raw({"email": "bob@example.com", "password": "quintet-demo"}),
                200,
                headers=as_json,
            ),
            Case("GET /books?pageConfig=%EF%BB%BF{%22pageSize%22:2}", status=200),
            bom._replace(body=BOM, shows=none),
            bom._replace(body=BOM + BOM + raw(new), shows=none),
            bom._replace(body=b" " + BOM + raw(new), shows=none),
            bom._replace(body=b"\xff\xfe" + raw(new), shows="Byte 0 is not UTF-8"),
            bom._replace(body=BOM + b'{"a": "\xe9"}', shows="Byte 10 is not UTF-8"),
        ]
    )


def override(
    request: str, method: str, body: Any = None, status: int = 200, **more: Any
) -> Case:
    headers = {"X_HTTP_Method_Override": method} | more.pop("headers", {})
    return Case(request, body, status, headers=headers, **more)


@pytest.mark.difference(
    "Everywhere",
    old="Ignores `X-HTTP-Method-Override`",
    new="Handles a POST to an API as the PATCH, PUT, or DELETE that the header names",
    why="Some proxies and clients only support GET and POST",
)
def test_a_post_can_have_another_method(server: Server):
    new, book = new_book(server), first_book(server)
    as_ada: dict[str, Any] = {"user": "ada"}
    server.check(
        [
            override(f"POST {book}", "PATCH", {"pubYear": 1991}, shows="1991"),
            override(f"POST {book}", "patch", {"pubYear": 1992}, shows="1992"),
            override(f"POST {book}", "PUT", {"title": "x"}, 400, shows="author"),
            override(f"POST {book}", "PATCH", {}, 412, headers={"If_Match": '"x"'}),
            override("POST /books/987654", "DELETE", status=404),
            override("POST /books", "DELETE", status=400, shows="requires the id"),
            override("POST /movies", "DELETE", status=405, user="producer"),
            override("POST /orders/1", "DELETE", status=401, headers={}),
            override("POST /movies/1", "DELETE", status=403, user="assistant"),
            override("POST /auth/me", "PATCH", {}, 405, **as_ada),
            override("POST /auth/me", "DELETE", {}, 400, **as_ada),
            override(
                "POST /api/video/demo-video-big-buck-bunny",
                "PATCH",
                {
                    "data": {
                        "type": "video",
                        "id": "demo-video-big-buck-bunny",
                        "attributes": {"title": "Overridden"},
                    }
                },
                204,
                headers=JSON_API,
            ),
            override(
                "POST /v1.0/goals",
                "DELETE",
                b"name=Overridden",
                404,
                headers={"Content_Type": "application/x-www-form-urlencoded"},
            ),
            # Only the three methods, only with POST, and never for a login.
            override("POST /books", "GET", new, 400, shows="must be one of PATCH"),
            override("POST /books", "TRACE", new, 400, shows="must be one of PATCH"),
            override("POST /books", "", new, 400, shows="must be one of PATCH"),
            override("POST /api/video", "x", VIDEO, 400, headers=JSON_API),
            override("POST /books", "POST", new, 201),
            override(f"GET {book}", "DELETE", shows="1992"),
            override(f"PATCH {book}", "DELETE", {"pubYear": 1993}, shows="1993"),
            override(
                "POST /auth/login",
                "DELETE",
                {"email": "bob@example.com", "password": "quintet-demo"},
            ),
            override(
                "POST /books", "DELETE", new, 201, headers={"Cookie": "sessionid=x"}
            ),
            override(f"POST {book}?_method=DELETE", "PATCH", {"pubYear": 1994}),
        ]
    )
    mine = server.send(Case("POST /bucketlists/", {"name": "mine"}, user="ada")).json()
    url = f"/bucketlists/{mine['id']}"
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    server.check(
        [
            override(f"POST {url}", "PUT", b"name=renamed", headers=form, **as_ada),
            Case(f"GET {url}", status=200, shows="renamed", user="ada"),
            override(f"POST {url}", "DELETE", **as_ada),
            Case(f"GET {url}", status=404, user="ada"),
        ]
    )
    server.service.wait_for_line("quintet.access", url, "method=DELETE")


@pytest.mark.difference(
    "Everywhere",
    old="Sends no `ETag` and ignores `If-None-Match`",
    new="Sends an `ETag` with API responses to GET ([exceptions](http-features.md)), "
    "and returns 304 without a body if the client has the current one",
    why="Saves downloads",
)
def test_a_tag_matches_as_a_compressing_server_has_changed_it(server: Server):
    actors = server.send(Case("GET /actors", user="director")).json()["actors"]
    for url, user, field in [
        (first_book(server), "", "pubYear"),
        (f"/actors/{actors[0]['id']}", "director", "age"),
        ("/api/video/demo-video-big-buck-bunny", "", ""),
    ]:
        tag = server.send(Case(f"GET {url}", user=user)).headers["ETag"]
        opaque = tag.removeprefix("W/").strip('"')
        same = [
            f'"{opaque}-gzip"',
            f'W/"{opaque};gzip"',
            f'W/"{opaque}--gzip"',
            f'"{opaque}-br"',
            f'"{opaque}"-gzip',
            f'"other", "{opaque}-GZIP" , W/"more"',
        ]
        other = ['"other-gzip"', '"-gzip"', f'"{opaque}-gzip-x"', f'"{opaque}-zip"']
        read = Case(f"GET {url}", user=user)
        server.check(
            read._replace(status=status, headers={"If_None_Match": sent})
            for sents, status in [(same, 304), (other, 200)]
            for sent in sents
        )
        # A change to the same value keeps the tag.
        shown = server.send(read).json()
        value = shown.get("actor", shown).get(field)
        write = Case(f"PATCH {url}", {field: value}, user=user) if field else None
        server.check(
            write._replace(status=status, headers={"If_Match": sent})
            for sents, status in [(same, 200), (other, 412)]
            for sent in sents
            if write
        )
