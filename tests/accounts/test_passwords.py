"""Passwords changed and reset, and accounts deleted."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks_db.models import DBTaskResult

from accounts.models import User
from accounts.passwords import make_reset_token
from accounts.services import issue_tokens
from bucketlists.models import Bucketlist
from orders.models import Invoice
from tests.support.factories import PASSWORD, UserFactory
from tests.support.races import race

LOGIN, ME, CHANGE = "/auth/login", "/auth/me", "/auth/password"
RESET, CONFIRM, PAGE = f"{CHANGE}/reset", f"{CHANGE}/reset/confirm", "/session/password"
NEW = "another long password"


def can_log_in(api, user, password) -> bool:
    response = api.post(LOGIN, {"email": user.email, "password": password})
    return response.status_code == 200


def run_tasks() -> None:
    """What a worker would do."""
    for result in DBTaskResult.objects.all():
        import_string(result.task_path).call(*result.args_kwargs["args"])
    DBTaskResult.objects.all().delete()


def mailed_token(api, user) -> str:
    assert api.post(RESET, {"email": user.email}).status_code == 202
    run_tasks()
    (token,) = re.findall(r"token=(\S+)", str(mail.outbox[-1].body))
    return token


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Can't change a password",
    new="Changes it at `/auth/password`, and revokes all other tokens",
)
def test_a_new_password_ends_all_other_tokens(api, client_of, ada):
    other = issue_tokens(ada)
    body = {"old_password": PASSWORD, "new_password": NEW}
    response = client_of(ada).post(CHANGE, body)

    assert response.status_code == 200
    assert set(response.json()) == {"message", "access_token", "refresh_token"}
    stale = {"HTTP_AUTHORIZATION": f"Bearer {other.access}"}
    assert api.get(ME, **stale).status_code == 401
    refresh = {"refresh_token": other.refresh}
    assert api.post("/auth/refresh", refresh).status_code == 401
    fresh = {"HTTP_AUTHORIZATION": f"Bearer {response.json()['access_token']}"}
    assert api.get(ME, **fresh).status_code == 200
    refresh = {"refresh_token": response.json()["refresh_token"]}
    assert api.post("/auth/refresh", refresh).status_code == 200
    assert can_log_in(api, ada, NEW)
    assert not can_log_in(api, ada, PASSWORD)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"old_password": "wrong"}, "old_password"),
        ({"old_password": ""}, "old_password"),
        ({"new_password": ""}, "new_password"),
        ({"new_password": "short"}, "new_password"),
        ({"new_password": "password123"}, "new_password"),
        ({"new_password": "x" * 1025}, "new_password"),
        ({"new_password": None}, "new_password"),
    ],
)
def test_a_change_that_is_none_is_400(api, client_of, ada, change, field):
    body = {"old_password": PASSWORD, "new_password": NEW} | change
    response = client_of(ada).post(CHANGE, body, "json")

    assert response.status_code == 400
    assert response.json()["message"].startswith(f"{field}: ")
    assert can_log_in(api, ada, PASSWORD)


def test_a_stolen_token_guesses_no_password(client_of, ada):
    client = client_of(ada)
    body = {"old_password": "wrong", "new_password": NEW}
    assert [client.post(CHANGE, body).status_code for _ in range(5)] == [400] * 5
    assert client.post(CHANGE, body).status_code == 429
    assert client.delete(ME, {"password": PASSWORD}).status_code == 429


@pytest.mark.parametrize("url", [CHANGE, ME])
def test_nobody_changes_nothing(api, db, url):
    send = api.delete if url == ME else api.post
    assert send(url, {}).status_code == 401


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Can't reset a forgotten password",
    new="Sends an email with a link at `/auth/password/reset`",
)
def test_a_forgotten_password_is_reset_by_mail(api, ada):
    tokens = issue_tokens(ada)
    response = api.post(RESET, {"email": "ADA@example.com"})
    assert response.status_code == 202
    assert mail.outbox == []  # A worker sends it: the answer must not take longer.
    run_tasks()

    (sent,) = mail.outbox
    assert sent.to == [ada.email]
    (token,) = re.findall(r"http://testserver/session/password\?token=(\S+)", sent.body)
    body = {"token": token, "new_password": NEW}
    assert api.post(CONFIRM, body).json() == {
        "message": "Your password was changed. Log in with the new one."
    }
    assert can_log_in(api, ada, NEW)
    refresh = {"refresh_token": tokens.refresh}
    assert api.post("/auth/refresh", refresh).status_code == 401
    again = api.post(CONFIRM, body | {"new_password": "a third password"})
    assert again.status_code == 400
    assert can_log_in(api, ada, NEW)


def test_the_answer_is_the_same_whether_the_address_exists(api, ada):
    UserFactory(name="gone", is_active=False)
    User.objects.create_user("nopass@example.com")
    responses = set()
    for name in ("ada", "nobody", "gone", "nopass"):
        with CaptureQueriesContext(connection) as queries:
            response = api.post(RESET, {"email": f"{name}@example.com"})
        responses.add((response.status_code, response.content, len(queries)))
    run_tasks()

    assert len(responses) == 1
    assert [sent.to for sent in mail.outbox] == [[ada.email]]


def test_an_account_gets_so_many_mails_and_no_more(api, ada):
    for _ in range(7):
        assert api.post(RESET, {"email": ada.email}).status_code == 202
    run_tasks()

    assert len(mail.outbox) == 5


def test_a_new_password_may_be_used_at_once(api, ada):
    for _ in range(5):
        assert not can_log_in(api, ada, "forgotten")
    body = {"token": mailed_token(api, ada), "new_password": NEW}

    assert api.post(CONFIRM, body).status_code == 200
    assert can_log_in(api, ada, NEW)


@pytest.mark.parametrize("email", ["", "no address", None, ["x"]])
def test_a_reset_without_an_address_is_400(api, db, email):
    assert api.post(RESET, {"email": email}, "json").status_code == 400


def test_a_link_is_good_for_its_time(api, ada, settings):
    token = make_reset_token(ada)
    age = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT + 1)
    with time_machine.travel(timezone.now() + age, tick=False):
        response = api.post(CONFIRM, {"token": token, "new_password": NEW})

    assert response.status_code == 400
    assert "no longer valid" in response.json()["message"]


@pytest.mark.parametrize("fate", ["deactivated", "deleted", "new address"])
def test_a_link_ends_with_its_account(api, ada, fate):
    token = make_reset_token(ada)
    if fate == "deleted":
        ada.delete()
    elif fate == "deactivated":
        User.objects.update(is_active=False)
    else:
        User.objects.update(email="new@example.com")

    response = api.post(CONFIRM, {"token": token, "new_password": NEW})
    assert response.status_code == 400


def forged_tokens(user: User, other: User) -> list[str]:
    number, _, proof = make_reset_token(user).partition(".")
    stranger = make_reset_token(other).partition(".")[0]
    return [
        *("", ".", "x", "x.y", "x" * 201, "ä.ö", "\ud7ff.x", "MQ", f"{number}."),
        f"{stranger}.{proof}",
        f"{number}.{proof[:-1]}",
        f"{number}.{proof}x",
        f"{'9' * 40}.{proof}",
        f"OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OQ.{proof}",
    ]


def test_a_forged_link_is_400(api, ada, bob, client):
    for token in forged_tokens(ada, bob):
        response = api.post(CONFIRM, {"token": token, "new_password": NEW}, "json")
        assert response.status_code == 400, token
        assert client.get(PAGE, {"token": token}).status_code == 400, token
    assert can_log_in(api, ada, PASSWORD)


def test_a_weak_password_does_not_spend_the_link(api, ada):
    token = mailed_token(api, ada)
    weak = api.post(CONFIRM, {"token": token, "new_password": "short"})

    assert weak.status_code == 400
    assert weak.json()["message"].startswith("new_password: ")
    body = {"token": token, "new_password": NEW}
    assert api.post(CONFIRM, body).status_code == 200


def test_the_link_is_a_page_with_a_form(client, api, ada):
    token = mailed_token(api, ada)
    page = client.get(PAGE, {"token": token})
    text = page.content.decode()

    assert page.status_code == 200
    assert f'value="{token}"' in text
    assert "csrfmiddlewaretoken" in text
    assert "<script" not in text
    assert "no-store" in page.headers["Cache-Control"]
    form = {"token": token, "new_password1": NEW, "new_password2": "another"}
    assert "match." in client.post(PAGE, form).content.decode()
    form["new_password1"] = form["new_password2"] = "short"
    assert "too short" in client.post(PAGE, form).content.decode()
    assert can_log_in(api, ada, PASSWORD)
    form["new_password1"] = form["new_password2"] = NEW
    done = client.post(PAGE, form)
    assert "Your password was changed" in done.content.decode()
    assert can_log_in(api, ada, NEW)
    assert client.post(PAGE, form).status_code == 400


def test_the_page_takes_no_form_of_another_site(api, ada, client):
    client.handler.enforce_csrf_checks = True
    token = make_reset_token(ada)
    form = {"token": token, "new_password1": NEW, "new_password2": NEW}

    assert client.post(PAGE, form).status_code == 403
    assert can_log_in(api, ada, PASSWORD)
    page = client.get(PAGE, {"token": token}).content.decode()
    form["csrfmiddlewaretoken"] = re.search(
        r'name="csrfmiddlewaretoken" value="(\w+)"', page
    )[1]
    assert client.post(PAGE, form).status_code == 200
    assert can_log_in(api, ada, NEW)


def test_the_settings_name_the_host_of_the_link(api, ada, settings):
    settings.QUINTET_PUBLIC_URL = "https://api.example.com/"
    api.post(RESET, {"email": ada.email})
    run_tasks()

    assert "https://api.example.com/session/password?token=" in mail.outbox[0].body


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Can't delete an account",
    new="Deletes it with its data on DELETE of `/auth/me`",
)
def test_an_account_is_deleted_with_its_data_and_tokens(api, client_of, ada, bob):
    Bucketlist.objects.create(name="mine", created_by=ada)
    Bucketlist.objects.create(name="theirs", created_by=bob)
    tokens, client = issue_tokens(ada), client_of(ada)
    response = client.delete(ME, {"password": PASSWORD})

    assert response.status_code == 200
    assert response.json() == {"message": "Your account was deleted."}
    assert list(User.objects.all()) == [bob]
    assert Bucketlist.objects.get().created_by == bob
    assert client.get(ME).status_code == 401
    refresh = {"refresh_token": tokens.refresh}
    assert api.post("/auth/refresh", refresh).status_code == 401
    assert not can_log_in(api, ada, PASSWORD)


@pytest.mark.parametrize("body", [{}, {"password": ""}, {"password": "wrong"}])
def test_an_account_is_deleted_by_its_password_only(client_of, ada, body):
    response = client_of(ada).delete(ME, body)

    assert response.status_code == 400
    assert response.json()["message"].startswith("password: ")
    assert User.objects.exists()


def test_an_account_with_invoices_stays(client_of, ada):
    Invoice.objects.create(user=ada, invoice_date="2026-01-01")
    tokens, client = issue_tokens(ada), client_of(ada)
    response = client.delete(ME, {"password": PASSWORD})

    assert response.status_code == 409
    assert response.json() == {
        "message": "The account can't be deleted: its invoices must be kept."
    }
    assert client.get(ME).status_code == 200
    refresh = {"refresh_token": tokens.refresh}
    assert client.post("/auth/refresh", refresh).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_link_is_spent_once_however_many_follow_it(service):
    account = {"email": "ada@example.com", "password": "a long password"}
    service.call("POST", "/auth/register", account)
    service.call("POST", RESET, {"email": "ada@example.com"})
    service.start_worker()
    line = service.wait_for_line("session/password?token=")
    token = line.partition("token=")[2].strip()

    def follow(number):
        body = {"token": token, "new_password": f"a new password {number}"}
        return service.call("POST", CONFIRM, body)

    statuses = Counter(response.status for response in race(8, follow))
    assert statuses == {200: 1, 400: 7}
