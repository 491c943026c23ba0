"""Who may open an account, by `QUINTET_REGISTRATION`."""

from __future__ import annotations

import pytest
from django.contrib.auth import hashers
from django.core import mail

from accounts.models import User
from tests.accounts.test_passwords import run_tasks
from tests.support.factories import PASSWORD

REGISTER = "/auth/register"
EVE = {"email": "eve@example.com", "password": "secret-123"}
USERS = "/v1.0/users"


@pytest.fixture
def strict(settings) -> None:
    settings.QUINTET_REGISTRATION = "strict"


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Reveals at registration whether an email address has an account",
    new="Does the same, unless `QUINTET_REGISTRATION` is `strict`",
)
def test_strict_answers_the_same_for_a_known_address(api, strict, ada):
    known = api.post(REGISTER, EVE | {"email": ada.email})
    new = api.post(REGISTER, EVE)

    assert known.status_code == new.status_code == 201
    assert known.content == new.content
    assert User.objects.filter(email=EVE["email"]).exists()
    login = {"email": ada.email, "password": PASSWORD}
    assert api.post("/auth/login", login).status_code == 200


def test_strict_tells_the_owner_of_the_address(api, strict, ada):
    api.post(REGISTER, EVE | {"email": ada.email})
    api.post(REGISTER, EVE)
    run_tasks()

    (sent,) = mail.outbox
    assert sent.to == [ada.email]
    assert "You already have an\naccount" in sent.body
    assert "/session/password?token=" in sent.body


@pytest.mark.parametrize("email", ["ada@example.com", "eve@example.com"])
def test_strict_refuses_a_name_that_is_taken_for_any_address(api, strict, ada, email):
    response = api.post(REGISTER, EVE | {"email": email, "name": "ada"})

    assert (response.status_code, response.json()) == (
        409,
        {"message": "This name is taken."},
    )


@pytest.mark.parametrize("email", ["ada@example.com", "eve@example.com"])
def test_strict_hashes_one_password_for_any_address(
    api, strict, ada, email, monkeypatch
):
    hashed = []
    encode = hashers.MD5PasswordHasher.encode

    def counted(self, password, salt):
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", counted)
    assert api.post(REGISTER, EVE | {"email": email}).status_code == 201
    assert len(hashed) == 1


def test_open_sends_no_mails(api, ada):
    assert api.post(REGISTER, EVE | {"email": ada.email}).status_code == 202
    run_tasks()
    assert mail.outbox == []


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Lets every client register",
    new="Does the same, unless `QUINTET_REGISTRATION` is `closed`",
)
def test_closed_lets_nobody_in(api, db, settings, ada):
    settings.QUINTET_REGISTRATION = "closed"
    for url, body in [(REGISTER, EVE), (USERS, EVE | {"name": "eve"})]:
        response = api.post(url, body)
        assert response.status_code == 403
        assert response.json() == {"message": "Registration is closed."}
    assert User.objects.count() == 1
    login = {"email": ada.email, "password": PASSWORD}
    assert api.post("/auth/login", login).status_code == 200


def test_strict_leaves_one_door(api, strict, ada):
    response = api.post(USERS, {"name": "x", "email": ada.email, "password": "x"})

    assert response.status_code == 403
    assert "/auth/register" in response.json()["message"]
