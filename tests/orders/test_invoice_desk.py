"""The page on which an invoice is written and issued, without a browser."""

from __future__ import annotations

from decimal import Decimal
from html import unescape

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from orders.models import Invoice, InvoiceItem
from orders.services import issue
from tests.orders.factories import (
    InvoiceFactory,
    InvoiceItemFactory,
    JobFactory,
    OrderItemFactory,
)
from tests.support.factories import UserFactory
from tests.support.jobs import run

BLANK = {"part_code": "", "units": "", "unit_price": ""}


@pytest.fixture
def draft(ada) -> Invoice:
    return InvoiceItemFactory(
        invoice__user=ada, units=3, unit_price=Decimal("411.50")
    ).invoice


def url_of(name: str, *args) -> str:
    return reverse(f"admin:orders_{name}", args=args)


def form_of(invoice: Invoice | None, *rows: dict[str, object], **more):
    """Return what the form of an invoice sends: its items as they are, and new ones."""
    kept = list(invoice.invoice_items.all()) if invoice else []
    body: dict[str, object] = {
        "user": invoice.user_id if invoice else "",
        "invoice_date": "2026-11-30",
        "invoice_items-TOTAL_FORMS": len(kept) + len(rows),
        "invoice_items-INITIAL_FORMS": len(kept),
    }
    for number, item in enumerate(kept):
        columns = {"id": item.pk, "invoice": item.invoice_id} | row_of(item)
        body |= {f"invoice_items-{number}-{k}": v for k, v in columns.items()}
    for number, row in enumerate(rows, len(kept)):
        body |= {f"invoice_items-{number}-{k}": v for k, v in row.items()}
    return body | more


def row_of(item: InvoiceItem) -> dict[str, object]:
    return {name: getattr(item, name) for name in BLANK}


def seen_on(client, draft: Invoice) -> str:
    return client.get(url_of("invoice_issue", draft.pk)).context["seen"]


def test_the_page_says_what_issuing_does(staff_client, draft):
    text = staff_client.get(url_of("invoice_issue", draft.pk)).content.decode()

    number = f"{timezone.localdate().year}-000001"
    for part in (number, "ada@example.com", "1,234.50", "can no longer be changed"):
        assert part in text
    assert "Check:" not in text
    draft.refresh_from_db()
    assert not draft.is_issued


@pytest.mark.parametrize(
    ("columns", "warning"),
    [
        (None, "The invoice has no items, so it can&#x27;t be issued."),
        ({"unit_price": 0}, "The total is 0.00."),
        ({"units": -1}, "The total is -20.00."),
        ({"part_code": "\u200b"}, "Items without a part code: 1 of 1."),
    ],
)
def test_the_page_warns_of_probable_mistakes(staff_client, ada, columns, warning):
    draft = InvoiceFactory(user=ada)
    if columns:
        InvoiceItemFactory(invoice=draft, **columns)
    text = staff_client.get(url_of("invoice_issue", draft.pk)).content.decode()

    assert warning in text
    assert ('value="Issue invoice"' in text) is bool(columns)


def test_a_second_click_issues_nothing_more(staff_client, draft):
    url, body = (
        url_of("invoice_issue", draft.pk),
        {"seen": seen_on(staff_client, draft)},
    )
    first = staff_client.post(url, body, follow=True).content.decode()
    second = staff_client.post(url, body, follow=True).content.decode()

    draft.refresh_from_db()
    assert draft.sequence == 1
    assert f"Invoice {draft.number} is issued." in first
    assert f"Invoice {draft.number} has already been issued." in second
    history = staff_client.get(url_of("invoice_history", draft.pk)).content.decode()
    assert history.count(f"Issued as {draft.number}.") == 1


@pytest.mark.parametrize("change", ["item", "customer", "nothing sent"])
def test_only_what_the_user_has_seen_is_issued(staff_client, draft, change):
    body = {"seen": seen_on(staff_client, draft)}
    if change == "item":
        InvoiceItemFactory(invoice=draft)
    elif change == "customer":
        draft.user.name = "ada lovelace"
        draft.user.save()
    else:
        body = {}
    url = url_of("invoice_issue", draft.pk)
    response = staff_client.post(url, body)

    assert "The draft has changed since you opened this page." in (
        response.content.decode()
    )
    draft.refresh_from_db()
    assert not draft.is_issued
    staff_client.post(url, {"seen": response.context["seen"]})
    draft.refresh_from_db()
    assert draft.is_issued


def test_a_draft_that_cannot_be_issued_stays_one(staff_client, ada):
    draft = InvoiceFactory(user=ada)
    url, body = (
        url_of("invoice_issue", draft.pk),
        {"seen": seen_on(staff_client, draft)},
    )

    text = unescape(staff_client.post(url, body).content.decode())
    assert f"Invoice {draft.pk} has no items, so it can't be issued." in text


def test_a_draft_deleted_in_the_meantime_leads_to_the_list(staff_client, draft):
    url = url_of("invoice_issue", draft.pk)
    draft.delete()

    for response in (staff_client.get(url, follow=True), staff_client.post(url)):
        assert response.status_code in {200, 302}
    text = staff_client.get(url_of("invoice_changelist")).content.decode()
    assert "no longer exists." in text


