"""Errors outside the views: in the dialect of the URL, or as a page."""

from __future__ import annotations

import pytest

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
