"""The HTML page of an invoice, on a screen and on paper."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from orders.models import Invoice
from orders.services import issue
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_is_accessible(page, invoice, scheme, width):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    for _ in ("draft", "issued"):
        page.goto(f"/invoices/{invoice.pk}.html")
        assert page.title()
        violations = Axe().run(page).response["violations"]
        assert [(each["id"], each["nodes"]) for each in violations] == []
        width_needed = page.evaluate("document.documentElement.scrollWidth")
        assert width_needed <= width
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
