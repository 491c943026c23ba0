"""What the page on access lists is what clients without a token can do."""

from __future__ import annotations

import re

import pytest

from tests.support.guide_pages import marked

TABLE = marked("explanation/access-and-security", "access")
URLS = re.findall(r"^\| [\w, ]+ \| `(\S+)` \| ([\w ]+) \| ([\w ]+) \|$", TABLE, re.M)


@pytest.mark.parametrize(("url", "opened", "closed"), URLS)
@pytest.mark.parametrize("mode", ["open", "closed"])
def test_anonymous_clients_can_do_what_the_page_says(
    settings, demo, api, mode, url, opened, closed
):
    settings.QUINTET_ACCESS = mode
    can_read = api.get(url).status_code != 401
    can_write = api.post(url, {}, "json").status_code != 401
    words = {
        (True, True): "Read and write",
        (True, False): "Read",
        (False, False): "Nothing",
    }

    assert words[can_read, can_write] == (opened if mode == "open" else closed)


def test_the_table_has_the_urls_of_all_apis():
    assert len(URLS) == len(TABLE.strip().splitlines()) - 2 >= 8
