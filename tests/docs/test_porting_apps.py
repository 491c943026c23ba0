"""The apps that docs/porting prints, built from the pages and used as they show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from rest_framework.test import APIClient

from tests.media_catalog.jsonapi import MEDIA_TYPE
from tests.support.openapi import Contract, generated
from tests.support.page_app import (
    assert_as_printed,
    exchanges_of,
    installed_app,
    run_sessions,
)

FOLDER = settings.BASE_DIR / "docs/porting"
APPS = {
    "newsroom": ((FOLDER / "flask-restless.md").read_text(), MEDIA_TYPE),
    "depot": ((FOLDER / "flask-restful-dbbase.md").read_text(), "application/json"),
}


class AppContract(Contract):
    def check(self, environ: dict[str, Any], response: Any) -> None:
        # They return the document, and are no part of it.
        if "/meta/" not in environ["PATH_INFO"]:
            super().check(environ, response)


@pytest.fixture(scope="module", params=APPS)
def app(request, tmp_path_factory, django_db_setup, django_db_blocker) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("project")
    page, _ = APPS[request.param]
    with installed_app(request.param, page, folder, django_db_blocker) as config:
        yield config


@pytest.fixture(scope="module")
def contract(app) -> Contract:
    """The OpenAPI document with the new app in it; every response is held to it."""
    return AppContract.of(generated())


def test_the_app_of_the_page_is_whole(app, db):
    call_command("check", fail_level="WARNING")
    call_command("makemigrations", app.label, "--dry-run", stdout=StringIO())
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=StringIO())


def test_every_exchange_of_the_page_is_as_printed(
    app, client_of, ada, django_capture_on_commit_callbacks, capsys
):
    page, media_type = APPS[app.label]
    member, anonymous = client_of(ada), APIClient()

    for exchange in exchanges_of(page):
        client = member if "Authorization" in exchange.headers else anonymous
        with django_capture_on_commit_callbacks(execute=True):
            assert_as_printed(exchange, client, media_type)
    printed = "".join(re.findall(r"```text\n(.*?)```", page, re.DOTALL))
    assert capsys.readouterr().out == printed


def test_its_urls_open_in_a_browser(app, client_of, ada):
    """The page of an app has no tag in the settings of the OpenAPI document."""
    page, _ = APPS[app.label]
    urls = {each.url for each in exchanges_of(page) if each.method == "GET"}
    client, statuses = client_of(ada), set()

    for url in sorted(urls):
        response = client.get(url, headers={"Accept": "text/html"})
        statuses.add(response.status_code)
        assert response.status_code < 500, url
    assert 200 in statuses


def test_every_session_of_the_page_is_as_printed(app, db):
    results = run_sessions(APPS[app.label][0])

    assert results.attempted > 0
    assert results.failed == 0
