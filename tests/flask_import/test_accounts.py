"""The accounts of all old databases: who logs in after the import, and how."""

from __future__ import annotations

import json

import pytest

from accounts.models import User
from accounts.placeholders import placeholder_address
from tests.flask_import.conftest import DATABASES

pytestmark = pytest.mark.django_db

ACCOUNTS = json.loads((DATABASES / "accounts.json").read_text())


def accounts_of(database: str) -> list[dict]:
    return [each for each in ACCOUNTS if each["database"] == database]


def address_of(account: dict) -> str:
    """Return the address with which the person logs in after the import."""
    email = account["email"] or ""
    is_second = "decided address" in account["expect"] or "another" in account["expect"]
    if email and not is_second:
        return email
    local = email.rpartition("@")[0]
    return placeholder_address(local, account["database"], account["id"])


def status_of_login(api, email: str, password: str) -> int:
    body = {"email": email, "password": password}
    return api.post("/auth/login", body, format="json").status_code


def can_log_in(api, account: dict) -> bool:
    """Return whether the password works, and another one doesn't."""
    address, password = address_of(account), account["password"]
    # bcrypt reads 72 bytes, so another end would be the same password.
    assert status_of_login(api, address, f"?{password}") != 200
    return status_of_login(api, address, password or "") == 200


@pytest.mark.parametrize("database", sorted({each["database"] for each in ACCOUNTS}))
def test_every_account_logs_in_with_its_old_password(take, api, settings, database):
    settings.QUINTET_LOGIN_LIMIT = 1000
    result = take(database)

    accounts = accounts_of(database)
    expected = {each["id"]: bool(each["password"]) for each in accounts}
    assert {each["id"]: can_log_in(api, each) for each in accounts} == expected
    # Their hashes are renewed, and work as before.
    assert {each["id"]: can_log_in(api, each) for each in accounts} == expected
    assert not any(
        address_of(each) in result.output for each in accounts if each["email"]
    )


@pytest.mark.parametrize("database", sorted({each["database"] for each in ACCOUNTS}))
def test_nobody_logs_in_without_an_address_or_a_password(take, api, settings, database):
    settings.QUINTET_LOGIN_LIMIT = 1000
    take(database)

    for account in accounts_of(database):
        assert status_of_login(api, address_of(account), "") != 200
        assert status_of_login(api, "", account["password"] or "") != 200
    assert not User.objects.filter(email="").exists()
