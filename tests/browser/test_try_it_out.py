"""Swagger UI sends the prefilled request of each operation, which then succeeds."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.core.management import call_command
from playwright.sync_api import Locator, Page

from accounts.demo import account
from accounts.services import issue_tokens
from config.examples import Example, load_examples
from config.replay import secrets_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, reset_sequences=True),
]
SIGN_IN = """token => {
    const { scheme } = options.signIn;
    ui.authActions.logout([scheme]);
    if (token) ui.preauthorizeApiKey(scheme, token);
}"""


@pytest.mark.parametrize("system", load_examples())
def test_every_operation_works_as_prefilled(page: Page, system: str):
    call_command("demo", "--restore", verbosity=0)
    document = quote(f"/schema/{system}?format=json", safe="")
    page.goto(f"/docs/?document={document}")
    page.wait_for_selector(".opblock")
    # What can be done once comes last.
    examples = first_examples(load_examples()[system])
    statuses = {each["operation"]: execute(page, each) for each in examples}
    recorded = {each["operation"]: each["response"]["status"] for each in examples}
    assert statuses == recorded
    assert page.locator(".opblock").count() == len(recorded)


def first_examples(examples: list[Example]) -> list[Example]:
    """Return one example of each operation, whose request Swagger UI shows."""
    first = {each["operation"]: each for each in reversed(examples)}
    return [each for each in examples if each is first[each["operation"]]]


def execute(page: Page, example: Example) -> int:
    """Click "Try it out" and "Execute", and return the status that the page shows."""
    actor = example["actor"]
    page.evaluate(SIGN_IN, issue_tokens(account(actor)).access if actor else None)
    operation = operation_of(page, example["operation"])
    operation.locator(".opblock-summary-control").click()
    operation.locator(".try-out__btn").click()
    fill_placeholders(operation, actor)
    operation.locator(".execute").click()
    status = operation.locator(".live-responses-table .response-col_status").last
    shown = status.inner_text().split()[0]
    operation.locator(".opblock-summary-control").click()
    return int(shown)


def operation_of(page: Page, name: str) -> Locator:
    method, path = name.split()
    has_path = page.locator(f'.opblock-summary-path[data-path="{path}"]')
    return page.locator(f".opblock.opblock-{method.lower()}", has=has_path)


def fill_placeholders(operation: Locator, actor: str | None) -> None:
    """Fill in the tokens, which only another response or an email has."""
    body = operation.locator("textarea.body-param__text")
    for placeholder, value in secrets_of(actor).items():
        if body.count() and placeholder in (text := body.input_value()):
            body.fill(text.replace(placeholder, value))
