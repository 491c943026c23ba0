"""docs/reference/invoices.md: its columns and errors are those of the API."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from dialects.dbbase.camel_case import to_camel
from orders.models import MAX_ITEMS, Invoice
from orders.serializers import InvoiceItemSerializer, InvoiceSerializer
from orders.services import issue
from tests.orders.factories import InvoiceFactory, InvoiceItemFactory
from tests.support.guide_tables import rows


@pytest.fixture
def draft(db) -> Invoice:
    draft: Invoice = InvoiceItemFactory().invoice
    return draft


@pytest.mark.parametrize(
    ("mark", "serializer"),
    [("invoice fields", InvoiceSerializer), ("item fields", InvoiceItemSerializer)],
)
def test_the_fields_are_those_of_the_api(mark, serializer):
    names = [cells[0].strip("`") for cells in rows("reference/invoices", mark)]

    assert sorted(names) == sorted(map(to_camel, serializer.Meta.fields))


def test_the_columns_are_those_of_the_file(client_of, draft):
    response = client_of(draft.user).get("/invoices.csv")
    header, line = b"".join(response.streaming_content).decode("utf-8-sig").split()[:2]

    assert [
        cells[0].strip("`") for cells in rows("reference/invoices", "columns")
    ] == header.split(",")
    assert line.startswith(f"{draft.pk},,draft,")


def post_items(client: Any, draft: Invoice, *items: dict[str, Any]) -> Any:
    body = {"userId": draft.user_id, "invoiceDate": "2027-04-01"}
    return client.post("/invoices", body | {"invoiceItems": items}, "json")


LARGE = {"partCode": "x", "units": 1000, "unitPrice": 9999999999.99}


def too_large_amount(client: Any, draft: Invoice) -> Any:
    return post_items(client, draft, LARGE | {"units": 2000})


def too_large_total(client: Any, draft: Invoice) -> Any:
    pk = post_items(client, draft, LARGE).json()["id"]
    return client.post("/invoice-items", LARGE | {"invoiceId": pk}, "json")


def issued(client: Any, draft: Invoice) -> Any:
    issue(invoice=draft)
    return client.delete(f"/invoices/{draft.pk}")


def without_items(client: Any, draft: Invoice) -> Any:
    empty = InvoiceFactory(user=draft.user)
    return client.post(f"/invoices/{empty.pk}/issue")


def full(client: Any, draft: Invoice) -> Any:
    InvoiceItemFactory.create_batch(MAX_ITEMS - 1, invoice=draft)
    item = {"invoiceId": draft.pk, "partCode": "x", "units": 1, "unitPrice": 1}
    return client.post("/invoice-items", item, "json")


CAUSES = [too_large_amount, too_large_total, issued, without_items, full]


@pytest.mark.parametrize(
    ("cause", "cells"),
    list(zip(CAUSES, rows("reference/invoices", "errors"), strict=True)),
)
def test_an_error_is_as_the_table_says(client_of, draft, cause, cells):
    status, message, cure = cells
    response = cause(client_of(draft.user), draft)

    assert response.status_code == int(status)
    text = json.dumps(response.json())
    assert re.search(re.escape(message).replace("…", "[^ ]+"), text)
    [code] = re.findall(r"errors\.md(#\w+)", cure)
    assert f"{code}>" in response.headers["Link"]
