"""What a response says of a new row, and where else the row is told of."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.inputs.cases import Case, Server

JSONAPI = {"Content_Type": "application/vnd.api+json"}
ME = "/auth/me"
ACCOUNT = {"email": "eve@example.com", "password": "correct horse battery"}
AUTHOR = {"id": 4711, "firstName": "x", "lastName": "x"}
BOOK = {"title": "New", "pubYear": 1, "authorId": 4711}
# The request, and what its `Location` begins with. `{key}` is the id in the body.
CREATED: list[tuple[Case, str]] = [
    (Case("POST /auth/register", ACCOUNT), ME),
    (
        Case("POST /v1.0/users", ACCOUNT | {"name": "mal", "email": "m@example.com"}),
        ME,
    ),
    (Case("POST /bucketlists", {"name": "x"}, user="ada"), "/bucketlists/{id}"),
    (Case("POST /bucketlists/", {"name": "x"}, user="ada"), "/bucketlists/{id}"),
    (Case("POST /authors", AUTHOR, user="staff"), "/authors/4711"),
    (Case("POST /books", BOOK, user="staff"), "/books/{id}"),
    (Case("POST /books/", BOOK, user="staff"), "/books/{id}"),
    (Case("POST /books", [BOOK, BOOK], user="staff"), "/books"),
    (
        Case("POST /api/user", {"data": {"type": "user", "id": "a b"}}, user="ada"),
        "/api/user/a%20b",
    ),
    (
        Case("POST /api/video", {"data": {"type": "video", "id": "w"}}, user="ada"),
        "/api/video/w",
    ),
]


def of_ada(user_id: int) -> list[tuple[Case, str]]:
    order = {"ownerId": user_id, "description": "x"}
    draft = {"userId": user_id, "invoiceDate": "2026-01-01"}
    return [
        (Case("POST /orders", order, user="ada"), "/orders/{id}"),
        (Case("POST /invoices", draft, user="ada"), "/invoices/{id}"),
    ]


def path_of(headers: Any) -> str:
    url = urlsplit(headers["Location"] or "")
    assert not url.query
    return url.path


def create(server: Server, case: Case, path: str) -> str:
    """Send the request, follow its `Location`, and return that."""
    headers = JSONAPI if case.request.startswith("POST /api/") else {}
    response = server.send(case._replace(headers=headers))
    assert response.status == 201, response.body
    body = response.json()
    pk = body.get("id") if isinstance(body, dict) else None
    location = path_of(response.headers)
    assert location == path.replace("{id}", str(pk)), case
    reader = Case(f"GET {location}", user=case.user or "ada", status=200)
    server.check([reader])
    return location


@pytest.mark.difference(
    "Everywhere",
    old="Returns 201 without the URL of the new row",
    new="Adds a `Location` header",
    why="HTTP defines it, and old clients ignore it",
)
def test_every_201_has_the_location_of_what_was_created(server):
    user_id = server.send(Case("GET /auth/me", user="ada")).json()["id"]
    for case, path in [*CREATED, *of_ada(user_id)]:
        create(server, case, path)

    url = create(server, *CREATED[2])
    items = f"POST {url}/items"
    create(server, Case(items, {"name": "x"}, user="ada"), f"{url}/items/{{id}}")
    create(server, Case(f"{items}/", {"name": "x"}, user="ada"), f"{url}/items/{{id}}")
    rows = server.send(Case(items, [{"name": "y"}, {"name": "z"}], user="ada"))
    assert (rows.status, path_of(rows.headers)) == (201, f"{url}/items")

    # A response that is replayed has the same one.
    once = {"Idempotency_Key": "once"}
    body = {"ownerId": user_id, "description": "x"}
    case = Case("POST /orders", body, user="ada", headers=once)
    first, again = server.send(case), server.send(case)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]


def test_each_registration_is_in_the_security_log(server):
    accounts = [
        ("/auth/register", {"email": "a@example.com"}),
        ("/auth/register", {"email": "b@example.com", "name": "b"}),
        ("/v1.0/users", {"email": "c@example.com", "name": "c"}),
        ("/v1.0/users/", {"email": "d@example.com", "name": "d"}),
    ]
    for url, fields in accounts:
        body = {"password": "correct horse battery"} | fields
        assert server.send(Case(f"POST {url}", body)).status == 201
    # Refused ones are not.
    body = {"password": "correct horse battery", "email": "d@example.com", "name": "e"}
    server.check([Case("POST /v1.0/users", body, status=409)])

    lines = server.service.printed.splitlines()
    registered = [line for line in lines if "quintet.security" in line]
    assert len([line for line in registered if "registered" in line]) == len(accounts)


NAMES = [
    ("a;=1+1;x", "a;'=1+1;x"),
    ("a; @SUM(A1)", "a;' @SUM(A1)"),
    ('a;"=1+1', "a;'\"=1+1"),
    ("a|-1+1", "a|'-1+1"),
    ("a\t+1", "a\t'+1"),
    ("=1+1", "'=1+1"),
    ("a;b=1", "a;b=1"),
    ("Jean-Luc, junior", "Jean-Luc, junior"),
]


def test_a_name_is_a_formula_in_no_spreadsheet(server):
    for number, (name, cell) in enumerate(NAMES):
        account = {
            "email": f"x{number}@example.com",
            "name": name,
            "password": "correct horse battery",
        }
        user = server.send(Case("POST /v1.0/users", account)).json()
        draft = {"userId": user["id"], "invoiceDate": "2026-01-01"}
        invoice = server.send(Case("POST /invoices", draft, user="staff"))
        assert invoice.status == 201
        quoted = cell.replace('"', '""')
        server.check(
            [Case("GET /invoices.csv", user="staff", status=200, shows=quoted)]
        )
