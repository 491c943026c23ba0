"""Accounts of several old systems in one: each old password works until a login."""

from __future__ import annotations

import bcrypt
import pytest
from django.conf import settings as configured
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from accounts.models import OldPassword, User
from accounts.old_passwords import stored_password
from tests.accounts.test_passwords import mailed_token, run_tasks
from tests.support.factories import PASSWORD, UserFactory
from tests.support.races import race

LOGIN, CHANGE, RESET = "/auth/login", "/auth/password", "/auth/password/reset"
SECOND, THIRD = "the second password", "the third password"
# Of "correct horse".
WERKZEUG = "pbkdf2:sha1:1000$LDgdENS8$17b84d437f10da2d5e8f3a17b995ca7eecc9808f"


def add_old_password(user: User, encoded: str) -> OldPassword:
    return user.old_passwords.create(encoded=encoded, beside=user.password)


@pytest.fixture
def merged(ada) -> User:
    """A user with one password of ours and two of old systems."""
    add_old_password(ada, f"bcrypt${bcrypt_of(SECOND)}")
    add_old_password(ada, make_password(THIRD))
    return ada


def bcrypt_of(password: str) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()


def log_in(api, user: User, password: str) -> int:
    body = {"email": user.email, "password": password}
    return api.post(LOGIN, body).status_code


@pytest.mark.parametrize("used", [PASSWORD, SECOND, THIRD])
def test_the_password_of_the_first_login_becomes_the_only_one(api, merged, used):
    assert log_in(api, merged, "wrong") == 401
    assert merged.old_passwords.count() == 2
    assert log_in(api, merged, used) == 200

    statuses = {each: log_in(api, merged, each) for each in (PASSWORD, SECOND, THIRD)}
    assert statuses == {PASSWORD: 401, SECOND: 401, THIRD: 401} | {used: 200}
    assert not OldPassword.objects.exists()
    merged.refresh_from_db()
    assert merged.check_password(used)


@pytest.mark.parametrize("used", [PASSWORD, SECOND])
def test_the_tokens_and_the_session_of_that_login_are_valid(
    api, client, merged, used, settings
):
    body = {"email": merged.email, "password": used}
    token = api.post(LOGIN, body).json()["access_token"]
    header = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    assert api.get("/auth/me", **header).status_code == 200

    add_old_password(User.objects.get(), make_password(THIRD))
    form = {"username": merged.email, "password": THIRD, "next": "/books"}
    assert client.post("/session/login/", form).status_code == 302
    assert client.get("/auth/me").status_code == 200


@pytest.mark.parametrize(
    ("old", "password"),
    [(WERKZEUG, "correct horse"), ("plain", "plain"), (bcrypt_of("x"), "x")],
    ids=["Werkzeug", "plain text", "bcrypt"],
)
def test_the_used_password_is_hashed_by_the_preferred_hasher(
    api, ada, settings, old, password
):
    settings.PASSWORD_HASHERS = configured.PASSWORD_HASHERS[1:]
    add_old_password(ada, stored_password(old).encoded)

    assert log_in(api, ada, password) == 200
    ada.refresh_from_db()
    assert ada.password.startswith("argon2$")
    assert log_in(api, ada, password) == 200


def change(client, user: User) -> None:
    body = {"old_password": PASSWORD, "new_password": "a new password"}
    assert client.post(CHANGE, body).status_code == 200


def reset(client, user: User) -> None:
    body = {"token": mailed_token(client, user), "new_password": "a new password"}
    assert client.post(f"{RESET}/confirm", body).status_code == 200


