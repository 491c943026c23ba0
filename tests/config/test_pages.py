"""The pages that show the OpenAPI documents, as the server sends them."""

from __future__ import annotations

import json
import re

import pytest

ABSOLUTE = re.compile(r"""(?:src|href|url\()\s*=?\s*["']?(https?:)?//[^"'\s>]+""")
PAGES = ["/docs/", "/reference/", "/docs", "/reference"]


def options_of(page: str) -> dict:
    return json.loads(page.partition('type="application/json">')[2].partition("<")[0])


@pytest.mark.parametrize("url", PAGES)
def test_the_documentation_needs_nothing_from_outside(client, url):
    page = client.get(url)

    assert page.status_code == 200
    assert not ABSOLUTE.findall(page.content.decode())


@pytest.mark.parametrize("url", PAGES)
def test_the_files_of_the_documentation_are_our_own(client, url):
    page = client.get(url).content.decode()
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)

    assert files
    for file in files:
        assert client.get(file).status_code == 200, file


def test_a_page_names_every_document(client):
    shown = options_of(client.get("/docs/").content.decode())["documents"]

    assert shown[0] == {"name": "All APIs", "url": "/openapi.json"}
    assert {"name": "Goals", "url": "/schema/goals?format=json"} in shown
    for document in shown:
        assert client.get(document["url"]).json()["openapi"]


def test_production_has_no_demo_accounts(client, settings):
    assert options_of(client.get("/docs/").content.decode())["signIn"]
    settings.PRODUCTION = True
    page = client.get("/docs/").content.decode()

    assert options_of(page)["signIn"] is None
    assert "quintet-demo" not in page


def test_the_url_of_the_former_reference_still_leads_there(client):
    assert client.get("/redoc/").headers["Location"] == "/reference"


def test_browsers_find_an_icon(client):
    response = client.get("/favicon.ico", follow=True)

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "image/svg+xml"
