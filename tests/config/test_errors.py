"""Errors that no view draws: in the shape of the URL's API, or as a page."""

from __future__ import annotations

import pytest

from config.errors import dialect_of
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
def test_an_unknown_url_answers_in_its_prefixs_dialect(client, db, url, dialect):
    assert dialect_of(url) is dialect
    answer = client.get(url)

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == dialect.renderer_classes[0].media_type


@pytest.mark.parametrize("url", ["/bucketlists/", "/api/video", "/nothing"])
def test_an_unknown_host_is_400_in_json(client, db, url):
    answer = client.get(url, HTTP_HOST="evil.example")

    assert answer.status_code == 400
    assert "json" in answer.headers["Content-Type"]


def test_the_back_office_shows_pages(admin_client):
    answer = admin_client.get("/admin/nothing/")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


def test_a_mistake_in_the_back_office_is_a_page(admin_client, monkeypatch):
    from accounts.admin import UserAdmin

    monkeypatch.setattr(UserAdmin, "get_queryset", None)
    admin_client.raise_request_exception = False
    answer = admin_client.get("/admin/accounts/user/")

    assert answer.status_code == 500
    assert answer.headers["Content-Type"].startswith("text/html")