def change_in_admin(client, user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
    client.force_login(user)
    new = {"password1": "a new password", "password2": "a new password"}
    url = f"/admin/accounts/user/{user.pk}/password/"
    assert client.post(url, {"usable_password": "true", **new}).status_code == 302


def disable_in_admin(client, user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
    client.force_login(user)
    url = f"/admin/accounts/user/{user.pk}/password/"
    form = {"usable_password": "false", "unset-password": "yes"}
    assert client.post(url, form).status_code == 302


@pytest.mark.parametrize("end", [change, reset, change_in_admin, disable_in_admin])
def test_a_new_password_ends_all_old_ones(api, client_of, merged, end):
    end(client_of(merged), merged)
    api.credentials()

    statuses = [log_in(api, merged, each) for each in (PASSWORD, SECOND, THIRD)]
    assert statuses == [401, 401, 401]
    if end is not disable_in_admin:
        assert log_in(api, merged, "a new password") == 200
        assert not OldPassword.objects.exists()


def test_an_old_password_confirms_nothing_but_a_login(client_of, merged):
    body = {"old_password": SECOND, "new_password": "a new password"}
    assert client_of(merged).post(CHANGE, body).status_code == 400
    assert client_of(merged).delete("/auth/me", {"password": SECOND}).status_code == 400
    assert not merged.check_password(SECOND)
    assert merged.old_passwords.count() == 2


def test_an_inactive_user_logs_in_with_no_password(api, merged):
    User.objects.update(is_active=False)

    statuses = [log_in(api, merged, each) for each in (PASSWORD, SECOND, THIRD)]
    assert statuses == [401, 401, 401]
    assert OldPassword.objects.count() == 2


def test_an_old_password_of_a_user_without_another_works_and_can_be_reset(api, db):
    user = User.objects.create_user("eve@example.com")
    add_old_password(user, make_password(SECOND))
    api.post(RESET, {"email": user.email})
    run_tasks()
    assert [sent.to for sent in mail.outbox] == [[user.email]]

    assert log_in(api, user, SECOND) == 200
    assert log_in(api, user, SECOND) == 200


def test_without_any_usable_password_no_mail_is_sent(api, db):
    user = User.objects.create_user("eve@example.com")
    add_old_password(user, make_password(None))
    user.old_passwords.create(encoded=make_password(SECOND), beside="another hash")
    api.post(RESET, {"email": user.email})
    run_tasks()

    assert mail.outbox == []
    assert log_in(api, user, SECOND) == 401


def test_a_damaged_old_hash_hides_no_other(api, ada):
    add_old_password(ada, "argon2$broken")
    add_old_password(ada, make_password(SECOND))

    assert log_in(api, ada, SECOND) == 200


def queries_of_login(api, email: str, password: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        api.post(LOGIN, {"email": email, "password": password})
    return len(queries)


def test_queries_do_not_reveal_who_has_old_passwords(api, merged, bob):
    emails = (merged.email, bob.email, "nobody@example.com")
    log_in(api, bob, "wrong")  # Counts the hashes that are in use.
    assert len({queries_of_login(api, each, "wrong") for each in emails}) == 1


def test_users_without_old_passwords_pay_nothing_for_them(api, merged, bob):
    counts = [queries_of_login(api, bob.email, PASSWORD) for _ in range(2)]
    first = queries_of_login(api, merged.email, PASSWORD)
    assert queries_of_login(api, merged.email, PASSWORD) == counts[0] == counts[1]
    assert first > counts[0]


@pytest.mark.parametrize("encoded", ["", "same"])
def test_the_database_refuses_an_empty_hash_and_the_same_one_twice(ada, encoded):
    OldPassword.objects.create(user=ada, encoded="same", beside="x")
    with pytest.raises(IntegrityError):
        OldPassword.objects.create(user=ada, encoded=encoded, beside="y")


def test_the_admin_shows_that_there_are_old_passwords_and_no_hash(
    admin_client, merged, bob
):
    def page_of(user: User) -> str:
        response = admin_client.get(f"/admin/accounts/user/{user.pk}/change/")
        text = response.content.decode()
        start = text.index("Old passwords until the next login")
        assert not any(each.encoded in text for each in OldPassword.objects.all())
        return text[start : start + 300]

    assert 'alt="True"' in page_of(merged)
    assert 'alt="False"' in page_of(bob)
    deletion = admin_client.get(f"/admin/accounts/user/{merged.pk}/delete/")
    assert all(
        each.encoded not in deletion.content.decode()
        for each in OldPassword.objects.all()
    )


@pytest.fixture(params=[PASSWORD, None])
def racer(request, transactional_db, settings) -> User:
    settings.PASSWORD_HASHERS = configured.PASSWORD_HASHERS[1:]
    user = UserFactory.create(password=request.param)
    add_old_password(user, make_password(SECOND))
    add_old_password(user, make_password(THIRD))
    return user


@pytest.mark.django_db(transaction=True)
def test_of_passwords_used_at_once_one_is_kept(racer, start):
    service = start(WEB_THREADS="8")
    used = [SECOND, THIRD, PASSWORD, SECOND]

    def log_in_with(number: int) -> int:
        body = {"email": racer.email, "password": used[number]}
        return service.call("POST", LOGIN, body).status

    statuses = race(4, log_in_with)
    (kept,) = {used[n] for n in range(4) if statuses[n] == 200}
    assert statuses.count(200) == used.count(kept)
    assert log_in_with(used.index(kept)) == 200
