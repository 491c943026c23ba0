"""The HTML page of an invoice, on a screen and on paper."""

from __future__ import annotations

import pytest

from orders.models import Invoice
from orders.services import issue
from tests.browser.axe import violations_everywhere
from tests.orders.factories import InvoiceItemFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def invoice(ada, settings) -> Invoice:
    settings.QUINTET_INVOICE_DUE_DAYS = 14
    settings.QUINTET_INVOICE_CURRENCY = "EUR"
    settings.QUINTET_INVOICE_NOTE = ["IBAN DE02 1203 0000 0000 2020 51"]
    item = InvoiceItemFactory(invoice__user=ada, part_code="x" * 60)
    InvoiceItemFactory(invoice=item.invoice, part_code="שלום हिन्दी 🦊")
    return item.invoice


def test_the_page_is_accessible(page, invoice):
    for _ in ("draft", "issued"):
        page.goto(f"/invoices/{invoice.pk}.html")
        assert page.title()
        assert violations_everywhere(page) == []
        issue(invoice=invoice)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_printed_black_on_white(page, invoice, scheme):
    page.emulate_media(media="print", color_scheme=scheme)
    page.goto(f"/invoices/{invoice.pk}.html")
    colors = page.evaluate(
        """() => {
            const style = getComputedStyle(document.documentElement);
            return [style.color, style.backgroundColor];
        }"""
    )

    assert colors == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
