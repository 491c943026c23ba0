"""No page has an accessibility problem that axe-core finds, or is too wide for a phone.

CI checks a sample of the pages that the OpenAPI document and the admin list, another
one for each seed of pytest-randomly. `QUINTET_ALL_PAGES=1` checks all of them.
"""

from __future__ import annotations

import os
import random

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.urls import reverse

from tests.browser.axe import violations_everywhere
from tests.test_browsable import filled, readable

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, reset_sequences=True),
]
SAMPLE = 6
ALL_PAGES = os.environ.get("QUINTET_ALL_PAGES") == "1"

OWN_PAGES = [
    *(
        "/",
        "/guide/",
        "/guide/reference/jobs/",
        "/guide/reference/errors/",
        "/guide/reference/casting/",
    ),
    *("/nothing", "/session/login/", "/v1.0/goals.html", "/invoices/1.html"),
    *("/api/v2/jobs/1.html", "/auth/login", "/movies/999999", "/reset-demo"),
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


@pytest.fixture(autouse=True)
def demo(transactional_db) -> None:
    call_command("demo", "--restore", verbosity=0)


def test_the_own_pages(page, log_in):
    assert violations_of(log_in(page, "staff"), OWN_PAGES) == []


def test_pages_of_the_browsable_api(page, log_in):
    urls = sample([filled(url) for url in readable()])
    assert violations_of(log_in(page, "staff"), urls) == []


def test_pages_of_the_admin(page, log_in):
    lists = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
    ]
    urls = ADMIN_PAGES + sample(lists)
    assert violations_of(log_in(page, "staff"), urls) == []


def test_pages_of_clients_without_rights(page, log_in):
    urls = ["/", "/admin/login/", "/session/login/", "/movies", "/guide/"]
    assert violations_of(page, urls) == []
    assert violations_of(log_in(page, "guest"), ["/movies/3"]) == []


def sample(urls: list[str]) -> list[str]:
    return urls if ALL_PAGES else random.sample(urls, SAMPLE)


def violations_of(page, urls: list[str]) -> list[str]:
    lines = []
    for url in urls:
        page.goto(url)
        lines += violations_everywhere(page)
    return lines
