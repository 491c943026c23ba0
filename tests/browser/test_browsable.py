"""The pages at the APIs' URLs: each dialect's forms, and what everyone can use."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from bucketlists.models import Bucketlist
from media_catalog.models import Book

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, reset_sequences=True),
]
JSON, JSON_API = "application/json", "application/vnd.api+json"
# Account, URL, method, media type and the status of the response.
EXAMPLES = [
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
]


@pytest.fixture(autouse=True)
def demo(db) -> None:
    call_command("demo", "--restore", verbosity=0)


def form_of(page: Page, method: str):
    """The form of a method, opened."""
    form = page.locator("details.request").filter(
        has=page.locator(f"summary b:text-is('{method}')")
    )
    if form.get_attribute("open") is None:
        form.locator("summary").first.click()
    return form


def test_each_form_sends_its_example(watched, log_in):
    for name, url, method, media_type, status in EXAMPLES:
        log_in(watched, name).goto(url)
        form = form_of(watched, method)
        with watched.expect_request(
            lambda each, way=method: each.method == way
        ) as sent:
            form.locator("button").click()

        shown = watched.locator(".status, #progress", has_text=status).first
        expect(shown).to_be_visible()
        assert sent.value.headers["content-type"] == media_type
        assert sent.value.url.endswith(url)
    assert (watched.errors, watched.outside) == ([], [])


def test_a_text_that_was_refused_can_be_corrected(page, log_in):
    log_in(page, "ada").goto("/bucketlists/")
    form_of(page, "POST").locator("textarea").fill('{"name": ""}')
    form_of(page, "POST").locator("button").click()

    expect(page.locator(".status")).to_contain_text("HTTP 400")
    expect(form_of(page, "POST").locator("textarea")).to_have_value('{"name": ""}')
    expect(page.locator("#response")).to_be_focused()


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
