"""A Chromium page on the live server; without a Chromium its tests are skipped."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.http import wait_for_server

NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = [
    "--no-sandbox",  # which Chromium needs where root runs the tests
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def browser(django_db_setup) -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("There is no Chromium.")
        pytest.skip("There is no Chromium.")
    # Playwright leaves an event loop running, which Django takes for async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, args=OPTIONS)


@pytest.fixture
def page(browser: Browser, live_server) -> Iterator[Page]:
    """An empty page of a new session; `page.goto("/admin/")` is the live server's."""
    context = browser.new_context(base_url=live_server.url)
    yield context.new_page()
    context.close()
    wait_for_server()
