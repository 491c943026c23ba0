"""Invoices in the admin."""

from __future__ import annotations

from datetime import UTC, datetime
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.admin import issuing_selected
from orders.models import Invoice, InvoiceItem
from orders.services import issue
from tests.orders.factories import InvoiceFactory, InvoiceItemFactory

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
LIST = "admin:orders_invoice_changelist"


@pytest.fixture
def draft(ada) -> Invoice:
    return InvoiceItemFactory(invoice__user=ada).invoice


@pytest.fixture
def issued(ada) -> Invoice:
    return issue(invoice=InvoiceItemFactory(invoice__user=ada).invoice, at=NOW)


def page(staff_client, url: str, *args, **query) -> str:
    response = staff_client.get(reverse(url, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def act(staff_client, action: str, *invoices: Invoice, **more):
    keys = [invoice.pk for invoice in invoices]
    body = {"action": action, "_selected_action": keys, **more}
    return staff_client.post(reverse(LIST), body)


def messages_on_list(staff_client) -> str:
    return page(staff_client, LIST)


def test_the_list_tells_numbers_totals_and_states(staff_client, draft, issued):
    both = page(staff_client, LIST)
    assert "2026-000001" in both
    assert "20.00" in both
    for form in ("html", "pdf"):
        assert f'href="/invoices/{issued.pk}.{form}"' in both
    assert "1 invoice" in page(staff_client, LIST, state="draft")
    assert "2026-000001" not in page(staff_client, LIST, state="draft")
    assert "2026-000001" in page(staff_client, LIST, state="issued")


def confirmation_of(staff_client, *invoices: Invoice):
    """Return the page that asks before issuing, and what its form sends."""
    shown = act(staff_client, "issue_selected", *invoices)
    ready = [each.draft for each in shown.context["ready"]]
    return unescape(shown.content.decode()), ready, {"seen": shown.context["seen"]}


def test_selected_drafts_are_issued_once_the_user_has_seen_which(
    staff_client, ada, draft, issued
):
    empty = InvoiceFactory(user=ada)
    free = InvoiceItemFactory(invoice__user=ada, unit_price=0).invoice
    shown, ready, form = confirmation_of(staff_client, draft, free, issued, empty)

    assert ready == [draft, free]
    for text in (
        "Drafts to issue: <strong>2</strong>",
        f"Invoice {empty.pk} has no items, so it can't be issued.",
        "The total is 0.00.",
        "issued already: 1.",
    ):
        assert text in shown
    assert Invoice.objects.exclude(issued_at=None).get() == issued

    act(staff_client, "issue_selected", *ready, **form)
    assert "2 issued." in messages_on_list(staff_client)
    assert list(Invoice.objects.filter(issued_at=None)) == [empty]
    history = page(staff_client, "admin:orders_invoice_history", draft.pk)
    draft.refresh_from_db()
    assert f"Issued as {draft.number}." in history


def test_selected_drafts_that_have_changed_are_shown_again(staff_client, draft):
    _, ready, form = confirmation_of(staff_client, draft)
    InvoiceItemFactory(invoice=draft)

    again = act(staff_client, "issue_selected", *ready, **form)
    assert "The drafts have changed" in again.content.decode()
    draft.refresh_from_db()
    assert not draft.is_issued


def test_the_page_of_selected_drafts_costs_the_same_for_any_number(
    staff_client, ada, monkeypatch
):
    def count(size: int) -> int:
        items = [InvoiceItemFactory(invoice__user=ada) for _ in range(size)]
        with CaptureQueriesContext(connection) as queries:
            confirmation_of(staff_client, *[item.invoice for item in items])
        return len(queries)

    assert count(20) == count(2)
    monkeypatch.setattr(issuing_selected, "MAX_DRAFTS", 21)
    act(staff_client, "issue_selected", *Invoice.objects.all())
    assert "Select at most 100 drafts." in messages_on_list(staff_client)


def test_selected_invoices_are_exported(staff_client, draft, issued):
    InvoiceItemFactory.create_batch(2, invoice=draft)
    url = reverse(LIST)
    body = {"action": "export_selected", "_selected_action": [draft.pk, issued.pk]}
    response = staff_client.post(f"{url}?q=%22111%22", body)

    lines = b"".join(response.streaming_content).decode().splitlines()
    assert response.headers["Content-Type"].startswith("text/csv")
    assert [line.split(",")[0] for line in lines[1:]] == [str(draft.pk), str(issued.pk)]


def change_of(invoice: Invoice, **columns) -> dict[str, object]:
    item = invoice.invoice_items.get()
    return {
        "user": invoice.user_id,
        "invoice_date": "2021-01-01",
        "invoice_items-TOTAL_FORMS": 1,
        "invoice_items-INITIAL_FORMS": 1,
        "invoice_items-0-id": item.pk,
        "invoice_items-0-invoice": invoice.pk,
        "invoice_items-0-part_code": "new",
        "invoice_items-0-units": 9,
        "invoice_items-0-unit_price": "1.00",
        **columns,
    }


def test_a_draft_is_changed_with_its_items(staff_client, draft):
    url = reverse("admin:orders_invoice_change", args=[draft.pk])

    assert staff_client.post(url, change_of(draft)).status_code == 302
    assert draft.invoice_items.get().units == 9
    body = change_of(draft) | {
        "invoice_items-0-units": "",
        "invoice_items-0-unit_price": "",
    }
    assert "This field is required." in staff_client.post(url, body).content.decode()
    body |= {
        "invoice_items-0-units": 2**31 - 1,
        "invoice_items-0-unit_price": "9999999999.99",
    }
    response = staff_client.post(url, body)
    assert "The amount has more than 15 digits." in response.content.decode()


def test_an_issued_invoice_is_only_shown(staff_client, issued):
    url = reverse("admin:orders_invoice_change", args=[issued.pk])
    shown = staff_client.get(url).content.decode()
    assert "2026-000001" in shown
    assert 'name="_save"' not in shown
    assert 'name="invoice_items-0-units"' not in shown

    assert staff_client.post(url, change_of(issued)).status_code == 302
    assert "can no longer be changed. Your changes were not saved." in page(
        staff_client, "admin:orders_invoice_change", issued.pk
    )
    item = reverse(
        "admin:orders_invoiceitem_change", args=[issued.invoice_items.get().pk]
    )
    assert (
        staff_client.post(item, {"invoice": issued.pk, "units": 3}).status_code == 403
    )
    assert issued.invoice_items.get().units == 1


def test_nothing_issued_is_deleted_and_the_page_says_why(staff_client, draft, issued):
    for model, row in (
        ("invoice", issued),
        ("invoiceitem", issued.invoice_items.get()),
    ):
        url = reverse(f"admin:orders_{model}_delete", args=[row.pk])
        for response in (
            staff_client.get(url),
            staff_client.post(url, {"post": "yes"}),
        ):
            assert "Invoice 2026-000001, which is issued" in response.content.decode()
    response = act(staff_client, "delete_selected", draft, issued, post="yes")
    assert "Invoice 2026-000001, which is issued" in response.content.decode()
    assert Invoice.objects.count() == 2
    act(staff_client, "delete_selected", draft, post="yes")
    assert list(Invoice.objects.all()) == [issued]


def test_no_item_is_added_to_an_issued_invoice(staff_client, draft, issued):
    body = {"invoice": issued.pk, "part_code": "x", "units": 1, "unit_price": "1.00"}
    response = staff_client.post(reverse("admin:orders_invoiceitem_add"), body)

    assert "Invoice 2026-000001 is issued." in response.content.decode()
    url = reverse(
        "admin:orders_invoiceitem_change", args=[draft.invoice_items.get().pk]
    )
    response = staff_client.post(url, body)
    assert "Invoice 2026-000001 is issued." in response.content.decode()
    assert InvoiceItem.objects.count() == 2


def test_a_user_with_invoices_is_kept_and_the_page_names_them(staff_client, issued):
    url = reverse("admin:accounts_user_delete", args=[issued.user_id])
    for response in (staff_client.get(url), staff_client.post(url, {"post": "yes"})):
        assert "2026-000001" in response.content.decode()
    issued.user.refresh_from_db()


@pytest.mark.parametrize("size", [2, 20])
def test_the_list_costs_the_same_for_any_number(
    staff_client, ada, django_assert_max_num_queries, size
):
    for _ in range(size):
        issue(invoice=InvoiceItemFactory(invoice__user=ada).invoice)
    with django_assert_max_num_queries(11):
        staff_client.get(reverse(LIST))
