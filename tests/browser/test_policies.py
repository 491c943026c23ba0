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


# Pages, and what each shows once its scripts have run.
PAGES = {
    "/": ".card",
    "/reset-demo": "main form",
    "/docs": ".opblock",
    "/reference": "h1:has-text('Quintet')",
    "/guide/reference/errors/": "article",
    "/v1.0/goals.html": ".goals",
    "/admin/": "#content",
    "/admin/accounts/user/": "#result_list",
    "/admin/orders/order/add/": ".add-row a, .inline-group",
    "/books": ".request-info",
    "/session/login/": "form",
}


@pytest.fixture
def strict(page, log_in):
    """A page that remembers what its policy kept it from."""
    page.add_init_script(WATCH)
    call_command("demo", verbosity=0)
    return log_in(page, "staff")


def test_a_page_asks_for_nothing_that_its_policy_forbids(strict):
    violations = {}
    for url, there in PAGES.items():
        strict.goto(url)
        strict.wait_for_selector(there)
        violations[url] = strict.evaluate("window.violations")

    # Scalar's library for schemas tries whether it may compile code. It does without.
    allowed = {"/reference": ["script-src eval"]}
    assert violations == {url: allowed.get(url, []) for url in PAGES}


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
