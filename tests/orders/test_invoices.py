from __future__ import annotations

from decimal import Decimal

import pytest

from orders.models import Invoice, InvoiceItem
from tests.orders.factories import InvoiceFactory, InvoiceItemFactory

MISMATCH = {"message": "The user id does not match the owner id"}
ITEM = {"partCode": "111", "units": 1, "unitPrice": 20.0}


@pytest.fixture
def invoice(ada) -> Invoice:
    return InvoiceItemFactory(invoice__user=ada).invoice


def body_for(user, **fields):
    return {"userId": user.pk, "invoiceDate": "2020-08-27", **fields}


def test_items_are_optional_and_kept_in_order(api, ada):
    assert api.post("/invoices", body_for(ada), "json").json()["invoiceItems"] == []
    codes = [str(number) for number in range(30)]
    items = [ITEM | {"partCode": code} for code in codes]
    response = api.post("/invoices", body_for(ada, invoice_items=items), "json")

    assert [item["partCode"] for item in response.json()["invoiceItems"]] == codes


@pytest.mark.parametrize("items", [{}, "x", 1, True])
def test_items_that_are_no_list_are_400(api, ada, items):
    response = api.post("/invoices", body_for(ada, invoiceItems=items), "json")

    assert response.status_code == 400
    message = "invoice_items data must be in a list form"
    assert response.json() == {"message": message}


@pytest.mark.parametrize(
    ("item", "error"),
    [
        ({}, {"missing_columns": ["part_code", "units", "unit_price"]}),
        (ITEM | {"units": "x"}, {"units": "The value x is not a number"}),
        (ITEM | {"unitPrice": "x"}, {"unit_price": "The value x is not a number"}),
    ],
)
def test_one_bad_item_refuses_the_whole_invoice(api, ada, item, error):
    response = api.post("/invoices", body_for(ada, invoiceItems=[ITEM, item]), "json")

    assert response.status_code == 400
    assert response.json() == {"message": [{"invoice_items": [{"item": 1} | error]}]}
    assert not Invoice.objects.exists()


def test_an_item_cannot_name_another_invoice_or_id(api, ada, invoice):
    old = InvoiceItem.objects.get()
    items = [ITEM | {"id": old.pk, "invoiceId": invoice.pk, "nonsense": 1}]
    response = api.post("/invoices", body_for(ada, invoiceItems=items), "json")

    [item] = response.json()["invoiceItems"]
    assert item["id"] != old.pk
    assert item["invoiceId"] == response.json()["id"] != invoice.pk


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns 500 for items in PUT of an invoice",
    new="Returns 400 and names `/invoice-items/<id>`",
)
@pytest.mark.parametrize("method", ["put", "patch"])
def test_changing_an_invoice_leaves_its_items_alone(api, ada, invoice, method):
    url = f"/invoices/{invoice.pk}"
    change = getattr(api, method)

    response = change(url, body_for(ada, invoiceDate="2021-01-01"), "json")
    assert response.json()["invoiceDate"] == "2021-01-01"
    assert len(response.json()["invoiceItems"]) == 1
    response = change(url, body_for(ada, invoiceItems=[ITEM]), "json")
    assert response.status_code == 400
    message = [{"invoice_items": "To change items, use /invoice-items/<id>."}]
    assert response.json() == {"message": message}


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns 500 for deleting an invoice with items",
    new="Deletes them as well",
)
def test_deleting_an_invoice_takes_its_items_along(api, invoice):
    response = api.delete(f"/invoices/{invoice.pk}")

    message = f"Invoice with {{'id': {invoice.pk}}} is deleted"
    assert (response.status_code, response.json()) == (200, {"message": message})
    assert not InvoiceItem.objects.exists()


@pytest.mark.parametrize("text", ["Aug 27 2020", "27 August 2020", "2020/08/27"])
def test_dates_are_read_in_words_too(api, ada, text):
    response = api.post("/invoices", body_for(ada, invoiceDate=text), "json")

    assert response.json()["invoiceDate"] == "2020-08-27"


def test_a_date_that_is_none_is_400(api, ada):
    response = api.post("/invoices", body_for(ada, invoiceDate="not a date"), "json")

    [error] = response.json()["message"]
    assert error["invoice_date"].startswith("Date error: 'not a date': ")


# Items


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns 500 for `GET /invoice-items`",
    new='Returns `{"InvoiceItem": […]}`',
)
def test_an_item_shows_its_invoice(api, ada, invoice):
    body = ITEM | {"invoiceId": invoice.pk, "units": "-5"}
    created = api.post("/invoice-items", body, "json")

    assert created.status_code == 201
    assert created.json() == {
        "id": created.json()["id"],
        "invoiceId": invoice.pk,
        "partCode": "111",
        "units": -5,
        "unitPrice": 20.0,
        "invoice": {"id": invoice.pk, "userId": ada.pk, "invoiceDate": "2020-08-27"},
    }
    url = f"/invoice-items/{created.json()['id']}"
    assert api.get(url).json() == created.json()
    rows = api.get("/invoice-items").json()["InvoiceItem"]
    assert rows[1] == created.json()


