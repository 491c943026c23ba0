"""Books, authors, orders, jobs, invoices and the command: what outsiders send."""

from __future__ import annotations

import pytest

from accounts.models import User
from media_catalog.models import Author, Book
from orders.models import Command, Invoice, InvoiceItem, Job, Order
from tests.inputs.cases import Case, Server

NULL = '"This field may not be null."'
FAR = "The id can be at most 1000000 above the highest id in use."
ITEM = {"partCode": "P", "units": 1, "unitPrice": 1}
AUTHOR = {"firstName": "A", "lastName": "B"}
TEXT = {"Content-Type": "text/plain"}
MERGE = {"Content-Type": "application/merge-patch+json"}


@pytest.fixture
def staff_pk(server: Server) -> int:
    return User.objects.get(email="staff@example.com").pk


@pytest.fixture
def order(staff_pk: int) -> dict[str, object]:
    return {"ownerId": staff_pk, "description": "n"}


@pytest.fixture
def invoice(staff_pk: int) -> dict[str, object]:
    return {"userId": staff_pk, "invoiceDate": "2020-08-27"}


@pytest.fixture
def book(server: Server) -> dict[str, object]:
    author = Author.objects.earliest("pk").pk
    return {"title": "T", "pubYear": 1997, "authorId": author}


def test_null_in_a_list_is_400_naming_the_item(server, book, order, invoice):
    stored = Order.objects.earliest("pk").pk
    rows = f'{{"item":0,"message":{NULL}}}'
    items = f'{{"items":[{rows}]}}'
    server.check(
        [
            Case("POST /books", [None], shows=rows),
            Case("POST /books", [book, None], shows=f'[{{"item":1,"message":{NULL}}}]'),
            Case("POST /books", [None, {}, 1], shows=f'[{rows},{{"item":1,"missing'),
            Case("POST /authors", AUTHOR | {"books": [None]}, shows=rows),
            Case("POST /orders", order | {"items": [None]}, shows=items, user="staff"),
            Case(
                "POST /orders",
                order | {"items": [ITEM, None]},
                shows='{"items":[{"item":1,"message"',
                user="staff",
            ),
            *(
                Case(request, order | {"items": [None]}, shows=items, user="staff")
                for request in (
                    "POST /api/v2/orders",
                    f"PUT /orders/{stored}",
                    f"PATCH /orders/{stored}",
                    f"PUT /api/v2/orders/{stored}",
                )
            ),
            Case("POST /invoices", invoice | {"invoiceItems": [None]}, shows=rows),
            Case("POST /orders", order | {"items": None}, shows=NULL, user="staff"),
            Case("POST /orders", order | {"items": [[None]]}, user="staff"),
            Case("GET /books?pageConfig=%7B%22orderBy%22:[null]%7D"),
            Case("GET /books?pageConfig=%7B%22serialFields%22:[null]%7D"),
        ]
    )
    assert not Order.objects.filter(description="n").exists()


def test_a_method_that_the_url_lacks_is_refused_before_the_media_type(server, staff_pk):
    book, draft = Book.objects.earliest("pk").pk, Invoice.objects.earliest("pk").pk
    no_method = "The method is not allowed"
    no_id = "This method requires the id in the URL for Book."
    server.check(
        [
            *(
                Case(request, body, 405, no_method, headers=headers)
                for request in (
                    f"POST /books/{book}",
                    "PUT /a-model-command",
                    "PATCH /a-model-command",
                    f"POST /invoices/{draft}",
                    "PUT /meta/books/single",
                )
                for body, headers in ((None, {}), (b"x", TEXT), ({}, {}))
            ),
            *(
                Case(f"{method} /books", body, 400, no_id, headers=headers)
                for method in ("PUT", "PATCH", "DELETE")
                for body, headers in ((None, {}), (b"x", TEXT), ({}, {}))
            ),
            Case("PUT /orders", b"x", 400, "requires the id", "staff", TEXT),
        ]
    )


