"""An invoice typed, issued and printed in the admin: the same total everywhere."""

from __future__ import annotations

import random
from decimal import Decimal
from io import BytesIO

import pytest
from django.contrib.auth.models import Permission
from django.forms import modelform_factory
from django.urls import reverse
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from orders.models import TOO_MUCH, Invoice, InvoiceItem
from orders.printing.sheet import format_money
from orders.services import issue
from tests.browser.axe import check
from tests.orders.factories import InvoiceFactory, InvoiceItemFactory
from tests.support.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Instead of an amount that is not counted.
DASH = "\u2013"
ITEM = "#id_invoice_items-{}-{}"
UNITS = [
    "0",
    "-0",
    "1",
    "-1",
    "007",
    "3.0",
    "3.5",
    "",
    "1e3",
    "2147483647",
    "-2147483648",
]
UNITS += ["2147483648", "99999999999999999999", "-", "0.000"]
PRICES = ["0", "-0.00", "0.01", "-0.01", "0.005", "1.10", "1.100", ".5", "5.", "007.70"]
PRICES += [
    "9999999999.99",
    "-9999999999.99",
    "10000000000",
    "",
    "1e3",
    "1e-2",
    "1.5e-1",
]
PRICES += ["15e-3", "1e9", "1e10", "0e99", "123456789012345678901234567890", "1e400"]
# Sets the inputs of all rows; returns what the browser makes of each text.
TYPE_ALL = """rows => rows.map(([units, price], index) => {
    const inputs = ["units", "unit_price"].map(
        name => document.getElementById(`id_invoice_items-${index}-${name}`)
    );
    [inputs[0].value, inputs[1].value] = [units, price];
    inputs[1].dispatchEvent(new Event("input", { bubbles: true }));
    return inputs.map(input => input.value);
})"""


@pytest.fixture
def desk(watched, staff, log_in) -> Page:
    """A browser in which a superuser is logged in; it remembers errors."""
    return log_in(watched, "staff")


@pytest.fixture
def draft(ada) -> Invoice:
    draft = InvoiceFactory(user=ada)
    InvoiceItemFactory(invoice=draft, part_code="a", units=3, unit_price="0.33")
    InvoiceItemFactory(invoice=draft, part_code="b", units=2, unit_price="617.25")
    return draft


def url_of(name: str, *args) -> str:
    return reverse(f"admin:orders_{name}", args=args)


def fill(page: Page, row: int, part_code: str, units: str, price: str) -> None:
    page.fill(ITEM.format(row, "part_code"), part_code)
    page.fill(ITEM.format(row, "units"), units)
    page.fill(ITEM.format(row, "unit_price"), price)


def total(page: Page) -> str:
    return page.inner_text(".line-items output")


def test_an_invoice_is_typed_issued_and_printed_with_one_total(desk, ada):
    desk.goto(url_of("invoice_add"))
    desk.click(".select2-selection")
    desk.fill(".select2-search__field", "ada")
    desk.click(".select2-results__option:has-text('ada')")
    fill(desk, 0, "WIRE-6MM-M", "46", "7.35")
    fill(desk, 1, "odd cents", "3", "0.33")
    desk.press(ITEM.format(1, "unit_price"), "Enter")
    desk.keyboard.type("big")
    fill(desk, 2, desk.input_value(ITEM.format(2, "part_code")), "-7", "1234567.89")
    assert total(desk) == "-8,641,636.14"
    desk.click("input[name=_issue]")

    desk.wait_for_selector("h1:has-text('Issue this invoice?')")
    invoice = Invoice.objects.get()
    expected = format_money(invoice.total)
    assert expected == "-8,641,636.14"
    assert desk.inner_text(".invoice-summary .sum") == expected
    assert f"Check: The total is {expected}." in desk.inner_text("#content")
    desk.click("text=Issue invoice")
    desk.wait_for_selector("text=is issued")

    invoice.refresh_from_db()
    assert invoice.is_issued
    assert total(desk) == expected
    expect(desk.locator(".messagelist a")).to_have_text(["Print", "PDF"])
    pdf = desk.request.get(reverse("orders:invoice-pdf", args=[invoice.pk])).body()
    texts = [each.extract_text() for each in PdfReader(BytesIO(pdf)).pages]
    assert expected in texts[-1].partition("Total")[2]
    desk.click(".object-tools a:has-text('Print')")
    assert desk.inner_text(".total strong") == expected
    assert desk.errors == []


def test_live_amounts_are_those_of_the_server(desk, ada):
    """Texts at each limit and random ones, in the form and in the server's form."""
    rows = 40
    draft = InvoiceFactory(user=ada)
    InvoiceItemFactory.create_batch(rows, invoice=draft)
    desk.goto(url_of("invoice_change", draft.pk))
    pick = random.Random(20)
    for _ in range(12):
        texts = [random_texts(pick) for _ in range(rows)]
        texts = desk.evaluate(TYPE_ALL, texts)
        cells = desk.locator(".has_original .field-item_amount p").all_inner_texts()
        amounts = [amount_of(*each) for each in texts]
        amounts_shown = [
            DASH if amount is None else format_money(amount) for amount in amounts
        ]
        assert list(zip(texts, cells, strict=True)) == list(
            zip(texts, amounts_shown, strict=True)
        )
        counted = [amount for amount in amounts if amount is not None]
        expected = sum(counted, Decimal())
        is_exact = abs(expected) < TOO_MUCH
        assert total(desk) == (format_money(expected) if is_exact else DASH)
        assert desk.locator(".not-counted").count() == rows - len(counted)
    # Chromium warns of each text that is no number.
    assert not [text for text in desk.errors if "cannot be parsed" not in text]


