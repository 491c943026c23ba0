"""Every example of docs/reference/goals.md, sent by Ada on the demo data."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from accounts.demo import account
from goals import trees
from goals.models import Goal
from goals.query_params import TreeQuerySerializer
from goals.services import MAX_ROWS

PAGE = (Path(settings.BASE_DIR) / "docs/reference/goals.md").read_text()
BLOCKS = re.findall(r"```(http|json)\n(.*?)```", PAGE, re.DOTALL)
OPTION = re.compile(r"^\| `(\w+)=(\w+)` \|", re.MULTILINE)
LIST, _, PICTURES = PAGE.partition("### As a page and as a picture")
OPTIONS, PICTURE_OPTIONS = OPTION.findall(LIST), OPTION.findall(PICTURES)

pytestmark = pytest.mark.usefixtures("demo")


@pytest.fixture
def client(client_of):
    return client_of(account("ada"))


def send(client: Any, text: str) -> Any:
    """The request of a block; `<name>` stands for the URL of Ada's goal of that name,
    in a body for its id."""
    head, _, body = text.strip().partition("\n\n")
    ids = dict(Goal.objects.filter(user=account("ada")).values_list("name", "pk"))
    method, url = head.split(" ", 1)
    url = re.sub("<(.*?)>", lambda found: f"/v1.0/goals/{ids[found[1]]}", url)
    body = re.sub("<(.*?)>", lambda found: str(ids[found[1]]), body)
    return client.generic(method, url, body.encode(), "application/json")


def assert_printed(content: bytes, printed: str) -> None:
    """The answer is as printed, but for white space and what an ellipsis stands for."""
    answer = json.dumps(json.loads(content), ensure_ascii=False)
    pattern = ".*".join(re.escape(part) for part in compact(printed).split("…"))
    assert re.fullmatch(pattern, compact(answer), re.DOTALL), answer


def compact(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_every_exchange_of_the_page_is_as_printed(client):
    assert [kind for kind, _ in BLOCKS] == ["http", "json"] * (len(BLOCKS) // 2)
    for (_, request), (_, printed) in zip(BLOCKS[::2], BLOCKS[1::2], strict=True):
        response = send(client, request)
        assert_printed(response.content, printed)
        is_refusal = '"message"' in printed
        assert response.status_code in ({400, 404, 409} if is_refusal else {200}), (
            request
        )


def test_every_parameter_of_the_page_works(client_of):
    client = client_of(account("staff"))
    for name, value in OPTIONS:
        response = client.get(f"/v1.0/goals?{name}={value}")
        assert response.status_code == 200, response.content


def test_every_parameter_of_the_pictures_works(client_of):
    client = client_of(account("staff"))
    assert PICTURE_OPTIONS
    for name, value in PICTURE_OPTIONS:
        response = client.get(f"/v1.0/goals.html?{name}={value}")
        assert response.status_code == 200, response.content


def test_the_table_of_parameters_is_complete():
    options = TreeQuerySerializer()

    assert {name for name, _ in OPTIONS} == {*options.fields, *options.other_names}


def test_the_limits_are_those_of_the_service():
    table = PAGE.partition("## Limits")[2]
    numbers = [
        int(number.replace(",", ""))
        for row in re.findall(r"\|(?!.*at most)([^|]+)\|$", table, re.MULTILINE)
        for number in re.findall(r"(?<![=\d])\d[\d,]*", row)
    ]
    assert numbers == [
        trees.MAX_DEPTH,
        trees.MAX_DEPTH // 2,
        trees.MAX_DETAILED,
        trees.MAX_GOALS,
        settings.QUINTET_MAX_UNPAGED,
        MAX_ROWS,
        trees.MAX_PATH,
    ]
