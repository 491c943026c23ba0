"""A Chromium page on the live server; without a Chromium its tests are skipped."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, Route, sync_playwright

from accounts.demo import account
from orders import events
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


@pytest.fixture(autouse=True)
def ended_streams(monkeypatch) -> Iterator[None]:
    """Wait for the live server's threads before the database is emptied.

    On SQLite they share its connection, where a statement of a thread and one of the
    test can wait for each other. A stream sees at a heartbeat that its client is gone.
    """
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0)
    yield
    wait_for_server()


@pytest.fixture
def page(browser: Browser, live_server) -> Iterator[Page]:
    """An empty page of a new session; `page.goto("/admin/")` is the live server's."""
    context = browser.new_context(base_url=live_server.url)
    yield context.new_page()
    context.close()


@pytest.fixture
def watched(page, live_server):
    """A page that remembers errors of the console, and requests to other hosts.

    Those requests are not sent.
    """
    page.errors, page.outside = [], []
    page.on(
        "console",
        lambda message: (
            page.errors.append(message.text)
            if message.type in {"error", "warning"}
            else None
        ),
    )
    page.on("pageerror", lambda error: page.errors.append(str(error)))

    def let_through(route: Route) -> None:
        if route.request.url.startswith((live_server.url, "data:", "blob:")):
            route.continue_()
            return
        page.outside.append(route.request.url)
        route.abort()

    page.context.route("**/*", let_through)
    return page


@pytest.fixture
def log_in(live_server) -> Callable[[Page, str], Page]:
    """Return a function that logs a page in as a demo account."""

    def act(page: Page, name: str) -> Page:
        # The live server may still use the connection, which both share on SQLite.
        page.wait_for_load_state("networkidle")
        client = Client()
        client.force_login(account(name))
        session = client.cookies["sessionid"].value
        page.context.add_cookies(
            [{"name": "sessionid", "value": session, "url": live_server.url}]
        )
        return page

    return act
