"""The guide shows the files in `docs/`, and its links lead somewhere."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin

import pytest

from pages import guide
from pages.admin_menu import GUIDE, GUIDES
from pages.markdown import anchor_of
from pages.systems import SYSTEMS
from tests.support.openapi import document

PAGES = [f"/guide/{name}/" if name else "/guide/" for name in guide.names()]


class Links(HTMLParser):
    """The targets of links and pictures, and the ids, of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.ids: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        names = dict(attrs)
        self.targets += [names[key] for key in ("href", "src") if names.get(key)]
        self.ids |= {names["id"]} if "id" in names else set()


def test_every_link_of_a_page_leads_to_a_page_and_its_anchor(client, db):
    @cache
    def links_at(url: str) -> Links:
        page = client.get(url, follow=True)
        assert page.status_code == 200, url
        html = b"".join(page) if page.streaming else page.content
        return Links(html.decode(errors="replace"))

    for url in PAGES:
        targets = links_at(url).targets
        assert len(targets) > 10, url
        for target in targets:
            path, anchor = urldefrag(urljoin(url, target))
            if path.startswith(("http:", "https:", "mailto:", "/static/", "/admin/")):
                continue
            there = links_at(path)
            assert not anchor or anchor in there.ids, (url, target)


def test_a_page_has_the_headings_and_tables_of_its_file(client, db):
    html = client.get("/guide/reference/http-features/").content.decode()
    text = (guide.FOLDER / "reference/http-features.md").read_text()
    # Comments in code look like headings.
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)

    assert html.count("<h2") == len(re.findall("^## ", text, re.MULTILINE)) > 3
    assert html.count("<table>") == len(
        re.findall(r"^\|[-:| ]+\|$", text, re.MULTILINE)
    )
    assert html.count("<h1") == 1
    # Comments speak to tests.
    assert "<!-- test:" in text
    assert "<!--" not in html


def test_pages_of_a_folder_link_to_each_other_and_to_those_above(client, db):
    index, page = (
        Links(client.get(url).content.decode()).targets
        for url in ("/guide/moving/", "/guide/moving/goals/")
    )

    assert {"/guide/moving/goals/", "/guide/how-to/deploy/"} <= set(index)
    assert {"/guide/moving/#switch", "/guide/reference/goals/"} <= set(page)


def test_the_navigation_shows_where_a_page_is(client, db):
    html = client.get("/guide/how-to/deploy/").content.decode()
    chapter = html.partition("<details open>")[2].partition("</details>")[0]

    assert html.count("<details open>") == 1
    assert "How-to guides for operators" in chapter
    assert 'href="/guide/how-to/deploy/" aria-current="page"' in chapter
    assert 'rel="prev"' in html
    assert 'rel="next" href="/guide/how-to/deploy-with-containers/"' in html


def test_a_page_lists_its_sections(client, db):
    html = client.get("/guide/reference/http-features/").content.decode()
    sections = html.partition('class="sections"')[2].partition("</nav>")[0]
    headings = re.findall(r'<h2 id="([^"]+)"', html)

    assert re.findall(r'href="#([^"]+)"', sections) == headings
    assert len(headings) > 3


def test_code_in_a_table_shows_pipes(client, db):
    text = (guide.FOLDER / "reference/settings.md").read_text()
    html = client.get("/guide/reference/settings/").content.decode()

    assert r"`\|`" in text
    assert "<code>|</code>" in html
    assert r"<code>\|</code>" not in html


def test_the_table_of_contents_opens_every_chapter(client, db):
    html = client.get("/guide/").content.decode()

    assert html.count("<details open>") == len(guide.contents()) > 5


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("/admin/", "how-to/use-the-admin"),
        ("/admin/orders/invoice/", "how-to/issue-invoices"),
        ("/admin/orders/invoice/add/", "how-to/issue-invoices"),
        ("/admin/accounts/user/", "how-to/manage-accounts"),
        ("/admin/casting/actor/", "how-to/use-the-admin"),
    ],
)
def test_the_admin_links_to_the_page_on_its_model(admin_client, url, page):
    links = Links(admin_client.get(url).content.decode()).targets

    assert f"/guide/{page}/" in links


def test_every_page_that_the_admin_and_the_landing_page_name_exists():
    pages = {*GUIDES.values(), GUIDE, *(system.guide for system in SYSTEMS)}

    assert pages <= set(guide.names())


def test_every_tag_of_the_openapi_document_links_to_its_page(client, db):
    root = document()
    texts = [tag["description"] for tag in root["tags"]]
    # The tag of an app of your own needs no page.
    found = [re.search(r"\[Guide\]\((.+)\)$", text) for text in texts]
    links = [link[1] for link in found if link]

    assert len(links) > 5
    assert "](/guide/)" in root["info"]["description"]
    for url in links:
        assert client.get(url).status_code == 200, url


@pytest.mark.parametrize(
    ("url", "media_type"),
    [
        ("/guide/images/architecture.svg", "image/svg+xml"),
        ("/guide/configuration/nginx.conf", "text/plain"),
        ("/guide/configuration/Caddyfile", "text/plain"),
    ],
)
def test_pictures_and_configurations_are_served(client, db, url, media_type):
    response = client.get(url)

    assert response.status_code == 200
    assert response.headers["Content-Type"].partition(";")[0] == media_type


@pytest.mark.parametrize(
    "path",
    [
        *("moving/nothing/", "moving/index.md", "moving/goals.md"),
        *("nothing/", "openapi.py", "images/architecture.py", "images/nothing.svg"),
        *(
            "../config/settings.py",
            "images/../../manage.py",
            "%2e%2e/manage.py",
            "images",
        ),
    ],
)
def test_nothing_else_of_the_project_is_served(client, db, path):
    assert client.get(f"/guide/{path}", follow=True).status_code == 404


def test_a_page_is_sent_once(client, db):
    tag = client.get("/guide/reference/errors/").headers["ETag"]

    assert (
        client.get(
            "/guide/reference/errors/", headers={"If-None-Match": tag}
        ).status_code
        == 304
    )


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("When the primary is gone", "when-the-primary-is-gone"),
        ("`token_not_valid`", "token_not_valid"),
        ("Sorting, filtering & pages", "sorting-filtering--pages"),
        ("psycopg 3", "psycopg-3"),
    ],
)
def test_anchors_are_those_of_github(heading, anchor):
    assert anchor_of(heading) == anchor
