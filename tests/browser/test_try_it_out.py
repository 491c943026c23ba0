"""Swagger UI sends the prefilled request of each operation, which then succeeds."""

from __future__ import annotations

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
# What can be done once comes last in each file.
FIRST = {
    example["operation"]: example
    for examples in load_examples().values()
    for example in reversed(examples)
}
EXAMPLES = [
    example
    for examples in load_examples().values()
    for example in examples
    if example is FIRST[example["operation"]]
]
SIGN_IN = """token => {
    const components = ui.specSelectors.specJson().get("components");
    ui.authActions.logout(components.get("securitySchemes").keySeq().toJS());
    if (token) ui.preauthorizeApiKey("tokenAuth", token);
}"""


@pytest.fixture
def swagger_ui(page: Page) -> Page:
    call_command("demo", "--restore", verbosity=0)
    page.goto("/docs/")
    page.wait_for_selector(".opblock")
    return page


def test_every_operation_works_as_prefilled(swagger_ui):
    statuses = {each["operation"]: execute(swagger_ui, each) for each in EXAMPLES}
    recorded = {each["operation"]: each["response"]["status"] for each in EXAMPLES}
    assert statuses == recorded


def execute(page: Page, example: Example) -> int:
    """Click "Try it out" and "Execute", and return the status that the page shows."""
    sign_in(page, example["actor"])
    operation = operation_of(page, example["operation"])
    operation.locator(".opblock-summary-control").click()
    operation.locator(".try-out__btn").click()
    fill_placeholders(operation, example["actor"])
    operation.locator(".execute").click()
    status = operation.locator(".live-responses-table .response-col_status").last
    shown = status.inner_text().split()[0]
    operation.locator(".opblock-summary-control").click()
    return int(shown)


def sign_in(page: Page, actor: str | None) -> None:
    page.evaluate(SIGN_IN, issue_tokens(account(actor)).access if actor else None)


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
