from __future__ import annotations

import bcrypt
import pytest
from django.conf import settings as configured
from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError, connection
from django.utils import timezone

from accounts.models import User
from tests.support.factories import PASSWORD, UserFactory

REGISTER, LOGIN, ME = "/auth/register", "/auth/login", "/auth/me"
EVE = {"email": "eve@example.com", "password": "secret-123"}


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Returns only an access token on login",
    new="Adds `refresh_token` and `user_id`",
    why="Access tokens expire after five minutes",
)
@pytest.mark.parametrize("form", ["json", "multipart"])
def test_register_and_log_in(api, db, form):
    assert api.post(REGISTER, EVE, form).status_code == 201
    response = api.post(LOGIN, EVE, form)

    assert response.status_code == 200
    body = response.json()
    assert set(body) == {"message", "access_token", "refresh_token", "user_id"}
    assert body["user_id"] == User.objects.get().pk


def test_the_address_is_the_same_in_any_case(api, db):
    api.post(REGISTER, EVE)
    shouted = EVE | {"email": "EVE@Example.COM"}

    assert api.post(REGISTER, shouted).status_code == 202
    assert api.post(LOGIN, shouted).status_code == 200
    assert User.objects.get().email == "eve@example.com"


def test_registering_again_keeps_the_old_password(api, db):
    api.post(REGISTER, EVE)
    api.post(REGISTER, EVE | {"password": "another"})

    assert api.post(LOGIN, EVE).status_code == 200
    assert api.post(LOGIN, EVE | {"password": "another"}).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        {"email": None},
        {"email": ""},
        {"email": "no address"},
        {"email": ["eve@example.com"]},
        {"email": f"{'x' * 250}@example.com"},
        {"password": None},
        {"password": ""},
        {"password": {}},
        {"password": "x" * 1025},
        {"name": ""},
        {"name": "x" * 65},
    ],
)
def test_registering_with_bad_values_is_400(api, db, change):
    response = api.post(REGISTER, EVE | change, "json")

    assert response.status_code == 400
    assert isinstance(response.json()["message"], str)
    assert not User.objects.exists()


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Returns 401, 500, or HTML for a registration or login without a field",
    new="Returns 400",
)
@pytest.mark.parametrize("field", ["email", "password"])
@pytest.mark.parametrize("url", [REGISTER, LOGIN])
def test_a_missing_field_is_400(api, db, url, field):
    body = {key: value for key, value in EVE.items() if key != field}
    response = api.post(url, body)

    assert response.status_code == 400
    assert field in response.json()["message"]


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Returns 500 for a login that is neither a form nor JSON",
    new="Returns 415",
)
def test_a_login_in_another_media_type_is_415(api, db):
    assert api.generic("POST", LOGIN, "a,b", "text/csv").status_code == 415


def test_names_are_made_from_the_address_and_stay_unique(api, db):
    for host in ("one.example.com", "two.example.com", "three.example.com"):
        body = EVE | {"email": f"eve@{host}"}
        assert api.post(REGISTER, body).status_code == 201

    names = list(User.objects.values_list("name", flat=True))
    assert names[0] == "eve"
    assert len(set(names)) == 3


def test_a_name_in_use_is_409(api, ada):
    response = api.post(REGISTER, EVE | {"name": "ada"})

    assert (response.status_code, response.json()) == (
        409,
        {"message": "This name is taken."},
    )


@pytest.mark.parametrize(
    "change", [{"password": "wrong"}, {"email": "nobody@example.com"}]
)
def test_a_wrong_login_tells_nothing(api, ada, change):
    response = api.post(LOGIN, {"email": ada.email, "password": PASSWORD} | change)

    assert response.status_code == 401
    assert response.json() == {"message": "Invalid email or password, Please try again"}
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_a_deactivated_user_cannot_log_in(api, db):
    user = UserFactory(is_active=False)

    response = api.post(LOGIN, {"email": user.email, "password": PASSWORD})
    assert response.status_code == 401


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Doesn't show the user of a token",
    new="Returns the user and the roles at `/auth/me`",
)
def test_me_shows_the_caller_and_their_roles(client_of, ada):
    ada.groups.add(Group.objects.get(name="casting director"))

    assert client_of(ada).get(ME).json() == {
        "id": ada.pk,
        "email": "ada@example.com",
        "name": "ada",
        "roles": ["casting director"],
    }


def test_me_is_401_for_nobody(api, db):
    assert api.get(ME).status_code == 401


@pytest.mark.parametrize("url", [REGISTER, LOGIN, "/auth/refresh", "/auth/logout"])
def test_other_methods_are_405_in_json(api, db, url):
    response = api.get(url)

    assert response.status_code == 405
    assert response.headers["Allow"] == "POST, OPTIONS"
    assert response.json() == {
        "message": "The method is not allowed for the requested URL."
    }


@pytest.mark.difference(
    "Everywhere",
    old="Stores passwords as plain text (goals, orders)",
    new="Stores Argon2 hashes",
    why="Protects passwords if the database is stolen",
)
def test_passwords_are_hashed_by_argon2(settings, db):
    settings.PASSWORD_HASHERS = settings.PASSWORD_HASHERS[1:]

    user = User.objects.create_user("eve@example.com", "secret")
    assert user.password.startswith("argon2$argon2id$")


@pytest.mark.difference(
    "Everywhere",
    old="Stores bcrypt hashes of passwords",
    new="Verifies these hashes, and replaces them at login",
)
@pytest.mark.parametrize(
    ("length", "prefix"),
    [(1, b"2a"), (72, b"2b"), (73, b"2a"), (80, b"2b"), (1024, b"2a")],
)
def test_bcrypt_hashes_of_the_old_systems_work_and_are_renewed(
    api, settings, db, length, prefix
):
    settings.PASSWORD_HASHERS = configured.PASSWORD_HASHERS[1:]
    password = "pässwörd-" * 200
    password = password.encode()[:length].decode(errors="ignore") or "p"
    old = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4, prefix)).decode()
    user = UserFactory()
    User.objects.filter(pk=user.pk).update(password=f"bcrypt${old}")

    response = api.post(LOGIN, {"email": user.email, "password": password})
    assert response.status_code == 200
    user.refresh_from_db()
    assert user.password.startswith("argon2$")
    assert api.post(LOGIN, {"email": user.email, "password": password}).status_code == (
        200
    )


@pytest.mark.parametrize(
    "change",
    [{"email": "Upper@example.com"}, {"email": ""}, {"name": ""}, {"name": "ada"}],
)
def test_the_database_refuses_what_no_user_may_be(ada, change):
    fields = {"email": "x@example.com", "name": "x", "password": "x"} | change
    table = User._meta.db_table
    fields |= {"is_superuser": False, "is_staff": False, "is_active": True}
    fields |= {"is_account_current": True, "is_demo": False}
    fields |= {"date_joined": timezone.now()}
    columns, marks = ", ".join(fields), ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute(statement, list(fields.values()))


def test_who_may_change_users_cannot_make_a_superuser(client, ada):
    staff = UserFactory.create(is_staff=True)
    staff.user_permissions.add(
        *Permission.objects.filter(codename__in=["change_user", "view_user"])
    )
    client.force_login(staff)
    form = {"email": ada.email, "name": "ada", "is_active": "on"}
    form |= {"is_superuser": "on", "is_staff": "on"}
    response = client.post(f"/admin/accounts/user/{ada.pk}/change/", form)

    assert response.status_code == 302
    ada.refresh_from_db()
    assert not ada.is_superuser
    assert not ada.is_staff
