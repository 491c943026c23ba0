"""Every request that docs/reference/json-api.md shows, sent against the demo data."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from dialects.restless import (
    documents,
    filter_objects,
    filters,
    operations,
    pagination,
    parsers,
)
from media_catalog.models import Video
from tests.media_catalog.jsonapi import MEDIA_TYPE

PAGE = (Path(settings.BASE_DIR) / "docs/reference/json-api.md").read_text()
BLOCKS = re.findall(r"```(http|json)\n(.*?)```", PAGE, re.DOTALL)
CURLS = re.findall(r"curl -sg 'http://127\.0\.0\.1:8000(/.*?)'", PAGE)
URLS = sorted({*re.findall(r"`(/api/[^`]+)`", PAGE), *CURLS} - {"/api/operations"})
OPERATORS = re.findall(r'^\| `(\w+)` \|(.*?)\| `(\{"name.*\})` \|$', PAGE, re.MULTILINE)
CLIENTS = Path(settings.BASE_DIR) / "tests/clients"
ROWS_OF_CLIENTS = re.findall(r"^\| `([\w@/-]+)` \| ([\d.]+) \| (.*) \|$", PAGE, re.M)
NO_BODY = {"POST": {200, 201, 204}, "PATCH": {204}, "DELETE": {204}, "GET": {200, 304}}

pytestmark = pytest.mark.usefixtures("demo")


def send(api: Any, text: str, etag: str) -> Any:
    """The request of a block; an ellipsis in a header is the last ETag."""
    head, _, body = text.partition("\n\n")
    first, *lines = head.strip().split("\n")
    method, path = first.split(" ", 1)
    headers = dict(line.replace("…", etag).split(": ", 1) for line in lines)
    media_type = headers.pop("Content-Type", MEDIA_TYPE)
    headers = {"Accept": MEDIA_TYPE} | headers
    return api.generic(method, path, body.encode(), media_type, headers=headers)


def assert_printed(content: bytes, printed: str) -> None:
    """Assert that the body is as printed, where an ellipsis stands for any text."""
    body = json.dumps(json.loads(content), ensure_ascii=False)
    pattern = ".*".join(re.escape(part) for part in compact(printed).split("…"))
    assert re.fullmatch(pattern, compact(body), re.DOTALL), body


def compact(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_every_exchange_of_the_page_is_as_printed(api):
    etag, response = "", None
    for kind, text in BLOCKS:
        if kind == "json":
            assert response is not None
            assert_printed(response.content, text)
            continue
        response = send(api, text, etag)
        etag = response.headers.get("ETag", etag)
        method = text.partition(" ")[0]
        is_refusal = "errors" in response.content.decode()
        assert is_refusal or response.status_code in NO_BODY[method], text
        if "If-None-Match" in text:
            assert response.status_code == 304


def test_the_page_shows_refusals_only_where_it_prints_them(api):
    printed = [text for kind, text in BLOCKS if kind == "json" and '"errors"' in text]
    assert len(printed) == 2


@pytest.mark.parametrize("url", URLS)
def test_every_url_of_the_page_answers(api, url):
    response = api.get(url)

    assert response.status_code == 200, response.content
    assert response.json()["data"] is not None


@pytest.mark.parametrize(
    ("name", "spellings", "example"), OPERATORS, ids=[name for name, *_ in OPERATORS]
)
def test_every_example_of_an_operator_finds_something(api, name, spellings, example):
    wanted = None
    for spelling in [name, *re.findall("`(.*?)`", spellings)]:
        filter_object = json.loads(example) | {"op": spelling}
        query = {"filter[objects]": json.dumps([filter_object]), "page[size]": "0"}
        data = api.get("/api/video", query_params=query).json()["data"]
        assert 0 < len(data) <= Video.objects.count()
        assert wanted in {None, len(data)}
        wanted = len(data)


def test_the_table_of_operators_is_whole():
    documented = {
        spelling
        for name, spellings, _ in OPERATORS
        for spelling in [name, *re.findall("`(.*?)`", spellings)]
    }
    assert documented == set(filter_objects.OPERATORS)


def test_the_limits_are_those_of_the_service():
    table = PAGE.partition("## Limits")[2]
    numbers = [
        int(number.replace(",", "")) for number in re.findall(r"[\d,]*\d", table)
    ]
    assert numbers == [
        pagination.MAX_PAGE_SIZE,
        settings.QUINTET_MAX_UNPAGED,
        0,
        filter_objects.MAX_TERMS,
        filter_objects.MAX_LEVELS,
        filter_objects.MAX_VALUES,
        filters.MAX_SORT_FIELDS,
        documents.MAX_INCLUDE_DEPTH,
        parsers.MAX_IDENTIFIERS,
        operations.MAX_OPERATIONS,
    ]
    assert "`QUINTET_MAX_LINKAGE`). A longer" in PAGE
    assert settings.QUINTET_MAX_LINKAGE == 1000


def test_the_table_of_clients_is_that_of_the_scripts():
    packages = json.loads((CLIENTS / "package.json").read_text())["dependencies"]
    scripts = {path.read_text() for path in CLIENTS.glob("*.test.js")}
    assert len(ROWS_OF_CLIENTS) == len(scripts)

    for name, version, options in ROWS_OF_CLIENTS:
        assert packages[name] == version
        [script] = [text for text in scripts if f'from "{name}"' in text]
        for option in re.findall("`([^`]+)`", options):
            assert option in script, f"{name}: {option}"