def test_the_permission_is_checked_on_each_request(client, draft):
    clerk = UserFactory(is_staff=True)
    names = ["view_invoice", "change_invoice", "view_invoiceitem"]
    clerk.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(clerk)
    url, body = url_of("invoice_issue", draft.pk), {"seen": seen_on(client, draft)}
    clerk.user_permissions.remove(Permission.objects.get(codename="change_invoice"))

    assert client.post(url, body).status_code == 403
    assert client.get(url).status_code == 403
    draft.refresh_from_db()
    assert not draft.is_issued
    page = client.get(url_of("invoice_change", draft.pk)).content.decode()
    assert "Save and issue" not in page
    assert "1,234.50" in page


def test_save_and_issue_saves_first_and_then_asks(staff_client, ada, draft):
    row = {"part_code": "new", "units": 2, "unit_price": "0.25"}
    body = form_of(draft, row, BLANK, _issue="Save and issue…")
    changed = staff_client.post(url_of("invoice_change", draft.pk), body, follow=True)
    assert "1,235.00" in changed.content.decode()

    body = form_of(None, row, BLANK, user=ada.pk, _issue="Save and issue…")
    added = staff_client.post(url_of("invoice_add"), body, follow=True)
    new = Invoice.objects.latest("pk")
    assert added.redirect_chain[-1][0] == url_of("invoice_issue", new.pk)
    assert new.invoice_items.get().part_code == "new"
    assert not new.is_issued

    body = form_of(draft, row | {"units": ""}, _issue="Save and issue…")
    refused = staff_client.post(url_of("invoice_change", draft.pk), body)
    assert "This field is required." in refused.content.decode()


def test_a_new_invoice_is_of_today_and_has_rows_to_fill_in(staff_client, db):
    page = staff_client.get(url_of("invoice_add")).content.decode()

    assert f'value="{timezone.localdate():%Y-%m-%d}"' in page
    assert 'name="invoice_items-2-units"' in page
    assert ">0.00</output>" in page


def test_an_issued_invoice_offers_printing_and_nothing_else(
    staff_client, ada, settings
):
    settings.QUINTET_INVOICE_DUE_DAYS = 0
    settings.QUINTET_INVOICE_CURRENCY = "EUR"
    settings.QUINTET_INVOICE_NOTE = ["IBAN DE02"]
    order = OrderItemFactory(order__owner=ada).order
    job = JobFactory(order=order)
    run(job.pk)
    issued = issue(invoice=job.invoice)
    page = staff_client.get(url_of("invoice_change", issued.pk)).content.decode()

    assert f"Issued on {timezone.localdate()} as {issued.number}." in page
    assert ">40.00</output>" in page
    for kept in (str(issued.due_date), "EUR", "IBAN DE02"):
        assert f'<div class="readonly">{kept}</div>' in page
    for there in (
        reverse("orders:invoice-html", args=[issued.pk]),
        reverse("orders:invoice-pdf", args=[issued.pk]),
        url_of("order_change", order.pk),
        url_of("job_change", job.pk),
    ):
        assert f'href="{there}"' in page
    item = staff_client.get(
        url_of("invoiceitem_change", issued.invoice_items.get().pk)
    ).content.decode()
    for absent in ('name="_save"', 'name="_issue"', "deletelink", "as last saved"):
        assert absent not in page
    assert "deletelink" not in item

    order_page = staff_client.get(url_of("order_change", order.pk)).content.decode()
    assert f'href="{url_of("invoice_change", issued.pk)}">{issued.number}</a>' in (
        order_page
    )


def test_changes_after_the_issue_are_refused_with_a_reason(staff_client, client, draft):
    body = form_of(draft, _issue="Save and issue…")
    issue(invoice=draft)
    url = url_of("invoice_change", draft.pk)
    text = staff_client.post(url, body, follow=True).content.decode()
    assert "was issued in the meantime" in text
    assert "Your changes were not saved." in text

    client.force_login(UserFactory(is_staff=True))
    assert client.post(url, body).status_code == 403
    assert client.post(url_of("invoice_change", "_5Fx"), body).status_code == 403


def test_an_invoice_that_could_not_be_issued_is_not_saved(
    staff_client, draft, monkeypatch
):
    url = url_of("invoice_change", draft.pk)
    large = {"part_code": "x", "units": 999, "unit_price": "9999999999.99"}
    text = staff_client.post(url, form_of(draft, large, large)).content.decode()
    assert "The total has more than 15 digits." in text

    # A form of as many items as there may be takes seconds.
    monkeypatch.setattr("orders.admin.invoice_items.MAX_ITEMS", 5)
    InvoiceItemFactory.create_batch(5 - draft.invoice_items.count(), invoice=draft)
    small = {"part_code": "x", "units": 1, "unit_price": "1"}
    text = staff_client.post(url, form_of(draft, small)).content.decode()
    assert "An invoice can have at most 5 items." in text

    first = {"invoice_items-0-DELETE": "on"}
    assert staff_client.post(url, form_of(draft, small) | first).status_code == 302
    assert draft.invoice_items.count() == 5


def test_pages_cost_the_same_for_any_number_of_items(staff_client, draft):
    def count(url: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert staff_client.get(url).status_code == 200
        return len(queries)

    urls = [url_of("invoice_change", draft.pk), url_of("invoice_issue", draft.pk)]
    count(urls[0])  # Fills Django's cache of content types.
    few = [count(url) for url in urls]
    InvoiceItemFactory.create_batch(199, invoice=draft)
    assert [count(url) for url in urls] == few
    assert max(few) <= 8
