"""Pages keep to their Content-Security-Policy, so that it can be strict."""

from __future__ import annotations

import pytest
from django.core.management import call_command

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]
WATCH = """
    window.violations = [];
    document.addEventListener("securitypolicyviolation", event => {
        window.violations.push(`${event.effectiveDirective} ${event.blockedURI}`);
    });
"""


@pytest.fixture
def strict(page):
    """A page that remembers what its policy kept it from."""
    page.add_init_script(WATCH)
    call_command("demo", verbosity=0)
    page.goto("/admin/")
    page.fill("#id_username", "staff@example.com")
    page.fill("#id_password", "quintet-demo")
    page.click("input[type=submit]")
    page.wait_for_selector("h1:has-text('Site administration')")
    return page


@pytest.mark.parametrize(
    ("url", "there"),
    [
        ("/", ".card"),
        ("/reset-demo", "main form"),
        ("/docs", ".opblock"),
        ("/reference", "h1:has-text('Quintet')"),
        ("/admin/", "#content"),
        ("/admin/accounts/user/", "#result_list"),
        ("/admin/orders/order/add/", ".add-row a, .inline-group"),
        ("/books", ".request-info"),
        ("/session/login/", "form"),
    ],
)
def test_a_page_asks_for_nothing_that_its_policy_forbids(strict, url, there):
    strict.goto(url)
    strict.wait_for_selector(there)

    # Scalar's library for schemas tries whether it may compile code. It does without.
    allowed = ["script-src eval"] if url == "/reference" else []
    assert strict.evaluate("window.violations") == allowed


def test_one_can_log_out_of_the_browsable_api(strict):
    strict.goto("/books")
    strict.click("button:has-text('Log out')")
    strict.wait_for_selector("a:has-text('Log in')")

    assert strict.url.endswith("/books")


def test_a_script_in_a_page_is_not_run(strict):
    strict.goto("/admin/")
    strict.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.isRun = true";
            document.body.append(script);
        }"""
    )
    strict.wait_for_function("window.violations.length > 0")

    assert strict.evaluate("window.isRun === true") is False
    assert strict.evaluate("window.violations") == ["script-src-elem inline"]
