"""What GET shows can be sent back: nothing is refused, and nothing changes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.inputs.cases import Case, Server

JSON_API = {"Content_Type": "application/vnd.api+json"}
# They say when the row was written.
TIMES = {"date_modified"}


def read(server: Server, url: str, user: str) -> Any:
    response = server.send(Case(f"GET {url}", user=user))
    assert response.status == 200, (url, response.body)
    return response.json()


def keys(server: Server, url: str, user: str) -> list[Any]:
    """Return the keys of a list's rows."""
    body = read(server, url, user)
    while isinstance(body, dict):
        body = next(value for value in body.values() if isinstance(value, list))
    return [row["id"] for row in body]


def without_times(row: Any) -> Any:
    if not isinstance(row, dict):
        return row
    return {name: value for name, value in row.items() if name not in TIMES}


def sent_back(
    server: Server, url: str, user: str, methods: str, *members: str
) -> list[str]:
    """Return what is wrong after the row was sent back; `members` lead to it."""
    before, row = (read(server, url, user) for _ in range(2))
    for member in members:
        row = row[member]
    if "/api/user/" in url:
        # Clients can't replace the videos and playlists of a user.
        del row["data"]["relationships"]
    headers = JSON_API if url.startswith("/api/") and "v2" not in url else {}
    wrong = []
    for method in methods.split():
        case = Case(f"{method} {url}", row, user=user, headers=headers)
        response = server.send(case)
        if response.status not in {200, 201, 202, 204}:
            wrong.append(f"{case}: {response.status} {response.body.decode()}")
    after = read(server, url, user)
    if without_times(after) != without_times(before):
        wrong.append(f"{url}: {json.dumps(before)}\n{json.dumps(after)}")
    return wrong


LISTS = [
    # The list, its user, and the methods and members of a row.
    ("/v1.0/goals?flat=1", "ada", "PATCH", ()),
    ("/bucketlists/", "ada", "PUT PATCH", ()),
    ("/actors", "producer", "PATCH", ("actor",)),
    ("/movies", "producer", "PATCH", ("movie",)),
    ("/books", "staff", "PUT PATCH", ()),
    ("/authors", "staff", "PUT PATCH", ()),
    ("/orders", "ada", "PUT PATCH", ()),
    ("/api/v2/jobs", "ada", "PUT PATCH", ()),
    ("/invoices", "ada", "PUT PATCH", ()),
    ("/invoice-items", "ada", "PUT PATCH", ()),
    ("/api/user", "staff", "PATCH", ()),
    ("/api/video", "staff", "PATCH", ()),
    ("/api/playlist", "staff", "PATCH", ()),
]


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns 500 if a client sends back an invoice with its items",
    new="Accepts unchanged items",
    why="Clients send back whole resources",
)
def test_every_resource_can_be_sent_back_as_it_was_read(server: Server):
    me = read(server, "/auth/me", "ada")["id"]
    item = {"partCode": "NUT", "units": 2, "unitPrice": 1.25}
    draft = {"userId": me, "invoiceDate": "2026-05-06", "invoiceItems": [item]}
    server.check([Case("POST /invoices", draft, 201, "", "ada")])
    wrong = []
    for path, user, methods, members in LISTS:
        base = path.partition("?")[0].rstrip("/")
        ids = keys(server, path, user)
        assert ids, path
        for key in ids[:5]:
            wrong += sent_back(server, f"{base}/{key}", user, methods, *members)
    assert not wrong, "\n\n".join(wrong)


def test_items_of_bucket_lists_can_be_sent_back(server: Server):
    wrong = []
    for key in keys(server, "/bucketlists/", "ada")[:3]:
        url = f"/bucketlists/{key}"
        wrong += sent_back(server, f"{url}?items=1", "ada", "PUT PATCH")
        for item in keys(server, f"{url}/items", "ada"):
            wrong += sent_back(server, f"{url}/items/{item}", "ada", "PUT PATCH")
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.difference(
    "Casting",
    old="Returns 422 for a date in the format that GET returns",
    new="Accepts the date",
    why="Clients can send back a resource that they have read",
)
def test_a_movie_takes_its_date_as_it_shows_it(server: Server):
    server.check(
        Case(
            "POST /movies",
            {"title": "Hero", "release_date": text},
            *(status, shown, "producer"),
        )
        for text, status, shown in [
            *(
                (text, 200, f'"{text}"')
                for text in [
                    *("Wed, 04 Dec 2002 00:00:00 GMT", "Sun, 01 Jan 0001 00:00:00 GMT"),
                    *("Mon, 29 Feb 2016 00:00:00 GMT", "Fri, 31 Dec 9999 00:00:00 GMT"),
                ]
                if text != "Sun, 01 Jan 0001 00:00:00 GMT"
            ),
            ("2002-12-04", 200, '"Wed, 04 Dec 2002 00:00:00 GMT"'),
            *(
                (text, 422, "Date has wrong format")
                for text in [
                    # Another time, another day of the week, no such day.
                    *("Wed, 04 Dec 2002 10:00:00 GMT", "Thu, 04 Dec 2002 00:00:00 GMT"),
                    *("Wed, 31 Nov 2002 00:00:00 GMT", "wed, 04 dec 2002 00:00:00 gmt"),
                    *("Wed, 04 Dec 2002 00:00:00 +0200", "Wed, 04 Dec 2002", ""),
                ]
            ),
        ]
    )


@pytest.mark.difference(
    "Casting",
    old='Accepts `"1"` and `1.0` as IDs in `actors`',
    new="Returns 422",
    why="IDs are integers",
)
def test_a_cast_names_actors_by_integers(server: Server):
    movie = keys(server, "/movies", "producer")[0]
    actor = keys(server, "/actors", "producer")[0]
    age = {"name": "x", "gender": "x"}
    server.check(
        [
            *(
                Case(f"PATCH /movies/{movie}", {"actors": cast}, 422, "", "producer")
                for cast in [
                    *([str(actor)], [float(actor)], [actor + 0.5], [True], [None]),
                    *([[actor]], [{"id": actor}], [""], ["x"], {"0": actor}, actor),
                    *([actor, str(actor)], [-actor], [0], [10**30], "1"),
                ]
            ),
            Case(f"PATCH /movies/{movie}", {"actors": [actor]}, 200, "", "producer"),
            *(
                Case("POST /actors", {**age, "age": value}, 422, "", "producer")
                for value in ["1_0", "\uff11", "x", 151, -1, True, None, "", [], 1.5]
            ),
            Case("POST /actors", {**age, "age": "40"}, 200, '"age":40', "producer"),
        ]
    )
