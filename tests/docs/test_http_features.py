"""docs/reference/http-features.md: its examples of pages, and its numbers."""

from __future__ import annotations

import re

import pytest
from django.conf import settings

from accounts.models import User
from dialects.dbbase.serializers import MAX_NEW_ROWS
from tests.support.guide_pages import marked, page

PAGE = page("reference/http-features")
EXAMPLES = re.findall(r"\| `(/.+?)` \|", marked("reference/http-features", "pages"))


def test_every_example_of_a_page_has_two_rows(demo, client_of):
    client = client_of(User.objects.get(email="staff@example.com"))

    assert len(EXAMPLES) == 4
    for url in EXAMPLES:
        response = client.get(url)
        rows = response.json()
        if isinstance(rows, dict):
            rows = next(part for part in rows.values() if isinstance(part, list))
        assert len(rows) == 2
        if "/api/" not in url:
            assert "X-Total-Count" in response.headers
            assert "Link" in response.headers


def test_the_numbers_are_those_of_the_service():
    assert f"up to {MAX_NEW_ROWS:,} objects" in PAGE
    assert (
        f"of {settings.QUINTET_MAX_UNPAGED:,} objects is `QUINTET_MAX_UNPAGED`" in PAGE
    )


@pytest.mark.parametrize("header", settings.CORS_EXPOSE_HEADERS)
def test_each_header_that_web_pages_may_read_is_listed(header):
    assert f"`{header}`" in marked("reference/http-features", "response headers")
