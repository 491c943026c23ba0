"""The list of invoices as a table for spreadsheets."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from hypothesis import example, given
from hypothesis import strategies as st

from common.http import csv_responses
from orders.models import Invoice, InvoiceItem
from orders.printing import csv_export
from orders.services import issue
from tests.orders.factories import InvoiceFactory, InvoiceItemFactory
from tests.support.factories import UserFactory

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)


def text_of(response) -> str:
    return b"".join(response.streaming_content).decode()


def rows(response) -> list[dict[str, str]]:
    text = text_of(response).removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns invoices only as JSON",
    new="Also returns a table at `/invoices.csv`",
)
def test_a_line_for_each_invoice(ada_client, ada):
    ada.name = 'Ada, "Countess" Ωμέγα'
    ada.save()
    issued = issue(invoice=InvoiceItemFactory(invoice__user=ada).invoice, at=NOW)
    InvoiceFactory(user=ada)
    response = ada_client.get("/invoices.csv")

    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    disposition = 'attachment; filename="invoices.csv"'
    assert response.headers["Content-Disposition"] == disposition
    name = '"Ada, ""Countess"" Ωμέγα",ada@example.com'
    assert text_of(response) == (
        "\ufeffid,number,status,invoice_date,issued_at,user_id,name,email,items,total\r\n"
        f"{issued.pk},2026-000001,issued,2020-08-27,2026-11-21 08:30:00,"
        f"{ada.pk},{name},1,20.00\r\n"
        f"{issued.pk + 1},,draft,2020-08-27,,{ada.pk},{name},0,0.00\r\n"
    )


@pytest.mark.parametrize("slash", ["", "/"])
def test_filters_and_owners_count_as_in_the_list(
    api, ada_client, bob_client, client_of, staff, ada, bob, closed, slash
):
    InvoiceFactory(user=ada, invoice_date="2026-01-01")
    InvoiceFactory(user=ada, invoice_date="2026-02-01")
    InvoiceFactory(user=bob, invoice_date="2026-02-01")

    def dates_of(client, query="") -> list[str]:
        dates = [row["invoice_date"] for row in rows(client.get(f"{url}{query}"))]
        listed = client.get(f"/invoices{query}").json()["Invoice"]
        assert dates == [row["invoiceDate"] for row in listed]
        return dates

    url = f"/invoices.csv{slash}"
    assert dates_of(ada_client) == ["2026-01-01", "2026-02-01"]
    assert dates_of(ada_client, "?invoiceDate=2026-02-01") == ["2026-02-01"]
    assert dates_of(ada_client, "?invoiceDate=gt&invoiceDate=2026-01-15") == [
        "2026-02-01"
    ]
    assert dates_of(bob_client, f"?userId={ada.pk}") == []
    assert len(dates_of(client_of(staff))) == 3
    assert api.get(url).status_code == 401


def test_an_error_comes_before_the_table_begins(ada_client, ada, monkeypatch):
    response = ada_client.get("/invoices.csv?invoiceDate=nonsense")
    assert response.status_code == 400
    assert list(response.json()) == ["message"]

    def fail(*args: object) -> None:
        raise OperationalError("gone")

    InvoiceFactory(user=ada)
    monkeypatch.setattr(csv_export, "chunks", lambda invoices: iter(fail, None))
    response = ada_client.get("/invoices.csv")
    assert (response.status_code, list(response.json())) == (503, ["message"])


@pytest.mark.parametrize("beginning", [*"=+-@\t\r\n", "＝", "＋", "－", "＠"])  # noqa: RUF001
def test_what_people_typed_is_never_a_formula(ada_client, ada, beginning):
    ada.name = f"{beginning}cmd|' /C calc'!A0"
    ada.save()
    InvoiceItemFactory(invoice__user=ada, unit_price=Decimal("-5.10"))

    [row] = rows(ada_client.get("/invoices.csv"))
    assert row["name"] == f"'{ada.name}"
    # Numbers stay numbers.
    assert row["total"] == "-5.10"


FORMULA = re.compile(r'[\s"]*[=+\-@＝＋－＠]')  # noqa: RUF001
TEXTS = st.text(min_size=1) | st.text(";|\t\n\r,\" '=+-@x＝", min_size=1)  # noqa: RUF001


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@given(name=TEXTS)
def test_no_text_becomes_a_formula_with_any_separator(separator, name):
    write = csv.writer(csv_responses.Echo()).writerow
    line = write([1, csv_responses.escape_formulas(name), "x"])
    cells = chain(*csv.reader(io.StringIO(line, newline=""), delimiter=separator))
    assert not list(filter(FORMULA.match, cells))


@given(name=TEXTS)
@example(name="'\n")
def test_no_name_breaks_a_line(name):
    write = csv.writer(csv_responses.Echo()).writerow
    line = write([1, csv_responses.escape_formulas(name)])
    [[_, cell]] = csv.reader(io.StringIO(line, newline=""))
    assert cell == csv_responses.escape_formulas(name)
    assert csv_responses.unescape_formulas(cell) == name


def test_memory_does_not_grow_with_the_table(ada_client, ada, monkeypatch):
    """Some hundred invoices at a time, each time by the same two queries."""
    invoices = Invoice.objects.bulk_create(
        Invoice(user=ada, invoice_date="2026-01-01") for _ in range(25)
    )
    InvoiceItem.objects.bulk_create(
        InvoiceItem(invoice=invoice, part_code="x", units=1, unit_price=1)
        for invoice in invoices
    )
    monkeypatch.setattr(csv_export, "CHUNK_SIZE", 10)
    with CaptureQueriesContext(connection) as before:
        stream = iter(ada_client.get("/invoices.csv").streaming_content)
    assert sum("orders_invoiceitem" in query["sql"] for query in before) == 1
    sizes, queries = [], []
    for _ in range(4):
        with CaptureQueriesContext(connection) as each:
            sizes.append(next(stream).count(b"\r\n"))
        queries.append(len(each))

    # The head, the chunk that was read ahead, and two more.
    assert sizes == [1, 10, 10, 5]
    assert queries == [0, 0, 2, 2]
    assert list(stream) == []


def test_rows_that_come_and_go_meanwhile_move_no_others(ada_client, ada, monkeypatch):
    monkeypatch.setattr(csv_export, "CHUNK_SIZE", 2)
    keys = [InvoiceFactory(user=ada).pk for _ in range(6)]
    stream = iter(ada_client.get("/invoices.csv").streaming_content)
    lines = [next(stream), next(stream)]
    Invoice.objects.filter(pk__in=keys[:3]).delete()
    lines += stream

    ids = [line.split(b",")[0] for line in b"".join(lines).splitlines()[1:]]
    assert [int(pk) for pk in ids] == [*keys[:2], *keys[3:]]


def test_each_invoice_is_there_once_whatever_its_filter_joins(ada_client, ada):
    invoice = InvoiceFactory(user=UserFactory())
    own_invoice = InvoiceFactory(user=ada)
    InvoiceItemFactory.create_batch(3, invoice=own_invoice, part_code="M8")
    InvoiceItemFactory(invoice=invoice, part_code="M8")

    lines = rows(ada_client.get("/invoices.csv?invoiceItems.partCode=M8"))
    assert [(row["id"], row["items"]) for row in lines] == [(str(own_invoice.pk), "3")]
