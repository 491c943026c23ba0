"""What people see, in a real browser that may reach nothing but the live server."""

from __future__ import annotations

import re

import pytest
from django.core.management import call_command

from accounts.models import User
from orders.models import Invoice

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def watched(page, live_server):
    """The page, its console errors and what it asked of other hosts."""
    page.errors, page.outside = [], []
    page.on(
        "console",
        lambda message: (
            page.errors.append(message.text) if message.type == "error" else None
        ),
    )
    page.on("pageerror", lambda error: page.errors.append(str(error)))

    def let_through(route) -> None:
        if route.request.url.startswith((live_server.url, "data:", "blob:")):
            route.continue_()
            return
        page.outside.append(route.request.url)
        route.abort()

    page.context.route("**/*", let_through)
    return page


@pytest.fixture
def demo() -> None:
    call_command("demo", verbosity=0)


@pytest.fixture
def back_office(watched, demo):
    watched.goto("/admin/")
    watched.fill("#id_username", "staff@example.com")
    watched.fill("#id_password", "quintet-demo")
    watched.click("input[type=submit]")
    watched.wait_for_selector("h1:has-text('Site administration')")
    return watched


def test_every_list_of_the_back_office_opens(back_office):
    back_office.goto("/admin/")
    links = [
        link.get_attribute("href")
        for link in back_office.query_selector_all("#content th[scope=row] a")
    ]
    assert len(links) > 12
    for link in links:
        response = back_office.goto(link)
        assert response.status == 200, link
    assert (back_office.errors, back_office.outside) == ([], [])


def test_an_invoice_is_written_with_its_items(back_office):
    back_office.goto("/admin/orders/invoice/add/")
    ada = User.objects.get(name="ada")
    back_office.evaluate(
        """id => {
            const select = document.querySelector("#id_user");
            select.add(new Option("ada", id, true, true));
        }""",
        ada.pk,
    )
    back_office.fill("#id_invoice_date", "2026-11-20")
    back_office.click("text=Add another Item")
    back_office.fill("#id_invoice_items-0-part_code", "odd cents")
    back_office.fill("#id_invoice_items-0-units", "3")
    back_office.fill("#id_invoice_items-0-unit_price", "0.33")
    back_office.click("input[name=_save]")

    back_office.wait_for_selector("text=was added successfully")
    invoice = Invoice.objects.latest("pk")
    assert [str(item.unit_price) for item in invoice.invoice_items.all()] == ["0.33"]


@pytest.mark.parametrize(
    "url", ["/v1.0/goals", "/api/video", "/api/user/", "/books", "/orders", "/movies"]
)
def test_a_browser_reads_each_api_as_a_page(back_office, url):
    url = url.rstrip("/")
    response = back_office.goto(url)

    assert response.status == 200
    assert re.search(r"GET\s+" + re.escape(url), back_office.inner_text("body"))
    assert (back_office.errors, back_office.outside) == ([], [])
