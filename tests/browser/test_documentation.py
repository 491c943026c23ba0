"""The documentation pages, in a browser that may reach nothing but the live server."""

from __future__ import annotations

import pytest
from django.core.management import call_command

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]
PAGES = {"/docs/": ".opblock", "/reference/": "h1:has-text('Quintet')"}
LIGHT, DARK = "light", "dark"


def test_swagger_ui_shows_all_five_apis(watched):
    watched.goto("/docs/")
    watched.wait_for_selector(".opblock")

    text = watched.inner_text("#swagger-ui").replace("\u200b", "")
    for path in ("/v1.0/goals", "/bucketlists/", "/actors", "/api/video", "/invoices"):
        assert path in text


@pytest.mark.parametrize("url", PAGES)
def test_a_page_is_shown_without_errors_from_own_files(watched, url):
    watched.goto(url)
    watched.wait_for_selector(PAGES[url])
    watched.wait_for_load_state("networkidle")

    assert (watched.errors, watched.outside) == ([], [])


@pytest.mark.parametrize("url", PAGES)
def test_a_page_has_the_colors_of_the_system(watched, url):
    shown = {}
    for scheme in (LIGHT, DARK):
        watched.emulate_media(color_scheme=scheme)
        watched.goto(url)
        watched.wait_for_selector(PAGES[url])
        shown[scheme] = watched.evaluate(
            "getComputedStyle(document.body).backgroundColor"
        )

    assert brightness(shown[DARK]) < 100 < brightness(shown[LIGHT])


def brightness(color: str) -> int:
    """Return the largest part of a color such as `rgb(28, 32, 34)`."""
    return max(map(int, color.partition("(")[2].rstrip(")").split(",")[:3]))


def test_swagger_ui_shows_the_document_of_one_system(watched):
    watched.goto("/docs/")
    watched.wait_for_selector(".opblock")
    watched.select_option("#documents", label="Goals")
    watched.wait_for_selector(
        "h1:has-text('Quintet: Goals'), h2:has-text('Quintet: Goals')"
    )

    text = watched.inner_text("#swagger-ui").replace("\u200b", "")
    assert "/v1.0/goals" in text
    assert "/bucketlists/" not in text


def test_the_reference_shows_the_document_of_one_system(watched):
    watched.goto("/reference/")
    watched.wait_for_selector("h1:has-text('Quintet')")
    watched.click("button:has-text('All APIs')")
    watched.click("text=Bucket lists")

    watched.wait_for_selector("h1:has-text('Quintet: Bucket lists')")


def test_the_reference_finds_an_operation(watched):
    watched.goto("/reference/")
    watched.wait_for_selector("h1:has-text('Quintet')")
    watched.keyboard.press("Control+k")
    watched.keyboard.type("listBucketLists", delay=20)
    watched.wait_for_selector("[role=dialog] [role=option]:has-text('/bucketlists')")

    assert watched.errors == []


def test_a_demo_account_signs_in_by_a_click(watched):
    call_command("demo", verbosity=0)
    watched.goto("/docs/")
    watched.click("#sign-in button:has-text('ada')")
    watched.wait_for_selector("text=Signed in as ada.")
    watched.click(".opblock-summary-path[data-path='/auth/me'] >> nth=0")
    watched.click("button:has-text('Try it out')")
    watched.click("button:has-text('Execute')")
    watched.wait_for_selector(".live-responses-table .response-col_status")

    answer = watched.inner_text(".live-responses-table")
    assert "200" in answer
    assert "ada@example.com" in answer


def test_without_demo_data_the_page_says_why(page):
    page.goto("/docs/")
    page.click("#sign-in button:has-text('ada')")
    page.wait_for_selector("#sign-in output:has-text('password')")