def test_an_item_is_changed_and_deleted_by_its_id(api, invoice):
    url = f"/invoice-items/{InvoiceItem.objects.get().pk}"

    assert api.patch(url, {"units": 7}, "json").json()["units"] == 7
    body = ITEM | {"invoiceId": invoice.pk, "unitPrice": 0.1}
    assert api.put(url, body, "json").json()["unitPrice"] == 0.1
    assert api.delete(url).status_code == 200
    message = f"InvoiceItem with {{'id': {url.split('/')[-1]}}} not found"
    assert api.get(url).json() == {"message": message}


def test_an_item_of_no_invoice_is_400(api, db):
    response = api.post("/invoice-items", ITEM | {"invoiceId": 4711}, "json")

    assert response.status_code == 400
    assert list(response.json()["message"][0]) == ["invoice_id"]


# Money


def test_totals_are_exact(invoice):
    for _ in range(10):
        InvoiceItemFactory(invoice=invoice, units=3, unit_price=Decimal("0.10"))

    assert invoice.total == Decimal("23.00")
    assert str(invoice.total) == "23.00"


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Stores prices as floating-point numbers",
    new="Stores decimals, rounds prices to the nearest cent (half away from zero), "
    "and returns numbers with at most two decimals",
    why="Cents must be exact",
)
@pytest.mark.parametrize(
    ("price", "shown"),
    [
        (20, b"20.0"),
        ("20.50", b"20.5"),
        (0.1, b"0.1"),
        (9999999999.99, b"9999999999.99"),
        # A half goes away from zero, sent as text or as a number.
        (19.989999999999998, b"19.99"),
        ("19.989999999999998", b"19.99"),
        (0.105, b"0.11"),
        ("0.105", b"0.11"),
        (0.1049999999, b"0.1"),
        (1.005, b"1.01"),
        ("-1.005", b"-1.01"),
        (2.675, b"2.68"),
        (0.001, b"0.0"),
        (-0.001, b"0.0"),
        ("1e-999", b"0.0"),
        (9999999999.994999, b"9999999999.99"),
    ],
)
def test_a_price_is_a_number_on_the_wire(api, ada, price, shown):
    items = [ITEM | {"unitPrice": price}]
    response = api.post("/invoices", body_for(ada, invoiceItems=items), "json")

    assert b'"unitPrice":%s}' % shown in response.content


@pytest.mark.parametrize(
    "price",
    [
        *(1e10, 1e300, -1e300, 9999999999.995, "9" * 11, "1e999", "9" * 1001),
        *(True, None, "", "x", "NaN", "sNaN", "Infinity", [], {}),
    ],
)
def test_a_price_that_does_not_fit_is_400(api, ada, price):
    items = [ITEM | {"unitPrice": price}]
    response = api.post("/invoices", body_for(ada, invoiceItems=items), "json")

    assert response.status_code == 400
    assert not Invoice.objects.exists()


# Access


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Stores a `userId` without a user",
    new="Returns 400",
)
def test_nobody_in_particular_names_an_existing_user(api, db):
    body = {"userId": 4711, "invoiceDate": "2020-08-27"}
    response = api.post("/invoices", body, "json")

    assert response.status_code == 400
    assert list(response.json()["message"][0]) == ["user_id"]


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize("url", ["/invoices", "/invoice-items", "/invoices/1"])
def test_a_closed_service_wants_a_token(api, db, url):
    for method in (api.get, api.post, api.put, api.patch, api.delete):
        assert method(url, {}, "json").status_code == 401


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Accepts any `userId` for an invoice",
    new="Returns 400 for another user than that of the token",
)
def test_with_a_token_the_invoice_is_the_callers_own(bob_client, bob, ada, invoice):
    response = bob_client.post("/invoices", body_for(ada), "json")

    assert (response.status_code, response.json()) == (400, MISMATCH)
    assert bob_client.post("/invoices", body_for(bob), "json").status_code == 201
    assert len(bob_client.get("/invoices").json()["Invoice"]) == 1
    assert bob_client.get("/invoice-items").json() == {"InvoiceItem": []}


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_a_strangers_invoice_is_not_found(bob_client, bob, invoice, method):
    send = getattr(bob_client, method)
    item = invoice.invoice_items.get()

    response = send(f"/invoices/{invoice.pk}", body_for(bob), "json")
    message = f"Invoice with {{'id': {invoice.pk}}} not found"
    assert (response.status_code, response.json()) == (404, {"message": message})
    own_invoice = InvoiceFactory(user=bob)
    response = send(
        f"/invoice-items/{item.pk}", ITEM | {"invoiceId": own_invoice.pk}, "json"
    )
    assert response.status_code == 404
    item.refresh_from_db()
    assert item.invoice == invoice


def test_an_item_cannot_go_on_a_strangers_invoice(bob_client, invoice):
    response = bob_client.post(
        "/invoice-items", ITEM | {"invoiceId": invoice.pk}, "json"
    )

    assert response.status_code == 400
    assert InvoiceItem.objects.count() == 1


def test_staff_invoice_anybody(client_of, staff, ada, invoice):
    client = client_of(staff)

    assert client.post("/invoices", body_for(ada), "json").status_code == 201
    assert client.delete(f"/invoices/{invoice.pk}").status_code == 200
