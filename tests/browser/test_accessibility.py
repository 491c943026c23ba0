"""No page has an accessibility problem that axe-core finds.

CI checks a sample of the pages that the OpenAPI document and the admin list, another
one for each seed of pytest-randomly. `QUINTET_ALL_PAGES=1` checks all of them.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib import admin
from django.core.management import call_command
from django.urls import reverse

from tests.test_browsable import filled, readable

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, reset_sequences=True),
]
SCHEMES, WIDTHS = ("light", "dark"), (360, 1280)
SAMPLE = 6
ALL_PAGES = os.environ.get("QUINTET_ALL_PAGES") == "1"

OWN_PAGES = [
    *("/", "/guide/", "/guide/jobs/", "/guide/errors/", "/guide/casting/"),
    *("/nothing", "/session/login/", "/v1.0/goals.html", "/invoices/1.html"),
    *("/api/v2/jobs/1.html", "/auth/login", "/movies/999999"),
]
ADMIN_PAGES = [
    *("/admin/", "/admin/orders/invoice/add/", "/admin/orders/invoice/1/change/"),
    *("/admin/orders/order/1/change/", "/admin/orders/order/1/delete/"),
    *("/admin/orders/job/1/change/", "/admin/goals/goal/1/change/"),
    *("/admin/accounts/user/1/change/", "/admin/password_change/", "/admin/nothing/"),
    "/admin/orders/order/?q=a&ordered_at_from=2020-01-01",
    *("/admin/orders/order/1/history/", "/admin/media_catalog/playlist/add/"),
    *("/admin/casting/movie/add/", "/admin/auth/group/add/"),
]


@pytest.fixture
def staff_page(page):
    call_command("demo", "--restore", verbosity=0)
    page.goto("/session/login/")
    page.fill("[name=username]", "staff@example.com")
    page.fill("[name=password]", "quintet-demo")
    page.press("[name=password]", "Enter")
    page.wait_for_load_state("networkidle")
    return page


def test_the_own_pages(staff_page):
    assert violations(staff_page, OWN_PAGES) == []


def test_pages_of_the_browsable_api(staff_page):
    assert violations(staff_page, sample([filled(url) for url in readable()])) == []


def test_pages_of_the_admin(staff_page):
    lists = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
    ]
    assert violations(staff_page, ADMIN_PAGES + sample(lists)) == []


def test_pages_of_a_stranger(page):
    call_command("demo", verbosity=0)
    urls = ["/", "/admin/login/", "/session/login/", "/movies", "/guide/"]
    assert violations(page, urls) == []


def sample(urls: list[str]) -> list[str]:
    return urls if ALL_PAGES else random.sample(urls, SAMPLE)


def violations(page, urls: list[str]) -> list[str]:
    """Return a line for each element with a problem, in each scheme and width."""
    return [line for url in urls for line in violations_of(page, url)]


def violations_of(page, url: str) -> Iterator[str]:
    page.goto(url)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            for violation in Axe().run(page).response["violations"]:
                for node in violation["nodes"]:
                    where = f"{url} {scheme} {width}"
                    yield f"{where}: {violation['id']} {node['target']}"
