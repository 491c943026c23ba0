"""The paper of invoices, and what settings print on those that are issued."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import UTC, date, datetime

import pytest

from orders.models import Invoice
from orders.printing.pdf import pdf_of
from orders.printing.sheet import sheet_of
from orders.services import issue
from tests.orders.factories import InvoiceItemFactory
from tests.orders.test_invoice_print import FORMS, sheet, text_of
from tests.support.pdf import pages_of

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
NOTE = ["Tax number 12/345/67890", "", "IBAN DE02 1203 0000 0000 2020 51"]


@pytest.fixture
def draft(ada) -> Invoice:
    return InvoiceItemFactory(invoice__user=ada, part_code="M8").invoice


@pytest.fixture
def terms(settings) -> None:
    settings.QUINTET_INVOICE_DUE_DAYS = 30
    settings.QUINTET_INVOICE_CURRENCY = "EUR"
    settings.QUINTET_INVOICE_NOTE = NOTE


@pytest.fixture
def no_terms(settings) -> None:
    settings.QUINTET_INVOICE_DUE_DAYS = None
    settings.QUINTET_INVOICE_CURRENCY = ""
    settings.QUINTET_INVOICE_NOTE = []


def printed(client, invoice: Invoice, form: str) -> str:
    return text_of(client.get(f"/invoices/{invoice.pk}.{form}").content)


@pytest.mark.parametrize("form", FORMS)
def test_an_issued_invoice_keeps_the_terms_of_its_day(
    ada_client, draft, terms, form, settings
):
    issue(invoice=draft, at=NOW)
    settings.QUINTET_INVOICE_DUE_DAYS = None
    settings.QUINTET_INVOICE_CURRENCY = "USD"
    settings.QUINTET_INVOICE_NOTE = ["Other"]
    text = printed(ada_client, draft, form)

    for part in ("Due date 2026-12-21", "Total EUR 20.00", *NOTE):
        assert part in text
    assert "USD" not in text
    assert "Other" not in text


@pytest.mark.parametrize("form", FORMS)
def test_an_invoice_without_terms_never_gets_some(
    ada_client, draft, no_terms, form, settings
):
    issue(invoice=draft, at=NOW)
    before = ada_client.get(f"/invoices/{draft.pk}.{form}").content
    settings.QUINTET_INVOICE_DUE_DAYS = 30
    settings.QUINTET_INVOICE_CURRENCY = "EUR"
    settings.QUINTET_INVOICE_NOTE = NOTE

    assert ada_client.get(f"/invoices/{draft.pk}.{form}").content == before
    assert "Due date" not in text_of(before)
    assert "Total 20.00" in text_of(before)


@pytest.mark.parametrize("form", FORMS)
def test_a_draft_shows_the_terms_of_today(ada_client, draft, terms, form, settings):
    text = printed(ada_client, draft, form)
    for part in ("Due date 30 days after it is issued", "Total EUR 20.00", *NOTE):
        assert part in text

    settings.QUINTET_INVOICE_DUE_DAYS = 1
    assert "1 day after it is issued" in printed(ada_client, draft, form)
    draft.refresh_from_db()
    assert (draft.due_date, draft.currency, draft.seller_note) == (None, "", "")


def test_the_due_date_counts_from_the_local_day_of_issue(draft, terms, settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    settings.QUINTET_INVOICE_DUE_DAYS = 0
    late = datetime(2026, 11, 21, 20, tzinfo=UTC)

    assert issue(invoice=draft, at=late).due_date == date(2026, 11, 22)


def test_json_has_no_terms(ada_client, draft, terms):
    before = ada_client.get(f"/invoices/{draft.pk}").json()
    issued = ada_client.post(f"/invoices/{draft.pk}/issue").json()

    assert issued.keys() == before.keys() | {"number", "issuedAt", "total"}
    assert not re.search("EUR|due|IBAN", json.dumps(issued), re.IGNORECASE)


def test_a_note_of_many_lines_stays_on_one_page(ada, terms, settings):
    settings.QUINTET_INVOICE_NOTE = [f"Line {n}" for n in range(10)]
    for _ in range(25):
        invoice = InvoiceItemFactory(invoice__user=ada).invoice
    InvoiceItemFactory.create_batch(24, invoice=invoice)
    invoice = issue(invoice=invoice, at=NOW)
    first, last = [page.extract_text() for page in pages_of(pdf_of(sheet_of(invoice)))]

    assert "Line" not in first
    assert all(f"Line {n}" in last for n in range(10))


# Paper


@pytest.mark.parametrize(
    ("paper", "size"), [("a4", (595, 842)), ("letter", (612, 792))]
)
def test_both_papers_are_filled_to_their_margins(paper, size, settings, ada_client):
    settings.QUINTET_INVOICE_PAPER = paper
    content = pdf_of(sheet("M8"))
    [page] = pages_of(content)
    box = page.mediabox
    assert (round(box.width), round(box.height)) == size

    # The line below the headings ends at the right margin of 15 mm.
    lines = re.findall(rb"([\d.]+) [\d.]+ l S", page.get_contents().get_data())
    assert max(map(float, lines)) == pytest.approx(float(box.width) - 42.5, abs=0.5)


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_the_page_is_printed_on_the_paper(paper, settings, ada_client, draft):
    settings.QUINTET_INVOICE_PAPER = paper
    response = ada_client.get(f"/invoices/{draft.pk}.html")
    style = re.search(r"<style>(.*?)</style>", response.content.decode(), re.DOTALL)[1]

    assert f"size: {paper}; margin" in style
    digest = hashlib.sha256(style.encode()).digest()
    policy = response.headers["Content-Security-Policy"]
    assert base64.b64encode(digest).decode() in policy
