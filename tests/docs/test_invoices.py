"""Every request that docs/reference/invoices.md shows, sent against the demo data."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from accounts.models import User
from orders.models import MAX_ITEMS, Invoice
from tests.orders.factories import InvoiceFactory, InvoiceItemFactory

PAGE = (Path(settings.BASE_DIR) / "docs/reference/invoices.md").read_text()
BLOCKS = re.findall(r"```(http|json|csv)\n(.*?)```", PAGE, re.DOTALL)
ISSUED, HELD = "is issued and can no longer be changed.", f"at most {MAX_ITEMS} items."


@pytest.fixture
def client(demo, client_of) -> Any:
    return client_of(User.objects.get(email="ada@example.com"))


def send(client: Any, text: str, pk: str) -> Any:
    """The request of a block; an ellipsis is the id of the invoice."""
    head, _, body = text.partition("\n\n")
    method, path = head.split("\n")[0].replace("…", pk).split(" ", 1)
    return client.generic(
        method, path, body.encode(), "application/json" if body else ""
    )


def assert_printed(content: str, printed: str) -> None:
    pattern = ".*".join(map(re.escape, compact(printed).split("…")))
    assert re.fullmatch(pattern, compact(content), re.DOTALL), content


def compact(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_every_exchange_of_the_page_is_as_printed(client):
    response, pk = None, ""
    user_id = User.objects.get(email="ada@example.com").pk
    assert len(BLOCKS) == 10
    for kind, printed in BLOCKS:
        text = re.sub('("userId": |,)5,', rf"\g<1>{user_id},", printed)
        if kind == "http":
            response = send(client, text, pk)
            continue
        if kind == "csv":
            table = b"".join(response.streaming_content).decode("utf-8-sig")
            assert_printed(table, text)
            continue
        content = json.dumps(response.json(), ensure_ascii=False)
        assert_printed(content, text)
        pk = str(response.json().get("id", pk))
    assert Invoice.objects.get(pk=pk).is_issued


@pytest.mark.parametrize("form", ["html", "pdf"])
def test_every_form_of_print_is_there(client, form):
    assert f"`/invoices/<id>.{form}`" in PAGE
    pk = Invoice.objects.filter(user__email="ada@example.com").earliest("pk").pk
    assert client.get(f"/invoices/{pk}.{form}").status_code == 200


def refusals(client: Any) -> list[tuple[int, str]]:
    user = User.objects.get(email="ada@example.com")
    issued = Invoice.objects.filter(user=user).exclude(issued_at=None).earliest("pk")
    empty = InvoiceFactory(user=user)
    full = InvoiceFactory(user=user)
    InvoiceItemFactory.create_batch(MAX_ITEMS, invoice=full)
    item = {"partCode": "x", "units": 1000, "unitPrice": 9999999999.99}

    def post(path: str, body: Any = None) -> tuple[int, str]:
        response = client.post(path, body, "json")
        return response.status_code, json.dumps(response.json())

    whose = {"userId": user.pk, "invoiceDate": "2026-11-21"}
    deleted = client.delete(f"/invoices/{issued.pk}")
    return [
        post("/invoices", whose | {"invoiceItems": [item | {"units": 2000}]}),
        post("/invoices", whose | {"invoiceItems": [item, item]}),
        (deleted.status_code, json.dumps(deleted.json())),
        post(f"/invoices/{empty.pk}/issue"),
        post("/invoice-items", item | {"unitPrice": 1, "invoiceId": full.pk}),
    ]


def test_refusals_read_as_the_table_says(client):
    table = PAGE.partition("## Refusals")[2]
    rows = re.findall(r"^\| (\d+) \| (.*?) \|", table, re.MULTILINE)
    responses = refusals(client)

    assert len(rows) == len(responses) + 2
    for (status, text), (answered, body) in zip(rows, responses, strict=False):
        assert int(status) == answered
        assert re.search(re.escape(text).replace("…", "[^ ]+"), body), (text, body)
