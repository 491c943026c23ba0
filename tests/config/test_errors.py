"""Errors outside the views: in the dialect of the URL, or as a page."""

from __future__ import annotations

import pytest
from django.test import Client

from config.apis import dialect_of
from dialects.dbbase import DbbaseDialect
from dialects.envelope import EnvelopeDialect
from dialects.message import ArgumentDialect, MessageDialect
from dialects.restless import RestlessDialect


@pytest.mark.parametrize(
    ("url", "dialect"),
    [
        ("/v1.0/nothing", ArgumentDialect),
        ("/bucketlists/1/x", MessageDialect),
        ("/auth/nothing", MessageDialect),
        ("/nothing", MessageDialect),
        ("/actors/x", EnvelopeDialect),
        ("/movies/x", EnvelopeDialect),
        ("/api/nothing", RestlessDialect),
        ("/api/user/", RestlessDialect),
        ("/api/v2/nothing", DbbaseDialect),
        ("/books/x", DbbaseDialect),
        ("/authors/x", DbbaseDialect),
        ("/orders/x", DbbaseDialect),
        ("/invoices/x", DbbaseDialect),
        ("/invoice-items/x", DbbaseDialect),
        ("/a-model-command/x", DbbaseDialect),
        ("/meta/nothing", DbbaseDialect),
    ],
)
def test_an_unknown_url_returns_404_in_the_dialect_of_its_prefix(
    client, db, url, dialect
):
    assert dialect_of(url) is dialect
    response = client.get(url)

    assert response.status_code == 404
    assert response.headers["Content-Type"] == dialect.renderer_classes[0].media_type


@pytest.mark.parametrize("url", ["/bucketlists/", "/api/video", "/nothing"])
def test_an_unknown_host_returns_400_in_json(client, db, url):
    response = client.get(url, HTTP_HOST="evil.example")

    assert response.status_code == 400
    assert "json" in response.headers["Content-Type"]


def test_the_admin_shows_pages(admin_client):
    response = admin_client.get("/admin/nothing/")

    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")


def test_an_error_in_the_admin_is_a_page(admin_client, monkeypatch):
    from accounts.admin import UserAdmin

    monkeypatch.setattr(UserAdmin, "get_queryset", None)
    admin_client.raise_request_exception = False
    response = admin_client.get("/admin/accounts/user/")

    assert response.status_code == 500
    assert response.headers["Content-Type"].startswith("text/html")


def test_an_error_without_static_files_is_a_plain_page_with_entries_in_the_log(
    client, db, settings, tmp_path, caplog
):
    manifest_storage = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": manifest_storage}
    }
    client.raise_request_exception = False
    for url in ("/admin/login/", "/nothing"):
        caplog.clear()
        headers = {"X-Request-ID": "plain", "Accept": "text/html"}
        response = client.get(url, headers=headers)

        assert response.status_code == 500
        assert response.headers["Content-Type"].startswith("text/html")
        assert "Request ID: <code>plain</code>" in response.content.decode()
        names = {record.name for record in caplog.records}
        assert names >= {"django.request", "quintet.access", "quintet.server"}
        assert "Missing staticfiles manifest entry" in caplog.text


BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize("url", ["/nothing", "/v1.0/nothing", "/api/nothing"])
def test_a_browser_gets_a_page_that_leads_home(client, db, url):
    response = client.get(url, headers=BROWSER)
    html = response.content.decode()

    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")
    assert "Accept" in response.headers["Vary"]
    assert response.headers["X-Request-ID"] in html
    assert 'href="/"' in html
    assert "/guide/reference/errors/" in html


@pytest.mark.parametrize("accept", ["*/*", "application/json, text/html", "image/png"])
def test_other_clients_get_the_error_of_the_dialect(client, db, accept):
    response = client.get("/v1.0/nothing", headers={"Accept": accept})

    assert response.json() == {"message": "Not found."}


def test_a_page_of_the_admin_that_does_not_exist_leads_to_its_start(admin_client):
    html = admin_client.get("/admin/nothing/").content.decode()

    assert 'href="/admin/"' in html


def test_the_page_shows_no_script_of_the_address(client, db):
    response = client.get("/<script>alert(1)</script>", headers=BROWSER)

    assert b"<script>alert" not in response.content


def test_a_form_without_its_token_is_explained(client, ada):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    response = strict.post("/admin/login/", headers=BROWSER)

    assert response.status_code == 403
    assert "no longer valid" in response.content.decode()