def random_texts(pick: random.Random) -> tuple[str, str]:
    units = pick.choice([*UNITS, str(pick.randint(-(2**31), 2**31 - 1)), "12", "3"])
    cents = pick.randint(-(10**12) + 1, 10**12 - 1) // 10 ** pick.randint(0, 11)
    price = str(Decimal(cents).scaleb(-2))
    return units, pick.choice([*PRICES, price, price, price])


def amount_of(units: str, price: str) -> Decimal | None:
    """Return the amount of the texts if the server's form accepts them."""
    form_class = modelform_factory(InvoiceItem, fields=["units", "unit_price"])
    form = form_class({"units": units, "unit_price": price})
    return form.instance.amount if form.is_valid() else None


def test_the_total_follows_added_removed_and_deleted_rows(desk, draft):
    desk.goto(url_of("invoice_change", draft.pk))
    assert total(desk) == "1,235.49"
    desk.check(ITEM.format(0, "DELETE"))
    assert total(desk) == "1,234.50"
    assert desk.inner_text("#invoice_items-0 .field-item_amount") == DASH
    fill(desk, 2, "new", "1", "0.5")
    desk.press(ITEM.format(2, "unit_price"), "Enter")
    assert desk.evaluate("document.activeElement.id") == "id_invoice_items-3-part_code"
    fill(desk, 3, "half", "1", "")
    assert total(desk) == "1,235.00"
    note = desk.locator(".line-note")
    assert note.inner_text() == "⚠ Item 4 is not counted: check its unit price."
    desk.click("#invoice_items-3 .inline-deletelink")
    assert note.inner_text() == ""
    fill(desk, 2, "new", "2000", "9999999999.99")
    assert "Item 3 is not counted: the amount has more than 15" in note.inner_text()
    desk.click("#invoice_items-2 .inline-deletelink")
    desk.click("input[name=_continue]")

    desk.wait_for_selector("text=was changed successfully")
    assert total(desk) == format_money(draft.total) == "1,234.50"
    assert desk.errors == []


def test_rows_that_the_user_may_only_see_count_as_well(page, draft, log_in):
    clerk = UserFactory(email="clerk@example.com", is_staff=True)
    names = ["view_invoice", "change_invoice", "view_user"]
    names += ["view_invoiceitem", "add_invoiceitem", "delete_invoiceitem"]
    clerk.user_permissions.set(Permission.objects.filter(codename__in=names))
    log_in(page, "clerk")
    page.goto(url_of("invoice_change", draft.pk))
    fill(page, 2, "new", "2", "0.25")
    assert total(page) == "1,235.99"
    page.check(ITEM.format(1, "DELETE"))
    assert total(page) == "1.49"
    page.uncheck(ITEM.format(1, "DELETE"))
    assert total(page) == "1,235.99"


def test_a_double_click_issues_once(desk, draft, ada):
    other = InvoiceItemFactory(invoice__user=ada).invoice
    desk.goto(url_of("invoice_issue", draft.pk))
    desk.dblclick("text=Issue invoice")
    desk.wait_for_selector("text=is issued")

    assert "already" not in desk.inner_text("#main")
    assert issue(invoice=other).sequence == 2


@pytest.mark.parametrize("field", ["units", "invoice_date"])
def test_unsaved_changes_are_not_lost_silently(desk, draft, field):
    asked = []
    desk.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    url = url_of("invoice_change", draft.pk)
    desk.goto(url)
    if field == "units":
        desk.fill(ITEM.format(0, field), "9")
    else:
        desk.click("text=Today")
    desk.click(".object-tools a:has-text('Print')", no_wait_after=True)
    desk.wait_for_timeout(200)
    assert asked == ["beforeunload"]
    assert desk.url.endswith(url)
    desk.click("input[name=_continue]")
    desk.wait_for_selector("text=was changed successfully")
    desk.click(".add-row a")
    desk.click(".object-tools a:has-text('Print')")
    desk.wait_for_selector("h1:has-text('Draft invoice')")
    assert asked == ["beforeunload"]


def test_without_javascript_an_invoice_is_written_and_issued(
    browser, live_server, log_in, staff, draft
):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    log_in(page, "staff")
    page.goto(url_of("invoice_change", draft.pk))
    assert "Total, as last saved" in page.inner_text(".line-items tfoot")
    assert total(page) == "1,235.49"
    fill(page, 2, "new", "2", "0.01")
    page.click("input[name=_issue]")
    assert page.inner_text(".invoice-summary .sum") == "1,235.51"
    page.click("text=Issue invoice")
    assert "can no longer be changed" in page.inner_text(".invoice-state")
    context.close()

    draft.refresh_from_db()
    assert draft.is_issued


def test_the_pages_are_accessible_and_fit(desk, draft, ada):
    issued = issue(invoice=InvoiceItemFactory(invoice__user=ada).invoice)
    empty = InvoiceFactory(user=ada)
    for url in (
        url_of("invoice_add"),
        url_of("invoice_change", draft.pk),
        url_of("invoice_change", issued.pk),
        url_of("invoice_issue", draft.pk),
        url_of("invoice_issue", empty.pk),
    ):
        desk.goto(url)
        check(desk)
    desk.goto(url_of("invoice_changelist"))
    desk.check("#action-toggle")
    desk.select_option("select[name=action]", "issue_selected")
    desk.click("button[name=index]")
    desk.wait_for_selector(".issue-list")
    check(desk)
    desk.goto(url_of("invoice_change", draft.pk))
    fill(desk, 1, "", "", "1")
    fill(desk, 2, "new", "2147483647", "9999999999.99")
    desk.click("input[name=_save]")
    desk.wait_for_selector(".errornote")
    check(desk)
