"""Invoices on paper: the page and the PDF."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from html import unescape

import pytest
import time_machine
from django.conf import settings as project
from pypdf import PdfReader

from orders.models import Invoice
from orders.printing.pdf import pdf_of
from orders.printing.sheet import Sheet, sheet_of, to_printable
from orders.services import issue
from tests.orders.factories import InvoiceFactory, InvoiceItemFactory

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
FORMS = ["html", "pdf"]


@pytest.fixture
def draft(ada) -> Invoice:
    ada.name = "Αθηνά Жукова"
    ada.save()
    return InvoiceItemFactory(invoice__user=ada, part_code="M8 & <b>bolt</b>").invoice


@pytest.fixture
def issued(draft) -> Invoice:
    return issue(invoice=draft, at=NOW)


def text_of(content: bytes) -> str:
    """The text of a page or PDF, as people read it."""
    if content.startswith(b"%PDF"):
        pages = PdfReader(io.BytesIO(content)).pages
        text = "\n".join(page.extract_text() for page in pages)
    else:
        text = unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", content.decode()))
    return re.sub(r"\s+", " ", text)


def sheet(*codes: str, customer: str = "x", is_draft: bool = False) -> Sheet:
    lines = [
        (str(position), to_printable(code), "1", "2.00", "2.00")
        for position, code in enumerate(codes, start=1)
    ]
    return Sheet(
        title="Invoice 2026-000001",
        is_draft=is_draft,
        seller=["Quintet"],
        customer=[to_printable(customer)],
        facts=[("Number", "2026-000001")],
        lines=lines,
        total="2.00",
        note=[],
        created_at=NOW,
    )


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Returns an invoice only as JSON",
    new="Also returns a page (`.html`) and a PDF (`.pdf`)",
)
@pytest.mark.parametrize("form", FORMS)
def test_both_forms_show_the_whole_invoice(ada_client, issued, form, settings):
    settings.QUINTET_SELLER = ["Another Seller", "Another Street"]
    response = ada_client.get(f"/invoices/{issued.pk}.{form}")

    assert response.status_code == 200
    text = text_of(response.content)
    for part in [
        *("Invoice 2026-000001", "From Quintet", "ada@example.com", "Αθηνά Жукова"),
        *("Issued 2026-11-21", "Invoice date 2020-08-27", "M8 & <b>bolt</b>"),
        *("Part Units Unit price Amount", "20.00", "Total 20.00"),
    ]:
        assert part in text, text
    assert "DRAFT" not in text
    assert "Another" not in text


@pytest.mark.parametrize("form", FORMS)
def test_a_draft_says_so_and_shows_the_seller_of_the_settings(
    ada_client, draft, form, settings
):
    settings.QUINTET_SELLER = ["Lines & Sons", "Main Street 1"]
    text = text_of(ada_client.get(f"/invoices/{draft.pk}.{form}").content)

    assert "DRAFT" in text
    assert "none until it is issued" in text
    assert "From Lines & Sons Main Street 1" in text


@pytest.mark.parametrize("form", FORMS)
def test_who_may_read_an_invoice_may_print_it(
    api, client, client_of, ada_client, bob_client, ada, staff, issued, form, settings
):
    url = f"/invoices/{issued.pk}.{form}"
    client.force_login(ada)
    for reader in (ada_client, client, client_of(staff), api):
        for spelling in (url, f"{url}/"):
            assert reader.get(spelling).status_code == 200
    response = bob_client.get(url)
    text = f"Invoice with {{'id': {issued.pk}}} not found"
    assert (response.status_code, response.json()) == (404, {"message": text})
    settings.QUINTET_ACCESS = "closed"
    response = api.get(url)
    assert (response.status_code, response.json()) == (
        401,
        {"message": "Unauthorized User"},
    )


@pytest.mark.parametrize("accept", ["application/pdf", "text/html", "image/*", "x"])
@pytest.mark.parametrize("form", FORMS)
def test_the_url_says_the_form_whatever_is_accepted(ada_client, issued, form, accept):
    headers = {"accept": accept}
    response = ada_client.get(f"/invoices/{issued.pk}.{form}", headers=headers)

    assert response.status_code == 200
    assert form in response.headers["Content-Type"]
    assert ada_client.get(f"/invoices/4711.{form}", headers=headers).status_code == 404


@pytest.mark.parametrize(
    "url", ["/invoices/x.pdf", "/invoices/1.doc", "/invoices/.pdf"]
)
def test_what_is_no_printed_invoice_is_404_in_words(ada_client, issued, url):
    assert ada_client.get(url).json() == {"message": "Not found."}
    assert ada_client.post(f"/invoices/{issued.pk}.pdf", {}, "json").status_code == 405


# The page


def test_the_page_asks_for_nothing_and_runs_nothing(ada_client, issued):
    response = ada_client.get(f"/invoices/{issued.pk}.html")
    page = response.content.decode()

    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    digest = hashlib.sha256(style.encode()).digest()
    policy = response.headers["Content-Security-Policy"]
    assert policy == (
        "default-src 'none';"
        f" style-src 'sha256-{base64.b64encode(digest).decode()}';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert not re.search(r"""\b(src|href|style|on\w+)=|url\(|@import|<script""", page)
    assert "<b>" not in page
    assert "&lt;b&gt;bolt&lt;/b&gt;" in page


def test_texts_of_either_direction_stand_apart(ada_client, issued):
    page = ada_client.get(f"/invoices/{issued.pk}.html").content.decode()

    assert page.count("<bdi>") == 1
    assert '<p dir="auto">Αθηνά Жукова</p>' in page


# The PDF


@pytest.mark.parametrize("text", ["שלום עולם", "مرحبا"])
def test_what_is_written_from_right_to_left_is_drawn_so(text):
    """Its letters as the eye finds them on the paper, from left to right."""
    [page] = PdfReader(io.BytesIO(pdf_of(sheet(f"{text} 12")))).pages
    drawn = page.extract_text(extraction_mode="layout")

    assert f"12 {text[::-1]}" in drawn


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\u202eb\u2066c\ufeff", "abc"),
        ("a\nb\tc\x1bd", "a b cd"),
        ("e\u0301", "é"),
        ("\u1112\u1161\u11ab", "한"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
        ("{nb} {{ x }} %s", "{nb} {{ x }} %s"),
    ],
)
def test_nothing_hides_or_turns_a_text(text, clean):
    assert to_printable(text) == clean
    pdf_of(sheet(text, customer=text))


def test_a_long_invoice_has_headings_and_numbers_on_each_page(ada):
    invoice = InvoiceFactory(user=ada)
    codes = ["M8", "漢" * 80, "x" * 80, "many words " * 7, "שלום"]
    InvoiceItemFactory.create_batch(5, invoice=invoice)
    for code in codes * 19:
        InvoiceItemFactory(invoice=invoice, part_code=code)
    invoice = issue(invoice=invoice, at=NOW)
    pages = [
        re.sub(r"\s+", " ", page.extract_text())
        for page in PdfReader(io.BytesIO(pdf_of(sheet_of(invoice)))).pages
    ]

    assert len(pages) > 3
    for number, text in enumerate(pages, start=1):
        assert "# Part Units Unit price Amount" in text
        assert f"Page {number} of {len(pages)}" in text
        assert ("Total 2,000.00" in text) == (number == len(pages))
    positions = [
        int(position)
        for text in pages
        for position in re.findall(r"(\d+) [^ ]+ 1 20\.00", text)
    ]
    assert set(range(1, 6)) <= set(positions)
    assert "".join(pages).count("20.00 20.00") == 100


def test_the_largest_invoice_is_printed(ada):
    text = text_of(pdf_of(sheet(*["漢字 שלום part"] * 1000)))

    assert "1000" in text
    assert text.count("2.00 2.00") == 1000


SCRIPT = """
import sys, django
django.setup()
from tests.orders.test_invoice_print import sheet
from orders.printing.pdf import pdf_of
sys.stdout.buffer.write(pdf_of(sheet("M8", "漢字", "שלום", is_draft=True)))
"""


def test_the_same_invoice_is_the_same_pdf_in_every_process():
    def printed(seed: str) -> bytes:
        environment = {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": str(project.BASE_DIR),
            "PYTHONIOENCODING": "utf-8",
        }
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=environment,
            cwd=project.BASE_DIR,
            capture_output=True,
            timeout=60,
            check=True,
        )
        return run.stdout

    first = printed("1")
    assert first.startswith(b"%PDF")
    assert first == printed("2") == pdf_of(sheet("M8", "漢字", "שלום", is_draft=True))


@pytest.mark.parametrize("form", FORMS)
def test_the_same_invoice_is_the_same_bytes_later(client_of, ada, issued, form):
    url = f"/invoices/{issued.pk}.{form}"
    first = client_of(ada).get(url).content
    with time_machine.travel("2031-01-01"):
        assert client_of(ada).get(url).content == first


def test_a_pdf_takes_along_a_part_of_its_fonts(ada_client, issued):
    response = ada_client.get(f"/invoices/{issued.pk}.pdf")
    assert len(response.content) < 60_000
    disposition = 'inline; filename="2026-000001.pdf"'
    assert response.headers["Content-Disposition"] == disposition


def test_a_draft_without_items_is_printed(ada_client, ada):
    invoice = InvoiceFactory(user=ada, invoice_date=date(1, 1, 1))

    for form in FORMS:
        text = text_of(ada_client.get(f"/invoices/{invoice.pk}.{form}").content)
        assert "Total 0.00" in text
        assert "0001-01-01" in text
