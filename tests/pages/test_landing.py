"""The page at `/`: what it shows to whom, and that it tells the truth."""

from __future__ import annotations

import json
import re
import shlex

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.demo import ACCOUNTS, account
from config.documents import systems
from pages.systems import SYSTEMS
from tests.pages.parsing import Page

pytestmark = pytest.mark.django_db
EVERYONE = [*ACCOUNTS, None]


def landing(client: Client, name: str | None = None) -> Page:
    if name:
        client.force_login(account(name))
    return Page(client.get("/").content.decode())


def send(request: dict) -> int:
    """Send a request of the page as its script does, and undo what it has written."""
    headers = dict(request["headers"])
    content_type = headers.pop("Content-Type", "")
    with transaction.atomic():
        response = Client(headers=headers).generic(
            request["method"],
            request["url"].removeprefix("http://testserver"),
            request["body"] or "",
            content_type=content_type,
        )
        transaction.set_rollback(True)
    return response.status_code


@pytest.mark.parametrize(
    ("name", "access"),
    [*((name, "open") for name in EVERYONE), ("ada", "closed"), (None, "closed")],
)
def test_greys_exactly_the_requests_that_are_refused(
    client, demo, settings, name, access
):
    settings.QUINTET_ACCESS = access
    page = landing(client, name)
    requests = page.options["requests"]
    assert len(requests) == 15

    statuses = {each["id"]: send(each) for each in requests}

    refused = {pk for pk, status in statuses.items() if status in {401, 403}}
    assert refused == page.missing.keys(), statuses
    others = {status for pk, status in statuses.items() if pk not in refused}
    assert others <= {200, 201, 202}, statuses


def test_says_which_right_is_missing(client, demo):
    page = landing(client, "director")

    assert page.missing == {
        "casting-3": "⊘ Requires one of the roles: executive producer."
    }
    page = landing(Client())
    assert page.missing["bucket-lists-1"] == "⊘ You need to log in."


def test_its_curl_lines_are_the_requests_that_its_script_sends(client, demo):
    page = landing(client, "ada")
    for request in page.options["requests"]:
        words = shlex.split(page.curl[request["id"]].replace("\\\n", " "))
        assert words[:3] == ["curl", "-i", request["url"]]
        options = list(zip(words[3::2], words[4::2], strict=True))
        headers = [f"{name}: {value}" for name, value in request["headers"].items()]
        assert [value for option, value in options if option == "-H"] == headers
        sent = [value for option, value in options if option == "-d"]
        assert sent == [request["body"]] * (request["body"] is not None)
        assert request["method"] == ("POST" if sent else "GET")


@pytest.mark.parametrize("name", ["director", "staff", None])
def test_takes_five_queries_at_most(client, demo, name):
    if name:
        client.force_login(account(name))
    with CaptureQueriesContext(connection) as queries:
        client.get("/")

    assert len(queries) <= 5, [query["sql"] for query in queries]


def test_weighs_less_than_100_kb_with_all_its_files(client, demo):
    client.force_login(account("director"))
    page = client.get("/").content
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.decode())
    assert len(files) >= 4
    sizes = [len(client.get(file).getvalue()) for file in files]

    assert len(page) + sum(sizes) < 100_000, (len(page), sizes)


def test_its_documents_exist():
    assert {system.slug for system in SYSTEMS} <= systems().keys()


def test_its_links_lead_somewhere(client, demo):
    page = landing(client, "staff")
    assert len(page.links) > 20
    # Whether a worker lives is not the page's.
    for url in set(page.links) - {"/readyz"}:
        path = url.removeprefix("http://testserver").partition("#")[0]
        response = client.get(path, headers={"Accept": "text/html"})
        assert response.status_code == 200, url


def test_production_has_a_signpost_without_accounts_and_data(client, demo, settings):
    settings.PRODUCTION = True
    with CaptureQueriesContext(connection) as queries:
        text = client.get("/").content.decode()

    assert len(queries) == 0
    for system in SYSTEMS:
        assert system.prefixes[0] in text
    for name in ("director", "quintet-demo", "Demo data", "act-as", "Bearer", "curl"):
        assert name not in text


def test_a_setting_turns_it_off_in_the_usual_dialect(client, settings):
    settings.QUINTET_LANDING = False
    response = client.get("/")

    assert response.status_code == 404
    assert json.loads(response.content) == {"message": "Not found."}


def test_without_demo_accounts_there_is_a_login_instead(client, db):
    text = client.get("/").content.decode()

    assert "Demo data" not in text
    assert "act-as" not in text
    assert "/session/login/?next=/" in text


def test_its_policy_allows_no_inline_styles(client, db):
    assert "unsafe" not in client.get("/").headers["Content-Security-Policy"]
