"""Every exchange of the pages on accounts and bucket lists, on the demo data."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.urls import get_resolver

from accounts.demo import PASSWORD, email_of
from bucketlists.models import Item
from bucketlists.services import MAX_ITEMS
from bucketlists.views import MAX_LISTS_WITH_ITEMS
from tests.accounts.test_passwords import run_tasks

pytestmark = pytest.mark.usefixtures("demo")


def page(name: str) -> str:
    return (Path(settings.BASE_DIR) / f"docs/{name}.md").read_text()


def exchanges(name: str) -> list[tuple[str, str]]:
    """Each request of a page with the answer printed below it."""
    pattern = r"```http\n(.*?)```\s+```json\n(.*?)```"
    return re.findall(pattern, page(name), re.DOTALL)


def send(api: Any, text: str) -> Any:
    head, _, body = text.partition("\n\n")
    first, *lines = head.strip().split("\n")
    method, path = first.split(" ", 1)
    headers = dict(line.split(": ", 1) for line in lines)
    media_type = headers.pop("Content-Type", "application/json")
    return api.generic(method, path, body.encode(), media_type, headers=headers)


def filled(text: str, known: dict[str, Any]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: str(known[found[1]]), text)


def assert_printed(answer: Any, printed: str) -> None:
    """As printed, but for white space and for what an ellipsis stands for."""
    shown = compact(json.dumps(answer, ensure_ascii=False))
    pattern = ".*".join(map(re.escape, compact(printed).split("…")))
    assert re.fullmatch(pattern, shown, re.DOTALL), shown


def compact(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize(("name", "count"), [("accounts", 11), ("bucketlists", 9)])
def test_every_exchange_of_the_page_is_as_printed(api, name, count):
    known: dict[str, Any] = {}
    if name == "bucketlists":
        login = {"email": email_of("ada"), "password": PASSWORD}
        token = api.post("/auth/login", login).json()["access_token"]
        api.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    pairs = exchanges(name)
    assert len(pairs) == count == page(name).count("```http")
    for request, printed in pairs:
        response = send(api, filled(request, known))
        assert response.status_code < 500
        assert_printed(response.json(), printed)
        if isinstance(response.json(), dict):
            known |= response.json()
        run_tasks()
        for sent in mail.outbox:
            known["token"] = re.search(r"token=(\S+)", sent.body)[1]


def test_the_numbers_of_the_pages_are_those_of_the_service():
    accounts, lists = page("accounts"), page("bucketlists")
    assert f"| {settings.QUINTET_LOGIN_LIMIT} in 15 minutes" in accounts
    assert f"| {settings.QUINTET_ADDRESS_LIMIT} in 15 minutes" in accounts
    assert settings.QUINTET_LIMIT_SECONDS == 15 * 60
    assert settings.PASSWORD_RESET_TIMEOUT == 60 * 60
    assert f"at most {MAX_ITEMS:,} items" in lists
    assert f"0 to {Item.MAX_POSITION:,}" in lists
    assert (
        f"up to {settings.QUINTET_MAX_UNPAGED:,} ({MAX_LISTS_WITH_ITEMS} with" in lists
    )


@pytest.mark.parametrize("name", ["accounts", "bucketlists"])
def test_every_url_of_the_table_is_one(name):
    urls = re.findall(r"^\| `(/\S+)` \|", page(name), re.MULTILINE)
    assert len(urls) >= 4
    for url in urls:
        assert get_resolver().resolve(re.sub(r"<[^>]+>", "1", url))