def test_an_empty_body_is_400_with_a_json_type_and_415_without_one(server, staff_pk):
    book = Book.objects.earliest("pk").pk
    problem = "A JSON format problem: "
    json_type = {"Content-Type": "application/json; charset=utf-8"}
    server.check(
        case
        for request in (
            "POST /books",
            "POST /orders",
            f"PUT /books/{book}",
            f"PATCH /books/{book}",
            "POST /a-model-command",
        )
        for case in (
            Case(request, b"", 400, problem, "staff", json_type),
            Case(request, b"", 400, problem, "staff", MERGE),
            Case(request, b" ", 400, problem, "staff", json_type),
            Case(request, None, 415, "JSON format is required", "staff"),
            Case(request, b"", 415, "JSON format is required", "staff", TEXT),
            Case(request, b"{}", 415, "JSON format is required", "staff", TEXT),
        )
    )


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Accepts any ID for a new row",
    new="Returns 400 for an ID more than 1,000,000 above the highest one",
    why="Generated IDs need room",
)
def test_an_id_of_the_clients_choosing_is_near_those_in_use(
    server, staff_pk, book, order, invoice
):
    own = server.send(Case("POST /orders", order, user="staff")).json()["id"]
    draft = Invoice.objects.filter(issued_at=None).earliest("pk").pk
    resources = [
        ("/books", book, Book.objects.latest("pk").pk),
        ("/authors", AUTHOR, Author.objects.latest("pk").pk),
        ("/orders", order, own),
        (
            "/api/v2/jobs",
            {"ownerId": staff_pk, "orderId": own},
            Job.objects.latest("pk").pk,
        ),
        ("/invoices", invoice, Invoice.objects.latest("pk").pk),
        (
            "/invoice-items",
            ITEM | {"invoiceId": draft},
            InvoiceItem.objects.latest("pk").pk,
        ),
    ]
    for url, body, highest in resources:
        far = highest + 1_000_000
        refused = [
            *(
                Case(f"POST {url}", body | {"id": pk}, 400, FAR, "staff")
                for pk in (2**31 - 1, "2147483647", 2**40, far + 1)
            ),
            Case(f"PUT {url}/2147483647", body, 400, FAR, "staff"),
            Case(f"PUT {url}/{'9' * 18}", body, 400, FAR, "staff"),
            Case(f"POST {url}", body | {"id": 2**63}, 400, user="staff"),
            Case(f"POST {url}", body | {"id": highest}, 409, "exists", "staff"),
            Case(f"GET {url}/2147483647", status=404, user="staff"),
        ]
        taken = [
            Case(f"POST {url}", body | {"id": far}, 201, user="staff"),
            Case(f"PUT {url}/{far + 2}", body, 200, user="staff"),
            Case(f"PUT {url}/{far + 3}", body | {"id": f"{far + 3}"}, 200, "", "staff"),
        ]
        server.check([*refused, *taken])
    command = {"description": "c", "numVariable": 1}
    server.check(
        [
            Case("POST /books", [book, book | {"id": 2**31 - 1}], shows=FAR),
            Case("POST /a-model-command", command | {"id": 2**31 - 1}, shows=FAR),
            Case("POST /api/v2/orders", order | {"id": 2**31 - 1}, 400, FAR, "staff"),
            Case("PUT /api/v2/orders/2147483647", order, 400, FAR, "staff"),
        ]
    )


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Changes the first row of the table on PUT, or the row whose ID the body "
    "contains",
    new="Changes the row of the URL, and returns 400 if the body has another ID",
)
@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Ignores an `id` in the body of PATCH",
    new="Returns 400 if it differs from the one in the URL",
    why="The client means another row",
)
def test_the_id_in_a_body_equals_that_of_the_url(server, book):
    stored = Book.objects.earliest("pk").pk
    other = Book.objects.latest("pk").pk
    must_be = f'{{"id":"The id must be {stored}, as in the URL."}}'
    server.check(
        [
            Case(f"PUT /books/{stored}", book | {"id": stored}, 200),
            Case(f"PUT /books/{stored}", book | {"id": str(stored)}, 200),
            Case(f"PUT /books/{stored}", book | {"id": None}, 200),
            Case(f"PATCH /books/{stored}", {"id": stored}, 200),
            Case(f"PUT /books/{stored}", book | {"id": other}, 400, must_be),
            Case(f"PATCH /books/{stored}", {"id": other}, 400, must_be),
            Case(f"PATCH /books/{stored}", {"id": 2**31}, 400, must_be),
            Case(f"PATCH /books/{stored}", {"id": "x"}, 400, "is not a number"),
            Case(
                f"PUT /books/{other + 1}", book | {"id": stored}, 400, "The id must be"
            ),
        ]
    )


