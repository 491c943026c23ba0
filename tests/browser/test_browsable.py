"""The pages at the APIs' URLs: each dialect's forms, and what everyone can use."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.demo import account
from bucketlists.models import Bucketlist
from media_catalog.models import Book

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, reset_sequences=True),
]
JSON, JSON_API = "application/json", "application/vnd.api+json"
# A list, a row, and pages of errors.
PAGES = [
    *("/v1.0/goals", "/v1.0/goals/7", "/v1.0/goals/7/complete", "/v1.0/goals/999"),
    *("/bucketlists/", "/bucketlists/1", "/bucketlists/1/items", "/bucketlists/999"),
    *("/actors", "/actors/4", "/movies/999", "/movies/3/actors/4"),
    *("/api/video", "/api/video/demo-video-splice", "/api/video/none"),
    *("/books", "/books/14", "/books/999", "/orders", "/orders/1", "/invoices/2"),
]


@pytest.fixture(autouse=True)
def demo(db) -> None:
    call_command("demo", "--restore", verbosity=0)


@pytest.fixture
def log_in(live_server):
    """Return a function that logs a page in as a demo account."""

    def act(page: Page, name: str) -> Page:
        client = Client()
        client.force_login(account(name))
        session = client.cookies["sessionid"].value
        page.context.add_cookies(
            [{"name": "sessionid", "value": session, "url": live_server.url}]
        )
        return page

    return act


@pytest.fixture
def watched(page, live_server) -> Page:
    """A page that remembers console errors and requests to other hosts."""
    page.trouble = []
    page.on(
        "console",
        lambda message: (
            page.trouble.append(message.text)
            if message.type in {"error", "warning"}
            else None
        ),
    )
    page.on("pageerror", lambda error: page.trouble.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((live_server.url, "data:"))
            else page.trouble.append(request.url)
        ),
    )
    return page


def form_of(page: Page, method: str):
    """The form of a method, opened."""
    form = page.locator("details.request").filter(
        has=page.locator(f"summary b:text-is('{method}')")
    )
    if form.get_attribute("open") is None:
        form.locator("summary").first.click()
    return form


@pytest.mark.parametrize(
    ("name", "url", "method", "media_type", "status"),
    [
        ("ada", "/v1.0/goals", "POST", JSON, "HTTP 200"),
        ("ada", "/v1.0/goals/7", "PATCH", JSON, "HTTP 200"),
        ("ada", "/bucketlists/", "POST", JSON, "HTTP 201"),
        ("ada", "/bucketlists/1", "PUT", JSON, "HTTP 200"),
        ("director", "/actors", "POST", JSON, "HTTP 200"),
        ("director", "/actors/5", "PATCH", JSON, "HTTP 200"),
        ("ada", "/api/video", "POST", JSON_API, "HTTP 201"),
        ("ada", "/api/video/demo-video-hull", "PATCH", JSON_API, "HTTP 204"),
        ("staff", "/books", "POST", JSON, "HTTP 201"),
        ("staff", "/books/14", "PATCH", JSON, "HTTP 200"),
        ("ada", "/orders", "POST", JSON, "HTTP 201"),
        ("ada", "/orders/2", "PUT", JSON, "HTTP 200"),
    ],
)
def test_a_form_sends_its_example(
    watched, log_in, name, url, method, media_type, status
):
    log_in(watched, name).goto(url)
    form = form_of(watched, method)
    with watched.expect_request(lambda request: request.method == method) as sent:
        form.locator("button").click()

    expect(watched.locator(".status, #progress", has_text=status).first).to_be_visible()
    assert sent.value.headers["content-type"] == media_type
    assert sent.value.url.endswith(url)
    assert watched.trouble == []


def test_a_text_that_was_refused_can_be_corrected(page, log_in):
    log_in(page, "ada").goto("/bucketlists/")
    form_of(page, "POST").locator("textarea").fill('{"name": ""}')
    form_of(page, "POST").locator("button").click()

    expect(page.locator(".status")).to_contain_text("HTTP 400")
    expect(form_of(page, "POST").locator("textarea")).to_have_value('{"name": ""}')
    assert page.evaluate("document.activeElement.id") == "response"


def test_a_deletion_asks_first(page, log_in):
    log_in(page, "staff").goto("/books/14")
    confirm = page.get_by_role("button", name="Yes, delete")
    expect(confirm).to_be_hidden()
    page.locator("summary", has_text="Delete a book").click()
    expect(page.get_by_text("Working Effectively with Legacy Code?")).to_be_visible()
    assert Book.objects.filter(pk=14).exists()
    confirm.click()

    expect(page.locator(".response-info")).to_contain_text("is deleted")
    assert not Book.objects.filter(pk=14).exists()


def test_a_role_decides_what_the_page_offers(page):
    page.goto("/actors")
    expect(page.get_by_text("You may not GET here.")).to_be_visible()
    for name, can_add in [("assistant", False), ("director", True)]:
        page.get_by_label("Acting as").select_option(name)
        page.get_by_role("button", name="Switch").click()
        expect(page.locator(".status")).to_contain_text("HTTP 200")
        expect(page.get_by_text("Create an actor")).to_have_count(int(can_add))
        expect(page.get_by_text("You may not POST here")).to_have_count(1 - can_add)


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everyone_can_use_the_pages(page, log_in, scheme, width):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    problems = {}
    for name, urls in [
        (None, ["/actors", "/session/login/"]),
        ("guest", ["/movies/3"]),
        ("staff", PAGES),
    ]:
        if name:
            log_in(page, name)
        for url in urls:
            page.goto(url)
            page.evaluate(
                "document.querySelectorAll('details').forEach(each => each.open = true)"
            )
            violations = Axe().run(page).response["violations"]
            overflow = page.evaluate(
                "document.documentElement.scrollWidth > window.innerWidth"
            )
            found = [
                (each["id"], node["html"])
                for each in violations
                for node in each["nodes"]
            ]
            if found or overflow:
                problems[name, url] = found or "too wide"
    assert problems == {}


def test_the_pages_work_without_scripts(browser, live_server, log_in):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = log_in(context.new_page(), "ada")
    page.goto("/bucketlists/")
    form_of(page, "POST").locator("button").click()
    expect(page.locator(".status")).to_contain_text("HTTP 201")
    expect(page.locator(".request-info")).to_contain_text("POST /bucketlists/")
    assert Bucketlist.objects.filter(name="Sail around Iceland").exists()

    page.get_by_role("link", name="Media catalog").click()
    page.get_by_role("link", name="Playlists", exact=True).click()
    page.get_by_role("link", name="demo-playlist-on-board").click()
    form_of(page, "PATCH").locator("button").click()
    expect(page.locator(".status")).to_contain_text("HTTP 204")
    page.get_by_role("link", name="Read it again").click()
    expect(page.locator("h1")).to_have_text("Playlist demo-playlist-on-board")
    context.close()
