"""Who is logged in by a session, and what a session costs those who have none."""

from __future__ import annotations

import pytest
from django.test import Client

JSON = {"accept": "application/json"}


@pytest.mark.parametrize("path", ["/books", "/actors", "/v1.0/goals", "/auth/me"])
def test_a_client_without_a_cookie_starts_no_session(client, db, path):
    response = client.get(path, headers=JSON)

    assert not response.wsgi_request.session.session_key
    assert not response.cookies
    # A cache must not give it to whoever has one.
    assert response["Vary"] == "Accept, Cookie, origin"


def test_who_is_logged_in_is_known_by_a_cookie(client, staff):
    client.force_login(staff)
    response = client.get("/auth/me", headers=JSON)

    assert response.json()["email"] == staff.email
    assert response["Vary"] == "Accept, Cookie, origin"


def test_a_write_by_a_session_still_needs_its_token(staff, undocumented):
    """The document describes requests with tokens, and tells this one in words."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff)
    response = client.post("/bucketlists/", {"name": "a"}, "application/json")

    assert response.status_code == 403


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html"])
@pytest.mark.parametrize("path", ["/session/login/", "/admin/login/"])
def test_a_login_page_sets_its_cookie_whatever_is_accepted(client, db, path, accept):
    response = client.get(path, headers={"accept": accept})

    assert response.status_code == 200
    assert "csrftoken" in response.cookies