def test_blank_texts_are_taken(server, staff_pk, book, order, invoice):
    author = {"firstName": "", "lastName": ""}
    item = ITEM | {"partCode": ""}
    draft = Invoice.objects.filter(issued_at=None).earliest("pk").pk
    stored = Book.objects.earliest("pk").pk
    missing = '"missing_columns":["title"'
    server.check(
        [
            Case("POST /books", book | {"title": ""}, 201, '"title":""'),
            Case("POST /books", [book | {"title": "", "isbn": ""}], 201, '"isbn":""'),
            Case(f"PUT /books/{stored}", book | {"title": ""}, 200, '"title":""'),
            Case(
                f"PATCH /books/{stored}", {"title": "", "isbn": ""}, 200, '"title":""'
            ),
            Case("POST /authors", author, 201, '"firstName":"","lastName":""'),
            Case(
                "POST /authors",
                author | {"books": [{"title": "", "pubYear": 1}]},
                201,
                '"title":""',
            ),
            Case("POST /invoices", invoice | {"invoiceItems": [item]}, 201),
            Case("POST /invoice-items", item | {"invoiceId": draft}, 201, user="staff"),
            *(
                Case(
                    f"POST {url}",
                    order | {"description": "", "items": [item]},
                    status,
                    user="staff",
                )
                for url, status in (("/orders", 201), ("/api/v2/orders", 202))
            ),
            Case("GET /books?title=", status=200, shows='"title":""'),
            # A text that has to be there still has to be there.
            Case("POST /books", {}, shows=missing),
            Case("POST /books", book | {"title": None}, shows=NULL),
            Case("POST /authors", {}, shows='["first_name","last_name"]'),
            Case(
                "POST /orders", {"ownerId": staff_pk}, 400, '["description"]', "staff"
            ),
            Case(
                "POST /invoices",
                invoice | {"invoiceItems": [{}]},
                shows='["part_code","units","unit_price"]',
            ),
        ]
    )


def test_the_command_is_called_as_in_the_old_service(server):
    command = {"description": "same", "numVariable": 1, "id": 1}
    server.check(
        [
            Case("POST /a-model-command", command, 419),
            Case(
                "POST /a-model-command",
                command | {"description": "other"},
                409,
                "{'id': 1} for AModel already exists.",
            ),
            Case(
                "POST /a-model-command",
                {"description": "same", "numVariable": 1},
                400,
                "AModel with this description already exists.",
            ),
            Case("POST /a-model-command", command | {"id": "1"}, 409, "for AModel"),
        ]
    )
    assert not Command.objects.filter(description="other").exists()


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Stores an empty description of a command",
    new="Returns 400",
    why="Descriptions are unique",
)
@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Accepts descriptions of orders and part codes of any length",
    new="Returns 400 for more than 10,000 and 80 characters",
    why="Limits memory and the width of pages",
)
@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Accepts a `unitPrice` of any size",
    new="Returns 400 for more than 12 digits, two of them decimals",
    why="JSON numbers wouldn't be exact",
)
@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old='Accepts `"pageSize": 3.5`',
    new="Returns 400",
    why="Pages have whole rows",
)
@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns all rows for a negative `limit` or `offset`",
    new="Returns 400",
)
def test_what_the_old_service_took_and_the_table_of_differences_lists(
    server, staff_pk, book, order, invoice
):
    def with_item(**columns: object) -> dict[str, object]:
        return invoice | {"invoiceItems": [ITEM | columns]}

    server.check(
        [
            *(
                Case("POST /invoices", with_item(unitPrice=price), shows="unit_price")
                for price in (10**10, "10000000000", 1e13, "1e400")
            ),
            *(
                Case(f"GET /books?pageConfig=%7B%22{key}%22:{size}%7D", shows=size)
                for key in ("pageSize", "limit", "offset")
                for size in ("3.5", "-1")
            ),
            Case("POST /orders", order | {"description": "x" * 10_001}, user="staff"),
            Case(
                "POST /orders", order | {"description": "x" * 10_000}, 201, "", "staff"
            ),
            Case("POST /invoices", with_item(partCode="x" * 81), shows="length 80"),
            Case("POST /books", book | {"title": "x" * 101}, shows="length 100"),
            Case("POST /books", book | {"isbn": "x" * 21}, shows="length 20"),
            Case("POST /a-model-command", {"description": "", "numVariable": 1}),
        ]
    )
