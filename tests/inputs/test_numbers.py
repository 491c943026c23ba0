"""Numbers in URLs and forms: ASCII digits, in every dialect."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.inputs.cases import Case, Server

ZEROS = "0" * 18
# Python's int() takes most of them, but nobody means them.
BAD = [
    *("1_0", "١", "１", "²", "1e0", "0x1", "1 0", "1,0", "--1", "one"),  # noqa: RUF001
    *(f"{ZEROS}1{ZEROS}{'0' * 12}", f"1{'0' * 30}", "9" * 20, "9" * 5000, "-", "\x00"),
]
URLS = {
    "ada": [
        *("/bucketlists/?limit=", "/bucketlists/?limit=2&page="),
        *("/bucketlists/?offset=", "/bucketlists/?limit=2&offset="),
        *("/v1.0/goals?depth=", "/v1.0/goals?offset=", "/v1.0/goals?flat=1&offset="),
        "/v1.0/users?offset=",
    ],
    "producer": [
        *("/actors?age=", "/actors?age_min=", "/actors?age_max=", "/actors?movie="),
        *("/actors?page=", "/actors?per_page=", "/actors?offset="),
        *("/movies?year=", "/movies?actor=", "/movies?page="),
    ],
    "": [
        *("/api/video?page[size]=", "/api/video?page[number]="),
        *("/api/video?filter[deleted]=", "/api/user?page[size]="),
    ],
}
PATHS = {
    "ada": ["/bucketlists/{}", "/bucketlists/{}/items", "/v1.0/goals/{}", "/orders/{}"],
    "producer": ["/actors/{}", "/movies/{}", "/movies/{}/actors", "/actors/{}/movies"],
    "": ["/books/{}", "/authors/{}"],
}


@pytest.mark.difference(
    "Everywhere",
    old="Reads `1_000` and digits of other scripts in parameters",
    new="Returns 400",
)
def test_parameters_take_ascii_digits_only(server: Server):
    server.check(
        Case(f"GET {url}{quote(text)}", None, 400, "", user)
        for user, urls in URLS.items()
        for url in urls
        for text in BAD
    )
    server.check(
        Case(f"GET {url}{text}", None, 200, "", user)
        for user, urls in URLS.items()
        for url in urls
        for text in ("1", "0001")
        if "offset" not in url
    )


@pytest.mark.difference(
    "Everywhere",
    old="Reads `1_000` and digits of other scripts in paths",
    new="Returns 404",
)
def test_ids_in_paths_take_ascii_digits_only(server: Server):
    server.check(
        Case(f"GET {url.format(quote(text))}", None, 404, "", user)
        for user, urls in PATHS.items()
        for url in urls
        for text in BAD
    )


def test_numbers_in_bodies_take_ascii_digits_only(server: Server):
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    created = server.send(Case("POST /bucketlists/", {"name": "x"}, user="ada"))
    items = f"POST /bucketlists/{created.json()['id']}/items"
    server.check(
        [
            *(
                Case(request, f"{body}{quote(text)}".encode(), 400, "", "ada", form)
                for text in BAD
                for request, body in [
                    ("POST /v1.0/goals", "name=x&position="),
                    (items, "name=x&position="),
                ]
            ),
            *(
                Case("POST /actors", {**row, "age": text}, 422, "", "producer")
                for row in [{"name": "x", "gender": "x"}]
                for text in BAD
                if text != "\x00"
            ),
            Case(items, b"name=x&position=5", 201, '"position":5', "ada", form),
            Case("POST /v1.0/goals", b"name=x&position=-5", 200, "", "ada", form),
        ]
    )
