"""Acting as a demo account, and resetting the demo data: in development only."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.demo import account
from accounts.models import User
from casting.models import Movie
from goals.models import Goal

pytestmark = pytest.mark.django_db


def actor(client: Client) -> str:
    """Return the name of the account whose token the landing page has."""
    token = client.get("/").context["options"]["token"]
    if not token:
        return ""
    headers = {"Authorization": f"Bearer {token}"}
    return Client().get("/auth/me", headers=headers).json()["name"]


def test_acts_as_an_account_until_it_is_nobody(client, demo):
    assert actor(client) == ""
    response = client.post("/act-as", {"account": "director", "next": "/movies?page=2"})
    assert response.headers["Location"] == "/movies?page=2"
    assert actor(client) == "director"

    client.post("/act-as", {"account": "ada"})
    assert actor(client) == "ada"
    client.post("/act-as", {"account": "", "next": "/"})
    assert actor(client) == ""


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "//evil.example",
        "javascript:alert(1)",
        "/\\evil.example",
    ],
)
def test_leads_to_no_other_host(client, demo, url):
    response = client.post("/act-as", {"account": "ada", "next": url})

    assert response.headers["Location"] == "/"


@pytest.mark.parametrize("name", ["carol", "ada@example.com", "1", "\0"])
def test_refuses_other_accounts(client, demo, name):
    User.objects.create_user("carol@example.com", "a pass phrase")
    client.force_login(account("bob"))
    response = client.post("/act-as", {"account": name})

    assert response.status_code == 400
    assert actor(client) == "bob"


def test_refuses_an_inactive_account(client, demo):
    User.objects.filter(pk=account("guest").pk).update(is_active=False)

    assert client.post("/act-as", {"account": "guest"}).status_code == 400


def test_needs_a_post_with_the_forms_token(demo):
    client = Client(enforce_csrf_checks=True)

    assert client.get("/act-as").status_code == 405
    for url in ("/act-as", "/reset-demo"):
        assert client.post(url, {"account": "staff"}).status_code == 403
    assert actor(client) == ""


@pytest.mark.parametrize("url", ["/act-as", "/reset-demo"])
def test_does_not_exist_in_production_or_without_demo_accounts(client, settings, url):
    assert client.post(url, {"account": "ada"}).status_code == 404
    User.objects.create_user("ada@example.com", "quintet-demo")
    assert client.post(url, {"account": "ada"}).status_code == 404
    User.objects.update(is_demo=True)
    settings.PRODUCTION = True
    assert client.post(url, {"account": "ada"}).status_code == 404
    assert User.objects.count() == 1


def test_a_reset_asks_first_and_keeps_the_account(client, demo):
    client.force_login(account("ada"))
    Goal.objects.filter(name="Get a boat").update(name="Get a plane")
    page = client.get("/reset-demo")
    assert "7 demo accounts" in page.content.decode()
    assert Goal.objects.filter(name="Get a plane").exists()

    assert client.post("/reset-demo").headers["Location"] == "/"

    assert not Goal.objects.filter(name="Get a plane").exists()
    assert Goal.objects.filter(name="Get a boat").exists()
    assert Movie.objects.count() == 30
    assert actor(client) == "ada"


@pytest.mark.parametrize("url", ["/", "/session/password", "/reset-demo"])
def test_each_page_has_the_banner_and_the_picker(client, demo, url):
    text = client.get(url).content.decode()

    assert "Demo data" in text
    assert 'action="/act-as"' in text
