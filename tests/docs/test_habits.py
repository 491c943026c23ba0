"""docs/reference/http-features.md: its commands in a shell, its URLs read."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from django.conf import settings

from accounts.models import User
from dialects.dbbase.serializers import MAX_NEW_ROWS
from tests.docs.test_readme import address as address  # the server with its worker
from tests.docs.test_readme import assert_answers_as_printed, exchanges
from tests.support.service_processes import OWN_FILE

PAGE = (Path(settings.BASE_DIR) / "docs/reference/http-features.md").read_text()


@OWN_FILE
@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_every_command_answers_as_printed(address, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pairs = exchanges(PAGE)

    assert len(pairs) == 11
    assert_answers_as_printed(pairs, address)


@pytest.mark.parametrize("url", re.findall(r"^\| .* \| `(/.+)` \|", PAGE, re.MULTILINE))
def test_every_page_of_the_table_has_two_rows(demo, client_of, url):
    response = client_of(User.objects.get(email="staff@example.com")).get(url)

    rows = response.json()
    if isinstance(rows, dict):
        rows = next(part for part in rows.values() if isinstance(part, list))
    assert len(rows) == 2
    if "/api/" not in url:
        assert "X-Total-Count" in response.headers
        assert "Link" in response.headers


def test_the_numbers_of_the_page_are_those_of_the_service():
    assert f"up to {MAX_NEW_ROWS:,} rows" in PAGE
    assert f"up to {settings.QUINTET_MAX_UNPAGED:,} rows" in PAGE
