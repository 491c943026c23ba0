"""Every exchange of the bucket list article, form-encoded as its tests send them."""

from __future__ import annotations

import re

import pytest
from rest_framework.test import APIClient

from tests.support.http import OVER_HTTP

pytestmark = OVER_HTTP

USER = {"email": "user@example.com", "password": "test1234"}
HTTP_DATE = re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")


@pytest.fixture
def forms(db) -> APIClient:
    return APIClient()


@pytest.fixture
def bearer(forms) -> dict[str, str]:
    forms.post("/auth/register", USER)
    token = forms.post("/auth/login", USER).json()["access_token"]
    return {"HTTP_AUTHORIZATION": f"Bearer {token}"}


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Returns `You registered successfully.` in the article's test, and a second "
    "sentence in its code",
    new="Returns `You registered successfully. Please log in.`",
    why="Clients got what the code returns",
)
def test_registration(forms):
    response = forms.post("/auth/register", USER)

    assert response.status_code == 201
    assert response.json() == {"message": "You registered successfully. Please log in."}


def test_already_registered_user(forms):
    forms.post("/auth/register", USER)
    response = forms.post("/auth/register", USER)

    assert response.status_code == 202
    assert response.json() == {"message": "User already exists. Please login."}


def test_user_login(forms):
    forms.post("/auth/register", USER)
    response = forms.post("/auth/login", USER)

    assert response.status_code == 200
    body = response.json()
    assert body["message"] == "You logged in successfully."
    assert body["access_token"].count(".") == 2


def test_non_registered_user_login(forms):
    response = forms.post("/auth/login", {"email": "not@a.user", "password": "nope"})

    assert response.status_code == 401
    assert response.json() == {"message": "Invalid email or password, Please try again"}


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Returns 500 for a missing `Authorization` header",
    new="Returns 401",
)
@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Requires no token in the first half of the article",
    new="Requires a token, as in the second half",
    why="The second half replaces the first",
)
def test_a_token_is_required(forms):
    assert forms.get("/bucketlists/").status_code == 401
    assert forms.post("/bucketlists/", {"name": "x"}).status_code == 401


def test_bucketlist_creation(forms, bearer):
    response = forms.post("/bucketlists/", {"name": "Go to Borabora"}, **bearer)

    assert response.status_code == 201
    body = response.json()
    assert list(body) == ["id", "name", "date_created", "date_modified", "created_by"]
    assert body["name"] == "Go to Borabora"
    assert HTTP_DATE.fullmatch(body["date_created"])
    assert HTTP_DATE.fullmatch(body["date_modified"])


def test_api_can_get_all_bucketlists(forms, bearer):
    created = forms.post("/bucketlists/", {"name": "Go to Borabora"}, **bearer)
    response = forms.get("/bucketlists/", **bearer)

    assert (response.status_code, response.json()) == (200, [created.json()])


def test_api_can_get_bucketlist_by_id(forms, bearer):
    created = forms.post("/bucketlists/", {"name": "Go to Borabora"}, **bearer).json()
    response = forms.get(f"/bucketlists/{created['id']}", **bearer)

    assert (response.status_code, response.json()) == (200, created)


def test_bucketlist_can_be_edited(forms, bearer):
    created = forms.post("/bucketlists/", {"name": "Eat, pray and love"}, **bearer)
    url = f"/bucketlists/{created.json()['id']}"
    name = "Dont just eat, but also pray and love :-)"
    response = forms.put(url, {"name": name}, **bearer)

    assert response.status_code == 200
    assert response.json()["name"] == name
    assert forms.get(url, **bearer).json()["name"] == name


def test_bucketlist_deletion(forms, bearer):
    created = forms.post("/bucketlists/", {"name": "Eat, pray and love"}, **bearer)
    number = created.json()["id"]
    response = forms.delete(f"/bucketlists/{number}", **bearer)

    assert response.status_code == 200
    assert response.json() == {"message": f"bucketlist {number} deleted"}
    assert forms.get(f"/bucketlists/{number}", **bearer).status_code == 404
