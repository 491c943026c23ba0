"""Logins that fail, and how many of them are let in."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth import hashers
from django.test import RequestFactory
from django.utils import timezone

from accounts.attempt_limits import (
    AttemptLimit,
    TooManyAttempts,
    client_network,
    count_attempt,
    delete_expired_counters,
    limit_attempts,
    reserve,
)
from accounts.models import AttemptCounter
from tests.support.factories import PASSWORD, UserFactory
from tests.support.races import race

LOGIN = "/auth/login"
ELSEWHERE = {"REMOTE_ADDR": "198.51.100.7"}


def log_in(api, user, password=PASSWORD, **environ):
    return api.post(LOGIN, {"email": user.email, "password": password}, **environ)


def fail(api, user, times, **environ):
    for n in range(times):
        assert log_in(api, user, f"wrong-{n}", **environ).status_code == 401


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Doesn't limit failed logins",
    new="Returns 429 with `Retry-After` after five failures for an account from one "
    "IP address in 15 minutes (`QUINTET_LOGIN_LIMIT`)",
)
def test_after_five_failures_a_login_waits(api, ada):
    with time_machine.travel("2026-01-01T10:00:00Z", tick=False):
        fail(api, ada, 2)
    with time_machine.travel("2026-01-01T10:01:40Z", tick=False):
        fail(api, ada, 3)
        refused = log_in(api, ada)

    assert refused.status_code == 429
    assert list(refused.json()) == ["message"]
    assert refused.headers["Retry-After"] == "800"
    reset = datetime(2026, 1, 1, 10, 15, tzinfo=UTC).timestamp()
    assert refused.headers["X-RateLimit-Reset"] == str(int(reset))


def test_it_waits_as_long_as_told_and_no_longer(api, ada):
    start = datetime(2026, 1, 1, 10, tzinfo=UTC)
    with time_machine.travel(start, tick=False):
        fail(api, ada, 5)
        wait = int(log_in(api, ada).headers["Retry-After"])
    with time_machine.travel(start + timedelta(seconds=wait - 1), tick=False):
        assert log_in(api, ada).status_code == 429
    with time_machine.travel(start + timedelta(seconds=wait), tick=False):
        assert log_in(api, ada).status_code == 200


def test_a_refused_login_does_not_make_the_wait_longer(api, ada):
    with time_machine.travel("2026-01-01T10:00:00Z", tick=False):
        fail(api, ada, 5)
    with time_machine.travel("2026-01-01T10:10:00Z", tick=False):
        assert [log_in(api, ada).status_code for _ in range(9)] == [429] * 9
    with time_machine.travel("2026-01-01T10:15:01Z", tick=False):
        assert log_in(api, ada).status_code == 200


def test_no_more_than_the_limit_fail_in_any_window(api, ada):
    """However it is placed: the failures of ten minutes ago still count."""
    with time_machine.travel("2026-01-01T10:00:00Z", tick=False):
        fail(api, ada, 1)
    with time_machine.travel("2026-01-01T10:14:00Z", tick=False):
        fail(api, ada, 4)
        assert log_in(api, ada).status_code == 429
    with time_machine.travel("2026-01-01T10:15:30Z", tick=False):
        fail(api, ada, 1)
        refused = log_in(api, ada)
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == str(13 * 60 + 30)


def test_the_owner_logs_in_from_elsewhere_meanwhile(api, ada):
    fail(api, ada, 5)

    assert log_in(api, ada).status_code == 429
    assert log_in(api, ada, **ELSEWHERE).status_code == 200
    other = UserFactory()
    assert log_in(api, other).status_code == 200


def test_only_failures_count(api, ada):
    assert [log_in(api, ada).status_code for _ in range(12)] == [200] * 12
    fail(api, ada, 4)
    assert log_in(api, ada).status_code == 200
    fail(api, ada, 1)
    assert log_in(api, ada).status_code == 429


@pytest.mark.parametrize("email", ["ADA@example.com", " ada@example.com "])
def test_another_spelling_of_the_address_is_the_same_account(api, ada, email):
    fail(api, ada, 5)

    response = api.post(LOGIN, {"email": email, "password": PASSWORD})
    assert response.status_code == 429


def test_an_account_that_is_none_is_refused_alike(api, ada):
    responses = []
    for email in (ada.email, "nobody@example.com"):
        with time_machine.travel("2026-01-01T10:00:00Z", tick=False):
            for n in range(7):
                body = {"email": email, "password": f"{n}"}
                responses.append(
                    api.post(LOGIN, body, REMOTE_ADDR=f"10.0.0.{len(email)}")
                )
    known, unknown = responses[:7], responses[7:]
    for one, other in zip(known, unknown, strict=True):
        assert (one.status_code, one.content) == (other.status_code, other.content)
        hidden = {"X-Request-ID", "Server-Timing"}
        assert {k: v for k, v in one.headers.items() if k not in hidden} == {
            k: v for k, v in other.headers.items() if k not in hidden
        }


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Doesn't limit failed logins at several accounts",
    new="Returns 429 after 100 failures from one IP address (`QUINTET_ADDRESS_LIMIT`)",
)
def test_an_address_is_refused_after_failures_at_many_accounts(api, ada, settings):
    settings.QUINTET_ADDRESS_LIMIT = 8
    for n in range(8):
        body = {"email": f"{n}@example.com", "password": "x"}
        assert api.post(LOGIN, body).status_code == 401

    assert log_in(api, ada).status_code == 429
    assert log_in(api, ada, **ELSEWHERE).status_code == 200


def test_the_headers_tell_what_is_left(api, ada):
    def left(response):
        return response.headers["X-RateLimit-Remaining"]

    assert left(log_in(api, ada)) == "5"
    assert left(log_in(api, ada, "x")) == "4"
    assert left(log_in(api, ada)) == "4"
    fail(api, ada, 4)
    refused = log_in(api, ada)
    assert left(refused) == "0"
    assert refused.headers["X-RateLimit-Limit"] == "5"


def test_a_forwarded_address_is_not_believed(api, ada):
    for n in range(5):
        fail(api, ada, 1, HTTP_X_FORWARDED_FOR=f"203.0.113.{n}")

    response = log_in(api, ada, HTTP_X_FORWARDED_FOR="203.0.113.99")
    assert response.status_code == 429


def test_our_own_proxies_tell_the_address(api, ada, settings):
    settings.TRUSTED_PROXIES = 1
    forged = "203.0.113.{}, 198.51.100.7"
    for n in range(5):
        fail(api, ada, 1, HTTP_X_FORWARDED_FOR=forged.format(n))

    again = log_in(api, ada, HTTP_X_FORWARDED_FOR=forged.format(6))
    assert again.status_code == 429
    other = log_in(api, ada, HTTP_X_FORWARDED_FOR="198.51.100.7, 198.51.100.8")
    assert other.status_code == 200


def test_the_addresses_of_one_network_count_as_one(api, ada):
    for n in range(5):
        fail(api, ada, 1, REMOTE_ADDR=f"2001:db8:1:2::{n}")

    assert log_in(api, ada, REMOTE_ADDR="2001:db8:1:2::99").status_code == 429
    assert log_in(api, ada, REMOTE_ADDR="2001:db8:1:3::99").status_code == 200


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.1", "127.0.0.1"),
        (1, "203.0.113.1", "203.0.113.1"),
        (1, "203.0.113.1, 203.0.113.2", "203.0.113.2"),
        (2, "203.0.113.1, 203.0.113.2", "203.0.113.1"),
        (3, "203.0.113.1, 203.0.113.2", "127.0.0.1"),
        (1, "", "127.0.0.1"),
        (1, "unknown", "127.0.0.1"),
        (1, "2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        (1, "2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        (1, "::ffff:203.0.113.1", "203.0.113.1"),
    ],
)
def test_who_sends_a_request(settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=forwarded)

    assert client_network(request) == address


@pytest.fixture
def frozen():
    with time_machine.travel(timezone.now(), tick=False):
        yield


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("url", ["/admin/login/", "/session/login/"])
def test_the_login_pages_are_throttled_with_the_api(client, api, staff, url):
    fail(api, staff, 3)
    form = {"username": staff.email, "password": "wrong"}
    for _ in range(2):
        assert client.post(url, form).status_code == 200
    refused = client.post(url, form | {"password": PASSWORD})

    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "900"
    assert "Too many failed logins" in refused.content.decode()
    assert log_in(api, staff).status_code == 429
    elsewhere = client.post(url, form | {"password": PASSWORD}, **ELSEWHERE)
    assert elsewhere.status_code == 302


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Doesn't limit registrations",
    new="Returns 429 after 100 registrations or password resets from one IP address",
)
@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize(
    ("url", "status"), [("/auth/register", 201), ("/auth/password/reset", 202)]
)
def test_an_address_registers_and_asks_for_mails_so_often(
    api, db, settings, url, status
):
    settings.QUINTET_ADDRESS_LIMIT = 3

    def send(n, **environ):
        body = {"email": f"eve{n}@example.com", "password": "x"}
        return api.post(url, body, **environ)

    assert [send(n).status_code for n in range(3)] == [status] * 3
    refused = send(4)
    assert (refused.status_code, refused.headers["X-RateLimit-Limit"]) == (429, "3")
    assert refused.headers["Retry-After"] == "900"
    assert send(5, **ELSEWHERE).status_code == status


def test_the_users_of_goals_count_as_registered(api, db, settings):
    settings.QUINTET_ADDRESS_LIMIT = 1
    body = {"name": "eve", "email": "eve@example.com", "password": "x"}

    assert api.post("/v1.0/users", body).status_code == 201
    body = {"name": "eva", "email": "eva@example.com", "password": "x"}
    assert api.post("/v1.0/users", body).status_code == 429
    assert api.post("/auth/register", body).status_code == 429


def test_a_refused_login_hashes_nothing(api, ada, monkeypatch):
    fail(api, ada, 5)

    def hash_password(*args, **kwargs):
        raise AssertionError("a password was looked at")

    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", hash_password)
    assert log_in(api, ada).status_code == 429


LIMIT = AttemptLimit("test", "subject", 2)


def test_a_try_under_way_takes_a_place_and_gives_it_back(db):
    assert reserve(None, [LIMIT], "a")
    assert reserve(None, [LIMIT], "b")
    assert not reserve(None, [LIMIT], "c")
    later = timezone.now() + timedelta(seconds=31)
    # The process that tried has died.
    with time_machine.travel(later, tick=False), pytest.raises(TooManyAttempts):
        reserve(None, [LIMIT], "d")


def test_what_raises_has_failed(db):
    def crash():
        with limit_attempts(None, [LIMIT]):
            raise RuntimeError

    for _ in range(2):
        with pytest.raises(RuntimeError):
            crash()
    with pytest.raises(TooManyAttempts):
        count_attempt(None, LIMIT)


def test_rows_that_count_nothing_are_purged_in_batches(db, monkeypatch):
    monkeypatch.setattr("accounts.attempt_limits.DELETE_BATCH_SIZE", 2)
    for n in range(3):
        count_attempt(None, AttemptLimit("test", str(n), 5))
    assert delete_expired_counters() == 0
    with time_machine.travel(timezone.now() + timedelta(minutes=14), tick=False):
        count_attempt(None, LIMIT)
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        assert [delete_expired_counters() for _ in range(3)] == [2, 1, 0]
        assert AttemptCounter.objects.get().key == LIMIT.key


def test_the_table_names_nobody(api, ada):
    fail(api, ada, 1)

    rows = str(list(AttemptCounter.objects.values_list("key", "purpose")))
    assert "ada" not in rows
    assert "127.0.0.1" not in rows


@pytest.mark.django_db(transaction=True)
def test_of_two_hundred_guesses_at_once_no_more_than_five_are_looked_at(service):
    email = "ada@example.com"
    service.login(email, "the right one")

    def guess(number):
        body = {"email": email, "password": f"wrong-{number}"}
        return service.call("POST", LOGIN, body)

    responses = [response for _ in range(8) for response in race(25, guess)]

    assert Counter(response.status for response in responses) == {401: 5, 429: 195}
    waits = {
        int(response.headers["Retry-After"])
        for response in responses
        if response.status == 429
    }
    assert min(waits) > 800
    right = service.call("POST", LOGIN, {"email": email, "password": "the right one"})
    assert right.status == 429


@pytest.mark.django_db(transaction=True)
def test_right_passwords_at_once_are_all_let_in(service):
    account = {"email": "ada@example.com", "password": "the right one"}
    service.call("POST", "/auth/register", account)
    responses = race(20, lambda _: service.call("POST", LOGIN, account))

    assert Counter(response.status for response in responses) == {200: 20}
