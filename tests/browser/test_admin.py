"""The admin in a browser: its start page, lists and forms, and their accessibility."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from django.urls import reverse

from orders.models import Invoice, Job, Order
from tests.test_admin import REGISTERED, named

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]
HIDDEN_PART = """() => {
    const list = document.querySelector("#changelist .results");
    const page = document.documentElement;
    const hidden = element => element ? element.scrollWidth - element.clientWidth : 0;
    return [hidden(page), hidden(list)];
}"""


@pytest.fixture
def staff_page(page):
    call_command("demo", verbosity=0)
    page.goto("/admin/")
    return page


def log_in(page) -> None:
    page.fill("#id_username", "staff@example.com")
    page.fill("#id_password", "quintet-demo")
    page.click("input[type=submit]")
    page.wait_for_selector("h1:has-text('Site administration')")


def violations(page, url: str) -> list[str]:
    if url:
        assert page.goto(url).status == 200, url
    return [
        f"{url} {found['id']} {node['html']}"
        for found in Axe().run(page).response["violations"]
        for node in found["nodes"]
    ]


def lists() -> list[str]:
    return [reverse(f"admin:{named(model)}_changelist") for model in REGISTERED]


def test_a_failed_job_is_retried_by_its_button(staff_page):
    log_in(staff_page)
    failed = Job.objects.filter(status=Job.Status.FAILED).latest("pk")
    staff_page.get_by_role("button", name=f"Retry Job {failed.pk}").click()

    staff_page.wait_for_selector(f"text=Job {failed.pk} is queued again.")
    assert staff_page.url.endswith("/admin/")
    failed.refresh_from_db()
    assert failed.status == Job.Status.QUEUED


def test_lists_fit_a_window_of_1280_pixels(staff_page):
    log_in(staff_page)
    staff_page.set_viewport_size({"width": 1280, "height": 900})
    hidden = {}
    for url in lists():
        assert staff_page.goto(url).status == 200
        hidden[url] = staff_page.evaluate(HIDDEN_PART)

    assert not {url: parts for url, parts in hidden.items() if any(parts)}


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_the_admin_are_accessible(staff_page, scheme, width):
    staff_page.emulate_media(color_scheme=scheme)
    staff_page.set_viewport_size({"width": width, "height": 900})
    found = violations(staff_page, "")
    log_in(staff_page)
    order, draft = Order.objects.latest("pk"), Invoice.objects.filter(issued_at=None)[0]
    urls = [
        *("/admin/", "/admin/password_change/", *lists()),
        f"/admin/orders/order/{order.pk}/change/",
        f"/admin/orders/order/{order.pk}/history/",
        f"/admin/orders/invoice/{draft.pk}/delete/",
        "/admin/orders/order/?q=a&ordered_at_from=2020-01-01",
        *("/admin/goals/goal/add/", "/admin/media_catalog/playlist/add/"),
        *("/admin/casting/movie/add/", "/admin/auth/group/add/"),
    ]
    for url in urls:
        found += violations(staff_page, url)

    assert not found
