"""The queries of a write, which do not depend on the number of rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from orders.models import Invoice
from tests.support.write_routes import ROUTES, create_user_with_rows, prepare, send

USER, BEGIN, COMMIT = "SELECT accounts_user", "SAVEPOINT", "RELEASE"


def statements(write: Callable[[], Any]) -> list[str]:
    """Return the queries of a write, such as `INSERT orders_invoice`."""
    with CaptureQueriesContext(connection) as queries:
        assert write().status_code == 201
    found = [query["sql"] for query in queries]
    tables = [re.findall(r'(?:FROM|INTO) "(\w+)"', sql) for sql in found]
    return [
        " ".join([sql.split()[0], *of]) for sql, of in zip(found, tables, strict=True)
    ]


def invoice(user: User, size: int) -> dict[str, Any]:
    item = {"units": 2, "unitPrice": 9.99}
    return {
        "userId": user.pk,
        "invoiceDate": "2026-01-02",
        "invoiceItems": [item | {"partCode": f"P-{n}"} for n in range(size)],
    }


def order(user: User, size: int) -> dict[str, Any]:
    items = [{"partCode": "P", "units": 1, "unitPrice": 1}] * size
    return {"ownerId": user.pk, "description": "x", "items": items}


def bucketlist(user: User, size: int) -> dict[str, Any]:
    return {"name": "Soon", "items": [{"name": str(n)} for n in range(size)]}


@pytest.mark.parametrize("size", [1, 100])
@pytest.mark.parametrize(
    ("url", "body", "users", "parent", "child"),
    [
        ("/invoices", invoice, 2, "orders_invoice", "orders_invoiceitem"),
        ("/orders", order, 2, "orders_order", "orders_orderitem"),
        *(
            (url, bucketlist, 1, "bucketlists_bucketlist", "bucketlists_item")
            for url in ("/bucketlists/", "/bucketlists/?items=true")
        ),
    ],
)
def test_a_row_and_its_children_are_written_by_two_statements(
    client_of, ada, url, body, users, parent, child, size
):
    """All others read: the client, the named user, and what was written."""
    client, sent = client_of(ada), body(ada, size)

    assert statements(lambda: client.post(url, sent, "json")) == [
        *([USER] * users),
        *(BEGIN, f"INSERT {parent}", f"INSERT {child}", f"SELECT {child}", COMMIT),
    ]


@pytest.mark.parametrize("method", ["post", "put"])
def test_the_response_of_a_new_row_is_what_is_read_later(api, ada, method):
    """The answer to a write comes from what was sent; prices are those stored."""
    body = invoice(ada, 0)
    body["invoiceItems"] = [
        {"partCode": " é\u2028", "units": "3", "unitPrice": "19.989999999999998"},
        {"partCode": "x", "units": -2, "unitPrice": -0.001},
        {"partCode": "x", "units": 0, "unitPrice": 9999999999.99 / 100},
    ]
    url = "/invoices" if method == "post" else "/invoices/77"
    response = getattr(api, method)(url, body, "json")
    again = api.get(f"/invoices/{response.json()['id']}")

    assert len(again.json()["invoiceItems"]) == 3
    assert response.content == again.content
    assert response.headers["ETag"] == again.headers["ETag"]


def test_items_of_a_new_bucket_list_are_shown_in_their_order(client_of, ada):
    client = client_of(ada)
    items = [
        {"name": "c", "position": 7, "done": True},
        {"name": "b", "position": 7},
        {"name": "a", "position": 0},
    ]
    response = client.post(
        "/bucketlists/?items=true", {"name": "Soon", "items": items}, "json"
    )
    pk = response.json()["id"]
    again = client.get(f"/bucketlists/{pk}?items=true")

    assert [item["name"] for item in again.json()["items"]] == ["a", "c", "b"]
    assert response.content == again.content
    assert response.headers["ETag"] == again.headers["ETag"]
    # The state covers the items, whether they are shown or not.
    assert response.headers["ETag"].startswith(
        client.get(f"/bucketlists/{pk}").headers["ETag"].rstrip('"')
    )


def test_a_token_is_valid_for_no_other_user(client_of, ada, staff):
    """The caller's own row is at hand; any other is looked for."""
    body = invoice(ada, 1) | {"userId": 4711}
    response = client_of(staff).post("/invoices", body, "json")

    assert response.status_code == 400
    assert "does not exist" in str(response.json())


@pytest.mark.parametrize("pk", [0, -1, -(2**60), 2**63, 10**30])
def test_a_reference_to_a_missing_row_is_400(api, ada, pk):
    response = api.post("/invoices", invoice(ada, 1) | {"userId": pk}, "json")

    assert response.status_code == 400
    assert not Invoice.objects.exists()


def is_down(*statement: Any) -> NoReturn:
    raise OperationalError("server closed the connection unexpectedly")


@pytest.mark.parametrize("route", ROUTES)
def test_without_a_database_every_write_is_503(client_of, caplog, db, route):
    somebody = create_user_with_rows()
    client, body = client_of(somebody), prepare(route, somebody, ROUTES[route].body)
    with connection.execute_wrapper(is_down):
        response = send(client, route, body)

    assert response.status_code == 503, response.content
    assert response.headers["Retry-After"] == "1"
    assert not [record for record in caplog.records if record.exc_info]
