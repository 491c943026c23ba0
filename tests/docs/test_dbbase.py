"""Every request that docs/reference/dbbase.md shows, sent against the demo data."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from dialects.dbbase import columns, filters, pagination
from media_catalog.models import Book
from media_catalog.serializers import MAX_BOOKS
from orders.models import MAX_ITEMS
from tests.support.openapi import document

PAGE = (Path(settings.BASE_DIR) / "docs/reference/dbbase.md").read_text()
BLOCKS = re.findall(r"```(http|json|text)\n(.*?)```", PAGE, re.DOTALL)
URLS = re.findall(r"`(/\w+\?[^`]+)`", PAGE)
OPERATORS = re.findall(r"^\| `(\w+)` \| .* \| `(/books\?.*)` \|$", PAGE, re.MULTILINE)

pytestmark = pytest.mark.usefixtures("demo")


def send(api: Any, text: str) -> Any:
    head, _, body = text.partition("\n\n")
    method, path = head.strip().split(" ", 1)
    return api.generic(method, path, body.encode(), "application/json" if body else "")


def assert_printed(answer: str, printed: str) -> None:
    """The answer is as printed, but for white space and what an ellipsis stands for."""
    pattern = ".*".join(re.escape(part) for part in compact(printed).split("…"))
    assert re.fullmatch(pattern, compact(answer), re.DOTALL), answer


def compact(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_every_exchange_of_the_page_is_as_printed(api):
    response = None
    for kind, text in BLOCKS:
        if kind == "http":
            response = send(api, text)
            continue
        assert response is not None
        if kind == "json":
            answer = json.dumps(response.json(), ensure_ascii=False)
            assert_printed(answer, text)
            assert (response.status_code < 300) == ('"message"' not in text)
            continue
        for line in text.strip().split("\n"):
            name, printed = line.split(": ", 1)
            assert_printed(response.headers[name], printed)


@pytest.fixture
def small_ids(demo) -> None:
    """Where other tests chose large ids, PostgreSQL has counted on from there."""
    for number, pk in enumerate(Book.objects.values_list("pk", flat=True), 1):
        Book.objects.filter(pk=pk).update(id=number)


@pytest.mark.parametrize("url", URLS)
def test_every_url_of_the_page_finds_something(api, small_ids, url):
    response = api.get(url)

    assert response.status_code == 200, response.content
    [rows] = response.json().values()
    assert len(rows) > 0
    # Every book has an ISBN, and an id that is less than a year.
    finds_all = "isnull" in url or "var:" in url
    assert (len(rows) == Book.objects.count()) == finds_all


def test_the_table_of_operators_is_whole():
    assert [name for name, _ in OPERATORS] == list(filters.OPERATORS)
    for name, url in OPERATORS:
        assert f"={name}&" in url


def test_the_page_names_every_column_of_a_relative():
    named = set(re.findall(r"`(\w+\.\w+)`", PAGE.partition("## pageConfig")[0]))
    declared = {
        parameter["name"]
        for operations in document()["paths"].values()
        for parameter in operations.get("get", {}).get("parameters", [])
        if "." in parameter["name"]
    }

    assert named - {"relative.column"} == declared


def test_the_limits_are_those_of_the_service():
    table = PAGE.partition("## Limits")[2]
    numbers = [int(found.replace(",", "")) for found in re.findall(r"[\d,]*\d", table)]
    assert numbers == [
        filters.MAX_CONDITIONS,
        filters.MAX_VALUES,
        columns.MAX_TEXT,
        pagination.MAX_LENGTH,
        pagination.MAX_ORDER,
        MAX_BOOKS,
    ]
    assert MAX_ITEMS == MAX_BOOKS
    assert "longer than 1,000 rows (`QUINTET_MAX_UNPAGED`)" in PAGE
    assert settings.QUINTET_MAX_UNPAGED == 1000
