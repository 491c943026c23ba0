"""docs/how-to/allow-web-apps.md names the headers that responses have."""

from __future__ import annotations

import re

from django.conf import settings

from config.browser_headers import TRACING_HEADERS
from tests.support.guide_pages import marked

PAGE = "how-to/allow-web-apps"


def test_scripts_can_read_the_listed_headers():
    first_cells = re.findall(r"^\| (`[^|]+) \|", marked(PAGE, "exposed"), re.M)
    listed = [name for cell in first_cells for name in re.findall(r"`(.+?)`", cell)]

    assert sorted(listed) == sorted(settings.CORS_EXPOSE_HEADERS)


def test_tracers_can_send_their_headers():
    assert set(re.findall(r"`(.+?)`", marked(PAGE, "tracers"))) == set(TRACING_HEADERS)


def test_responses_have_the_listed_headers(client, db):
    rows = re.findall(
        r"^\| `([\w-]+)`(?: of data)? \| `(.+?)` \|", marked(PAGE, "headers"), re.M
    )
    data = client.get("/books").headers

    assert len(rows) == 4
    for name, value in rows:
        assert data[name] == value
    policy = client.get("/guide/").headers["Content-Security-Policy"]
    kinds = set(re.findall(r"(\w+)-(?:src|action) 'self'", policy))
    assert kinds == {"script", "style", "img", "font", "connect", "form"}
