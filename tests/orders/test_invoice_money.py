"""Money is exact: every door shows what whole cents add up to."""

from __future__ import annotations

import csv
import io
import json
import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from rest_framework.response import Response
from rest_framework.test import APIClient

from dialects.dbbase import DbbaseRenderer
from orders.admin import InvoiceAdmin
from orders.models import TOO_MUCH, Invoice, InvoiceItem, OrderItem
from orders.printing.csv_export import invoices_csv
from orders.printing.html import html_response
from orders.printing.pdf import pdf_of
from orders.printing.sheet import format_money, sheet_of
from orders.serializers import InvoiceSerializer
from orders.services import issue
from tests.orders.factories import InvoiceFactory, InvoiceItemFactory, OrderFactory

LARGEST = 999_999_999_999  # cents of a price
EXACT = 10**15  # cents from which a double is not exact

INT32 = st.integers(-(2**31), 2**31 - 1)
UNITS = st.one_of(st.integers(-3, 30), INT32)
CENTS = st.one_of(st.integers(-500, 500_000), st.integers(-LARGEST, LARGEST))


@st.composite
def priced(draw) -> tuple[int, Any]:
    """Cents, and a price as clients send it that means just these."""
    cents = draw(CENTS)
    text = decimal_text(cents)
    # Parts of a cent that do not change it.
    tail = draw(st.sampled_from(["", "", "0", "000", "001", "4999"]))
    sent = draw(st.sampled_from([str, float]))
    return cents, sent(text + tail)


def decimal_text(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"


ITEMS = st.lists(st.tuples(UNITS, priced()), min_size=1, max_size=6)
EXAMPLES: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture],
}


def is_exact(items: list[tuple[int, tuple[int, Any]]]) -> bool:
    amounts = [units * cents for units, (cents, _) in items]
    return max(map(abs, amounts)) < EXACT and abs(sum(amounts)) < EXACT


def post(client: APIClient, user: Any, items: Any) -> Any:
    lines = [
        {"partCode": "p", "units": units, "unitPrice": price}
        for units, (_, price) in items
    ]
    body = {"userId": user.pk, "invoiceDate": "2026-11-21", "invoiceItems": lines}
    return client.post("/invoices", body, "json")


def assert_exact(content: bytes, items: Any) -> None:
    body = json.loads(content, parse_float=Decimal)
    amounts = [
        (item["unitPrice"] * 100, item["amount"] * 100) for item in body["invoiceItems"]
    ]
    assert amounts == [(cents, units * cents) for units, (cents, _) in items]
    assert body["total"] * 100 == sum(units * cents for units, (cents, _) in items)
    numbers = re.findall(rb'"(?:unitPrice|amount|total)":([^,}]+)', content)
    for number in numbers:
        assert re.fullmatch(rb"(?!-0\.00?$)-?\d+\.\d\d?", number)
    assert len(numbers) == 2 * len(items) + 1


@given(items=ITEMS)
@settings(max_examples=30, **EXAMPLES)
def test_json_tells_what_the_cents_add_up_to(ada_client, ada, items):
    response = post(ada_client, ada, items)
    if not is_exact(items):
        assert response.status_code == 400
        return
    response = ada_client.post(f"/invoices/{response.json()['id']}/issue")
    assert_exact(response.content, items)


@given(items=ITEMS)
@settings(max_examples=120, **EXAMPLES)
def test_serializer_and_services_keep_every_cent(ada, items):
    lines = [
        {"part_code": "p", "units": units, "unit_price": price}
        for units, (_, price) in items
    ]
    body = {"user_id": ada.pk, "invoice_date": "2026-11-21", "invoice_items": lines}
    serializer = InvoiceSerializer(data=body)
    assert serializer.is_valid() == is_exact(items)
    if serializer.is_valid():
        invoice = issue(invoice=serializer.save())
        data = InvoiceSerializer(invoice).data
        context = {"response": Response()}
        assert_exact(DbbaseRenderer().render(data, renderer_context=context), items)


@given(items=ITEMS.filter(is_exact))
@settings(max_examples=15, **EXAMPLES)
def test_paper_table_and_back_office_tell_the_same(ada_client, ada, items):
    invoice = Invoice.objects.get(pk=post(ada_client, ada, items).json()["id"])
    amounts = [money_text(units * cents) for units, (cents, _) in items]
    total_cents = sum(units * cents for units, (cents, _) in items)
    sheet = sheet_of(invoice)

    page = html_response(sheet).content.decode()
    assert re.findall(r"<td>([^<]*)</td></tr>", page) == amounts
    assert f"<strong>{money_text(total_cents)}</strong>" in page
    text = "".join(p.extract_text() for p in PdfReader(io.BytesIO(pdf_of(sheet))).pages)
    lines = [line for line in text.splitlines() if re.match(r"\d+ *p ", line)]
    assert [line.split()[-1] for line in lines] == amounts
    assert f"Total {money_text(total_cents)}" in re.sub(r" +", " ", text)
    [row] = read(invoices_csv(Invoice.objects.filter(pk=invoice.pk)))
    assert row["total"] == decimal_text(total_cents)
    shown = InvoiceAdmin(Invoice, None).get_queryset(RequestFactory().get("/"))
    assert shown.get(pk=invoice.pk).total * 100 == total_cents


