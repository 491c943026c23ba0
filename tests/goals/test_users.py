from __future__ import annotations

import pytest

from accounts.models import User
from tests.support.factories import UserFactory

URL = "/v1.0/users"
EVE = {"name": "eve", "email": "eve@example.com", "password": "secret-123"}


@pytest.mark.difference(
    "Goals",
    old="Does nothing on POST to `/v1.0/users`",
    new="Registers a user and returns 201",
    why="The article leaves the resource empty",
)
@pytest.mark.parametrize("form", ["json", "multipart"])
def test_post_creates_a_user_with_a_hashed_password(api, db, form):
    response = api.post(URL, EVE, form)

    assert response.status_code == 201
    user = User.objects.get(name="eve")
    assert response.json() == {"id": user.pk, "name": "eve", "email": "eve@example.com"}
    assert user.check_password("secret-123")
    assert "secret-123" not in user.password


@pytest.mark.parametrize(
    "change",
    [{"name": "ada"}, {"email": "Ada@Example.com"}, {"email": "ADA@EXAMPLE.COM"}],
)
def test_a_name_or_address_in_use_is_409(api, ada, change):
    response = api.post(URL, EVE | change, "json")

    assert response.status_code == 409
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "x" * 65},
        {"email": "no address"},
        {"email": f"{'x' * 120}@example.com"},
        {"password": ""},
        {"password": None},
    ],
)
def test_bad_values_are_400(api, db, change):
    assert api.post(URL, EVE | change, "json").status_code == 400
    assert not User.objects.exists()


@pytest.mark.difference(
    "Goals",
    old="Does nothing on GET of `/v1.0/users`",
    new="Returns the user of the token",
)
def test_get_needs_a_login_and_shows_no_one_elses_address(api, client_of, ada, bob):
    assert api.get(URL).status_code == 401
    assert client_of(ada).get(URL).json() == [
        {"id": ada.pk, "name": "ada", "email": "ada@example.com"}
    ]


@pytest.mark.parametrize("size", [2, 20])
def test_a_list_costs_the_same_for_any_number_of_rows(
    client_of, staff, query_counts, size
):
    UserFactory.create_batch(size)

    query_counts("goals:users", client_of(staff), URL)


@pytest.mark.difference(
    "Goals",
    old="Does nothing on GET of `/v1.0/users`",
    new="Returns all users of goals to staff users with [model "
    "permissions](accounts.md)",
)
def test_staff_see_all_users(client_of, ada, staff):
    names = [user["name"] for user in client_of(staff).get(URL).json()]

    assert names == ["ada", "staff"]


def test_the_rate_limit_is_in_the_headers(api, db, settings):
    settings.QUINTET_ADDRESS_LIMIT = 1
    body = {"name": "eve", "email": "eve@example.com", "password": "long enough"}
    made = api.post("/v1.0/users", body, "json")
    refused = api.post("/v1.0/users", body | {"name": "mallory"}, "json")

    assert (made.status_code, made.headers["X-RateLimit-Remaining"]) == (201, "0")
    assert (refused.status_code, refused.headers["X-RateLimit-Limit"]) == (429, "1")
    assert 0 < int(refused.headers["Retry-After"]) <= settings.QUINTET_LIMIT_SECONDS
