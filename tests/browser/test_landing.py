"""The landing page in a real browser that may reach nothing but the live server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from orders.models import Job
from tests.browser.axe import violations_everywhere
from tests.support.jobs import run

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]
STATUS = re.compile(
    r"[✓✗] \d{3} [\w ]+ · \d+ ms · \d+ quer(y|ies) · request ID [0-9a-f]{32}"
)


@pytest.fixture
def landing(watched: Any, demo: None, settings: Any) -> Iterator[Page]:
    # The demo's queued job may be old: its rows are those of the session's start.
    settings.QUINTET_QUEUE_SECONDS = 0
    watched.goto("/")
    yield watched
    assert watched.outside == []


def act_as(page: Page, name: str) -> None:
    page.select_option("#acting-as", name)
    page.get_by_role("button", name="Switch").click()
    expect(page.locator("#acting-as")).to_have_value(name)
    page.wait_for_load_state()


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("director", {"casting-3"}),
        ("", {"bucket-lists-1", "bucket-lists-2", "bucket-lists-3", "casting-1"}),
    ],
)
def test_every_button_shows_the_real_answer(landing, name, refused):
    act_as(landing, name)
    statuses = {}
    for button in landing.locator("[data-try]").all():
        pk = button.get_attribute("data-try")
        button.click()
        answer = landing.locator(f".card:has([data-try={pk}]) .answer")
        expect(answer.locator("h3")).to_have_text(button.inner_text())
        expect(answer.locator(".timing")).to_have_text(STATUS)
        expect(landing.locator("#spoken")).to_contain_text(button.inner_text())
        statuses[pk] = int(answer.locator("strong").inner_text().split()[1])

    grey = {
        each.get_attribute("data-try")
        for each in landing.locator("[data-try].lacking").all()
    }
    assert {pk for pk, status in statuses.items() if status in {401, 403}} == grey
    assert refused <= grey
    assert all(status < 300 for pk, status in statuses.items() if pk not in grey)
    # Chromium reports the refused requests.
    assert [error for error in landing.errors if "status of 40" not in error] == []
    assert len(landing.errors) == len(grey)


def test_a_second_goal_has_another_name(landing):
    act_as(landing, "ada")
    line = landing.locator("#goals-3-curl")
    for _ in range(2):
        before = line.text_content()
        landing.get_by_role("button", name="Add a goal").click()
        expect(landing.locator("#goals-answer strong")).to_contain_text("200")
        expect(line).not_to_have_text(before or "", timeout=10_000)
        landing.evaluate("document.querySelector('#goals-answer').replaceChildren()")


def test_an_order_is_followed_to_its_invoice(landing):
    act_as(landing, "bob")
    landing.get_by_role("button", name="Place an order").click()
    answer = landing.locator("#orders-answer")
    expect(answer).to_contain_text("is queued (0 %)")

    run(Job.objects.latest("pk").pk)

    expect(answer).to_contain_text("is finished (100 %)")
    expect(answer).to_contain_text(re.compile(r"✓ Invoice \d{4}-\d+"))
    page = answer.get_by_role("link", name="Invoice as a page")
    pdf = answer.get_by_role("link", name="Invoice as PDF").get_attribute("href")
    assert landing.request.get(pdf).headers["content-type"] == "application/pdf"
    page.click()
    expect(landing.locator("h1")).to_contain_text("Invoice")
    assert landing.errors == []


def test_buttons_and_copying_work_with_the_keyboard(landing):
    landing.context.grant_permissions(["clipboard-read", "clipboard-write"])
    landing.get_by_role("button", name="Read the tree").focus()
    for key in ("Enter", "Space"):
        landing.keyboard.press(key)
        expect(landing.locator("#goals-answer")).to_contain_text(
            "Sail around the world"
        )
        landing.evaluate("document.querySelector('#goals-answer').replaceChildren()")
    landing.keyboard.press("Enter")
    landing.get_by_role("button", name="Copy as curl").click()
    expect(landing.get_by_role("button", name="✓ Copied")).to_be_visible()

    copied = landing.evaluate("navigator.clipboard.readText()")
    assert copied == landing.locator("#goals-1-curl").text_content()


def test_without_scripts_buttons_are_links_and_the_picker_works(
    browser, live_server, demo
):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    act_as(page, "producer")
    urls = [each.get_attribute("href") for each in page.locator("[data-try]").all()]
    assert len(urls) == 15
    for url in urls:
        response = page.goto(url)
        assert response.status == 200, url
        assert "html" in response.headers["content-type"]
    page.goto("/")
    page.get_by_role("link", name="Reset …").click()
    page.get_by_role("button", name="Reset the demo data").click()
    expect(page.locator("#acting-as")).to_have_value("producer")
    context.close()


def test_answers_are_accessible_at_any_width_in_both_schemes(landing):
    act_as(landing, "director")
    landing.get_by_role("button", name="Add a movie").click()
    landing.get_by_role("button", name="Place an order").click()
    expect(landing.locator("#orders-answer progress")).to_be_visible()

    assert violations_everywhere(landing) == []
