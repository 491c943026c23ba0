"""Draft, issued, and from then on the same for everybody."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from common.http.errors import problem_from
from orders import numbering
from orders.models import MAX_ITEMS, Invoice, InvoiceCounter, InvoiceItem
from orders.services import issue
from tests.orders.factories import (
    InvoiceFactory,
    InvoiceItemFactory,
    JobFactory,
    OrderFactory,
    OrderItemFactory,
)

COMMITTED = pytest.mark.django_db(transaction=True)
ON_SQLITE = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite only")
ITEM = {"partCode": "111", "units": 1, "unitPrice": 20.0}
NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)


@pytest.fixture
def draft(ada) -> Invoice:
    invoice = InvoiceItemFactory(invoice__user=ada).invoice
    InvoiceItemFactory(invoice=invoice, units=3, unit_price=Decimal("0.10"))
    return invoice


@pytest.fixture
def issued(draft) -> Invoice:
    return issue(invoice=draft, at=NOW)


def refusal(invoice: Invoice) -> tuple[int, dict[str, str]]:
    text = f"Invoice {invoice.number} is issued and can no longer be changed."
    return 409, {"message": text}


def status_and_body(response) -> tuple[int, object]:
    return response.status_code, response.json()


# Issuing


@pytest.mark.parametrize("slash", ["", "/"])
@time_machine.travel(NOW, tick=False)
def test_issuing_numbers_the_invoice_and_adds_to_its_json(client_of, draft, slash):
    ada_client = client_of(draft.user)
    before = ada_client.get(f"/invoices/{draft.pk}").json()
    response = ada_client.post(f"/invoices/{draft.pk}/issue{slash}")

    assert response.status_code == 200
    items = [
        item | {"amount": amount}
        for item, amount in zip(before["invoiceItems"], [20.0, 0.3], strict=True)
    ]
    more = {"number": "2026-000001", "issuedAt": "2026-11-21 08:30:00", "total": 20.3}
    assert response.json() == before | {"invoiceItems": items} | more
    assert list(response.json()) == [*before, *more]
    assert ada_client.get(f"/invoices/{draft.pk}").content == response.content
    assert ada_client.get("/invoices").json() == {"Invoice": [response.json()]}


def test_an_item_tells_of_its_issued_invoice(ada_client, issued):
    item = ada_client.get(f"/invoice-items/{issued.invoice_items.last().pk}").json()

    assert item["amount"] == 0.3
    assert item["invoice"]["number"] == issued.number


def test_a_draft_tells_its_total_where_it_is_asked_for(ada_client, draft):
    def list_fields(url: str, fields: str) -> object:
        config = {"pageConfig": f'{{"serialFields": {fields}}}'}
        return ada_client.get(url, config).json()

    rows = list_fields("/invoices", '["id", "number", "issuedAt", "total"]')
    row = {"id": draft.pk, "number": None, "issuedAt": None, "total": 20.3}
    assert rows == {"Invoice": [row]}
    rows = list_fields("/invoice-items", '["amount"]')
    assert rows == {"InvoiceItem": [{"amount": 20.0}, {"amount": 0.3}]}
    item = ada_client.get(f"/invoice-items/{draft.invoice_items.first().pk}").json()
    assert "amount" not in item
    assert "number" not in item["invoice"]


def test_an_issued_invoice_stays_as_it_is_when_issued_again(ada_client, draft):
    first = ada_client.post(f"/invoices/{draft.pk}/issue")
    again = ada_client.post(f"/invoices/{draft.pk}/issue", {"any": "body"}, "json")

    assert (again.status_code, again.content) == (200, first.content)
    assert InvoiceCounter.objects.get().last == 1


def test_an_invoice_without_items_is_not_issued(ada_client, ada):
    empty = InvoiceFactory(user=ada)
    text = f"Invoice {empty.pk} has no items, so it can't be issued."

    assert status_and_body(ada_client.post(f"/invoices/{empty.pk}/issue")) == (
        409,
        {"message": text},
    )
    assert not InvoiceCounter.objects.exists()


def test_only_its_owner_and_staff_issue_an_invoice(
    api, bob_client, client_of, staff, draft
):
    url = f"/invoices/{draft.pk}/issue"
    text = f"Invoice with {{'id': {draft.pk}}} not found"

    assert api.post(url).status_code == 401
    assert status_and_body(bob_client.post(url)) == (404, {"message": text})
    assert client_of(staff).post(url).status_code == 200
    assert client_of(staff).get(url).status_code == 405


def test_numbers_begin_anew_each_year_of_the_service(ada, settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    days = ["2026-12-30", "2026-12-31", "2026-12-31", "2027-06-01"]
    hours = [12, 10, 12, 0]
    numbers = []
    for day, hour in zip(days, hours, strict=True):
        at = datetime.fromisoformat(day).replace(hour=hour, tzinfo=UTC)
        draft = InvoiceItemFactory(invoice__user=ada).invoice
        numbers.append(issue(invoice=draft, at=at).number)

    # In Auckland it was 2027 already when the third was issued.
    assert numbers == ["2026-000001", "2026-000002", "2027-000001", "2027-000002"]


def test_another_format_leaves_the_numbers_of_issued_invoices(
    ada_client, ada, issued, monkeypatch
):
    monkeypatch.setattr(numbering, "INVOICE_NUMBER_FORMAT", "INV/{sequence:03}/{year}")
    other = issue(invoice=InvoiceItemFactory(invoice__user=ada).invoice, at=NOW)

    assert ada_client.get(f"/invoices/{issued.pk}").json()["number"] == "2026-000001"
    assert ada_client.get(f"/invoices/{other.pk}").json()["number"] == "INV/002/2026"
    issued.refresh_from_db()
    assert (issued.number, str(issued)) == ("2026-000001", "2026-000001")


def test_no_two_invoices_have_the_same_number(ada, issued, monkeypatch):
    monkeypatch.setattr(numbering, "INVOICE_NUMBER_FORMAT", issued.number)
    draft = InvoiceItemFactory(invoice__user=ada).invoice
    with pytest.raises(IntegrityError), transaction.atomic():
        issue(invoice=draft, at=NOW)

    assert InvoiceCounter.objects.get().last == issued.sequence


def test_what_is_rolled_back_leaves_no_gap(draft, ada):
    with transaction.atomic():
        assert issue(invoice=draft).sequence == 1
        transaction.set_rollback(True)
    other = InvoiceItemFactory(invoice__user=ada).invoice

    assert issue(invoice=other).sequence == 1


def test_a_finished_job_issues_its_invoice(ada_client, ada, run_worker):
    items = [{"partCode": "111", "units": 3, "unitPrice": "0.105"}]
    body = {"ownerId": ada.pk, "description": "parts", "items": items}
    ada_client.post("/api/v2/orders", body, "json")
    run_worker()

    invoice = Invoice.objects.get()
    assert (invoice.is_issued, invoice.total) == (True, Decimal("0.33"))
    assert invoice.job is not None


# Every door


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_an_issued_invoice_is_changed_by_nobody(
    ada_client, client_of, staff, issued, method
):
    body = {"userId": issued.user_id, "invoiceDate": "2021-01-01"}
    url = f"/invoices/{issued.pk}"
    before = ada_client.get(url).content

    for client in (ada_client, client_of(staff)):
        assert status_and_body(getattr(client, method)(url, body, "json")) == refusal(
            issued
        )
    assert ada_client.get(url).content == before


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_an_item_of_an_issued_invoice_is_changed_by_nobody(
    ada_client, ada, issued, method
):
    item = issued.invoice_items.first()
    own_invoice = InvoiceFactory(user=ada)
    changed = ITEM | {"units": 9}
    for body in (
        changed | {"invoiceId": issued.pk},
        ITEM | {"invoiceId": own_invoice.pk},
    ):
        response = getattr(ada_client, method)(
            f"/invoice-items/{item.pk}", body, "json"
        )
        assert status_and_body(response) == refusal(issued)
    item.refresh_from_db()
    assert item.invoice == issued


@pytest.mark.parametrize("method", ["put", "patch"])
def test_an_issued_invoice_can_be_sent_back_as_it_was_read(ada_client, issued, method):
    item = issued.invoice_items.first()
    for url in (f"/invoices/{issued.pk}", f"/invoice-items/{item.pk}"):
        before = ada_client.get(url)
        shown, etag = before.json(), before.headers["ETag"]
        write = getattr(ada_client, method)
        changes = [{name: None} for name in shown] + [{"unknown": 1}]

        assert status_and_body(write(url, shown, "json")) == (200, shown)
        assert write(url, shown, "json", HTTP_IF_MATCH=etag).status_code == 200
        for body in ({}, *({**shown, **change} for change in changes)):
            assert write(url, body, "json").status_code in {400, 409}, body
        assert ada_client.get(url).json() == shown


def test_no_item_comes_to_an_issued_invoice(ada_client, ada, issued):
    body = ITEM | {"invoiceId": issued.pk}
    assert status_and_body(ada_client.post("/invoice-items", body, "json")) == refusal(
        issued
    )
    assert status_and_body(
        ada_client.put("/invoice-items/4711", body, "json")
    ) == refusal(issued)
    own_invoice = InvoiceItemFactory(invoice__user=ada)
    for move in (ada_client.patch, ada_client.put):
        response = move(f"/invoice-items/{own_invoice.pk}", body, "json")
        assert status_and_body(response) == refusal(issued)
    assert issued.invoice_items.count() == 2


def test_a_draft_is_changed_and_deleted_as_ever(ada_client, ada, draft, issued):
    other = InvoiceItemFactory(invoice__user=ada).invoice
    url = f"/invoices/{other.pk}"

    response = ada_client.patch(url, {"invoiceDate": "2021-01-01"}, "json")
    assert list(response.json()) == ["id", "userId", "invoiceDate", "invoiceItems"]
    assert ada_client.delete(url).status_code == 200


def test_the_printed_customer_is_the_one_of_that_day(ada, issued):
    ada.name, ada.email = "eda", "eda@example.com"
    ada.save()

    assert Invoice.objects.get().customer == ["ada", "ada@example.com"]


def test_a_user_with_issued_invoices_stays(ada, issued):
    with pytest.raises(ProtectedError) as refused:
        ada.delete()

    assert problem_from(refused.value).status == 409


def test_an_issued_invoice_outlives_its_job_and_order(ada_client, ada):
    order = OrderItemFactory(order__owner=ada).order
    invoice = InvoiceItemFactory(
        invoice__user=ada, invoice__job=JobFactory(order=order)
    ).invoice
    issue(invoice=invoice)

    assert ada_client.delete(f"/orders/{order.pk}").status_code == 200
    assert Invoice.objects.get().job is None


def test_an_invoice_holds_no_more_items_than_can_be_printed(ada_client, ada):
    invoice = InvoiceFactory(user=ada)
    InvoiceItemFactory.create_batch(MAX_ITEMS - 1, invoice=invoice)
    body = ITEM | {"invoiceId": invoice.pk}

    assert ada_client.post("/invoice-items", body, "json").status_code == 201
    text = f"An invoice can have at most {MAX_ITEMS} items."
    assert status_and_body(ada_client.post("/invoice-items", body, "json")) == (
        409,
        {"message": text},
    )
    elsewhere = InvoiceItemFactory(invoice__user=ada)
    move = ada_client.patch(f"/invoice-items/{elsewhere.pk}", body, "json")
    assert status_and_body(move) == (409, {"message": text})
    assert invoice.invoice_items.count() == MAX_ITEMS


# The database itself


def refused(sql: str, *values: Any) -> IntegrityError:
    with (
        pytest.raises(IntegrityError) as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, values)
    return caught.value


INVOICE_CHANGES = [
    "invoice_date = '2021-01-01'",
    "billed_name = 'x'",
    "issued_at = NULL",
    "issued_at = NULL, year = NULL, sequence = NULL, number = NULL,"
    " billed_name = '', billed_email = '', seller = ''",
    "sequence = 2",
    "number = '2026-000002'",
    "number = NULL",
    "id = id + 1",
    "seller = 'x'",
    "due_date = '2027-01-01'",
    "currency = 'USD'",
    "seller_note = 'x'",
]


@pytest.mark.parametrize("change", INVOICE_CHANGES)
def test_the_database_refuses_to_change_an_issued_invoice(issued, change):
    refused(f"UPDATE orders_invoice SET {change} WHERE id = %s", issued.pk)


def test_every_column_is_kept(issued, bob):
    columns = {field.column for field in Invoice._meta.concrete_fields} - {"job_id"}
    other = {
        "user_id": bob.pk,
        "issued_at": "2020-01-01 00:00:00",
        "year": 2000,
        "sequence": 7,
        "id": 4711,
        "invoice_date": "2000-01-01",
        "due_date": "2000-01-01",
    }
    for column in columns:
        sql = f"UPDATE orders_invoice SET {column} = %s WHERE id = %s"
        error = refused(sql, other.get(column, "x"), issued.pk)
        assert problem_from(error).code == "immutable", column


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM orders_invoice",
        "DELETE FROM orders_invoiceitem",
        "UPDATE orders_invoiceitem SET units = 7",
        "UPDATE orders_invoiceitem SET invoice_id = {draft} WHERE id = {item}",
        "UPDATE orders_invoiceitem SET invoice_id = {issued}",
        "INSERT INTO orders_invoiceitem (invoice_id, part_code, units, unit_price)"
        " VALUES ({issued}, 'x', 1, 1)",
        "INSERT INTO orders_invoiceitem (invoice_id, part_code, units, unit_price)"
        " VALUES ({draft}, 'x', 1, 1), ({issued}, 'x', 1, 1), ({draft}, 'x', 1, 1)",
        "UPDATE orders_invoice SET job_id = {job} WHERE id = {issued}",
        "UPDATE orders_invoicecounter SET last = 0",
        "UPDATE orders_invoicecounter SET year = 2025",
        "DELETE FROM orders_invoicecounter",
    ],
)
def test_the_database_refuses_what_would_change_an_issued_invoice(ada, issued, sql):
    other = InvoiceItemFactory(invoice__user=ada).invoice
    error = refused(
        sql.format(
            draft=other.pk,
            issued=issued.pk,
            item=issued.invoice_items.first().pk,
            job=JobFactory(order=OrderFactory(owner=ada)).pk,
        )
    )

    problem = problem_from(error)
    assert (problem.status, problem.code) == (409, "immutable")


@ON_SQLITE
@pytest.mark.parametrize(
    "sql",
    [
        "INSERT OR REPLACE INTO orders_invoice (id, user_id, invoice_date, billed_name,"
        " billed_email, seller) VALUES ({issued}, {user}, '2020-01-01', '', '', '')",
        "INSERT OR REPLACE INTO orders_invoice (user_id, invoice_date, number,"
        " billed_name, billed_email, seller)"
        " VALUES ({user}, '2020-01-01', '2026-000001', '', '', '')",
        "UPDATE OR REPLACE orders_invoice SET id = {issued} WHERE id = {draft}",
        "INSERT OR REPLACE INTO orders_invoiceitem (id, invoice_id, part_code, units,"
        " unit_price) VALUES ({item}, {draft}, 'x', 1, 1)",
        "UPDATE OR REPLACE orders_invoiceitem SET id = {item} WHERE invoice_id ="
        " {draft}",
        "INSERT OR REPLACE INTO orders_invoicecounter (year, last) VALUES (2026, 0)",
    ],
)
def test_nothing_is_replaced_either(ada, issued, sql):
    other = InvoiceItemFactory(invoice__user=ada).invoice
    item = issued.invoice_items.first().pk
    places = {"draft": other.pk, "issued": issued.pk, "item": item, "user": ada.pk}

    assert problem_from(refused(sql.format(**places))).code == "immutable"


@pytest.mark.parametrize(
    "sql",
    [
        # A sequence that is not the counter's, an invoice without items or number.
        "UPDATE orders_invoice SET issued_at = '2026-01-01', year = 2026, sequence = 2,"
        " number = 'x', billed_name = 'x', billed_email = 'x' WHERE id = {draft}",
        "UPDATE orders_invoice SET issued_at = '2026-01-01', year = 2026, sequence = 1,"
        " number = 'x', billed_name = 'x', billed_email = 'x' WHERE id = {empty}",
        "UPDATE orders_invoice SET issued_at = '2026-01-01', year = 2026, sequence = 1,"
        " billed_name = 'x', billed_email = 'x' WHERE id = {draft}",
        "UPDATE orders_invoice SET issued_at = '2026-01-01', year = 2026, sequence = 1,"
        " number = '', billed_name = 'x', billed_email = 'x' WHERE id = {draft}",
        "INSERT INTO orders_invoice (user_id, invoice_date, issued_at, year, sequence,"
        " number, billed_name, billed_email, seller) VALUES ({user}, '2026-01-01',"
        " '2026-01-01', 2026, 1, 'x', 'x', 'x', 'x')",
    ],
)
def test_the_database_refuses_numbers_out_of_turn(ada, draft, sql):
    InvoiceCounter.objects.create(year=2026, last=1)
    places = {"draft": draft.pk, "empty": InvoiceFactory(user=ada).pk, "user": ada.pk}

    assert problem_from(refused(sql.format(**places))).code == "immutable"


@pytest.mark.parametrize(
    "columns",
    [
        {"issued_at": NOW},
        {"sequence": 1},
        {"year": 2026},
        {"number": "2026-000001"},
        {"billed_name": "x"},
        {"seller": "x"},
        {"due_date": NOW.date()},
        {"currency": "EUR"},
        {"seller_note": "x"},
    ],
)
def test_a_draft_has_no_part_of_a_number(ada, columns):
    with pytest.raises(IntegrityError), transaction.atomic():
        InvoiceFactory(user=ada, **columns)


def test_a_shell_cannot_delete_what_is_issued(issued):
    for rows in (Invoice.objects.all(), InvoiceItem.objects.all()):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.delete()
    issued.invoice_date = NOW.date()
    with pytest.raises(IntegrityError), transaction.atomic():
        issued.save()
    assert Invoice.objects.count() == 1


def test_the_wall_of_the_database_is_409_on_the_wire(ada_client, issued, monkeypatch):
    monkeypatch.setattr(Invoice, "check_draft", lambda self: None)
    message = {"message": "This invoice has been issued and can no longer be changed."}

    assert status_and_body(ada_client.delete(f"/invoices/{issued.pk}")) == (
        409,
        message,
    )
    item = issued.invoice_items.first()
    response = ada_client.patch(f"/invoice-items/{item.pk}", {"units": 9}, "json")
    assert status_and_body(response) == (409, message)


@COMMITTED
def test_a_database_with_issued_invoices_can_be_emptied():
    for _ in range(2):
        draft = InvoiceItemFactory().invoice
        invoice = issue(invoice=draft)
        assert invoice.sequence == 1
        call_command("flush", "--no-input", verbosity=0, inhibit_post_migrate=True)
        assert not Invoice.objects.exists()
        assert not InvoiceCounter.objects.exists()
    issue(invoice=InvoiceItemFactory().invoice)
    refused("DELETE FROM orders_invoice")