def money_text(cents: int) -> str:
    whole, part = decimal_text(cents).split(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-')):,}.{part}"


def read(response: Any) -> list[dict[str, str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_amounts_are_printed_with_both_decimals():
    assert [format_money(Decimal(text)) for text in ("0", "-0.5", "1234567.8")] == [
        "0.00",
        "-0.50",
        "1,234,567.80",
    ]


# Amounts that a double cannot hold


TOO_LARGE = "has more than 15 digits."


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Accepts amounts of any size",
    new="Returns 400 for more than 15 digits",
    why="JSON numbers wouldn't be exact",
)
@pytest.mark.parametrize(
    ("units", "price", "status"),
    [
        (1000, "9999999999.99", 201),
        (1001, "9999999999.99", 400),
        (2_000_000_000, "5000", 400),
        (2_000_000_000, "4999.99", 201),
        (-2_000_000_000, "5000", 400),
    ],
)
@pytest.mark.parametrize("url", ["/invoices", "/orders"])
def test_a_line_has_no_amount_of_more_than_15_digits(
    ada_client, ada, url, units, price, status
):
    line = {"partCode": "p", "units": abs(units), "unitPrice": price}
    whose = {"userId": ada.pk, "invoiceDate": "2026-11-21", "invoiceItems": [line]}
    order = {"ownerId": ada.pk, "description": "x", "items": [line]}
    if url == "/invoices":
        line["units"] = units
    response = ada_client.post(url, whose | order, "json")

    assert response.status_code == status
    if status == 400:
        assert f"The amount {TOO_LARGE}" in response.content.decode()


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Accepts totals of any size",
    new="Returns 400 for more than 15 digits",
    why="JSON numbers wouldn't be exact",
)
@pytest.mark.parametrize("url", ["/invoices", "/orders"])
def test_a_total_has_no_more_than_15_digits(ada_client, ada, url):
    line = {"partCode": "p", "units": 1000, "unitPrice": "9999999999.99"}
    whose = {"userId": ada.pk, "invoiceDate": "2026-11-21", "invoiceItems": [line] * 2}
    order = {"ownerId": ada.pk, "description": "x", "items": [line] * 2}
    response = ada_client.post(url, whose | order, "json")

    assert response.status_code == 400
    assert f"The total {TOO_LARGE}" in response.content.decode()
    assert not InvoiceItem.objects.exists()


def test_an_item_that_makes_the_total_too_large_is_400(ada_client, ada):
    item = InvoiceItemFactory(
        invoice__user=ada, units=1000, unit_price=Decimal("9999999999.99")
    )
    body = {"partCode": "p", "units": 1, "unitPrice": 0, "invoiceId": item.invoice_id}
    created = ada_client.post("/invoice-items", body, "json")
    assert created.status_code == 201
    url = f"/invoice-items/{created.json()['id']}"

    response = ada_client.patch(url, {"units": 2, "unitPrice": 5e9}, "json")
    assert (response.status_code, response.json()) == (
        400,
        {"message": [{"unit_price": f"The total {TOO_LARGE}"}]},
    )
    response = ada_client.patch(url, {"units": 2**31 - 1, "unitPrice": 5e9}, "json")
    assert response.json() == {"message": [{"unit_price": f"The amount {TOO_LARGE}"}]}
    assert ada_client.get(url).json()["units"] == 1


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("model", [InvoiceItem, OrderItem])
def test_the_database_refuses_amounts_that_are_not_exact(ada, model, sign):
    if model is OrderItem and sign < 0:
        sign = 1
    parent = (
        {"invoice": InvoiceFactory(user=ada)}
        if model is InvoiceItem
        else {"order": OrderFactory(owner=ada)}
    )
    price = Decimal("9999999999.99")
    model.objects.create(part_code="p", units=sign * 1000, unit_price=price, **parent)
    assert abs(model.objects.get().amount) < TOO_MUCH
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(
            part_code="p", units=sign * 2_000_000_000, unit_price=5000, **parent
        )


@pytest.mark.parametrize("url", ["/orders", "/invoices"])
def test_items_of_a_patch_need_all_their_columns(ada_client, ada, url):
    row = OrderFactory(owner=ada) if url == "/orders" else InvoiceFactory(user=ada)
    name = "items" if url == "/orders" else "invoiceItems"
    response = ada_client.patch(f"{url}/{row.pk}", {name: [{"units": 1}]}, "json")

    assert response.status_code == 400
    if url == "/orders":
        missing = {"missing_columns": ["part_code", "unit_price"]}
        assert response.json() == {"message": [{"items": [{"item": 0} | missing]}]}
