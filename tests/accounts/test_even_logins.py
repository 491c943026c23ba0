"""A refused login tells nothing of the account, by its answer or by its time."""

from __future__ import annotations

from collections import Counter

import bcrypt
import pytest
from django.conf import settings as configured
from django.contrib.auth import hashers
from django.core.cache import cache

from accounts.hashers import BCryptPasswordHasher, unknown_hash
from accounts.models import User
from tests.support.factories import PASSWORD, UserFactory

LOGIN = "/auth/login"
COST = 5


@pytest.fixture(autouse=True)
def slow_passwords(settings, monkeypatch):
    settings.PASSWORD_HASHERS = configured.PASSWORD_HASHERS[1:]
    monkeypatch.setattr(BCryptPasswordHasher, "rounds", COST)
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def work(monkeypatch) -> Counter[str]:
    """How much is computed: hashes by Argon2, and rounds of bcrypt."""
    found: Counter[str] = Counter()
    argon2, verify = (
        hashers.Argon2PasswordHasher.encode,
        hashers.Argon2PasswordHasher.verify,
    )
    hashpw = bcrypt.hashpw

    def encode_counted(self, password, salt):
        found["argon2"] += 1
        return argon2(self, password, salt)

    def verify_counted(self, password, encoded):
        found["argon2"] += 1
        return verify(self, password, encoded)

    def hashpw_counted(password, salt):
        found["bcrypt"] += 2 ** int(salt.split(b"$")[2])
        return hashpw(password, salt)

    monkeypatch.setattr(hashers.Argon2PasswordHasher, "encode", encode_counted)
    monkeypatch.setattr(hashers.Argon2PasswordHasher, "verify", verify_counted)
    monkeypatch.setattr(bcrypt, "hashpw", hashpw_counted)
    return found


@pytest.fixture(autouse=True)
def unknown_hashes(slow_passwords):
    """Make the hashes that failed logins are compared with, once for each process."""
    unknown_hash.cache_clear()
    for hasher in hashers.get_hashers():
        unknown_hash(hasher)


def bcrypt_of(cost: int) -> str:
    return bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(cost)).decode()


def imported(name: str, cost: int) -> User:
    user = UserFactory.create(name=name)
    user.password = f"bcrypt${bcrypt_of(cost)}"
    user.save()
    return user


def make_people() -> None:
    UserFactory(name="known")
    UserFactory(name="inactive", is_active=False)
    User.objects.create_user("unusable@example.com")


REFUSED = [
    ("known", "wrong"),
    ("unknown", "wrong"),
    ("unusable", "wrong"),
    ("inactive", "wrong"),
    ("inactive", PASSWORD),
]


def refuse(api, work, name, password):
    work.clear()
    body = {"email": f"{name}@example.com", "password": password}
    response = api.post(LOGIN, body, REMOTE_ADDR="10.0.0.1")
    names = sorted(set(response.headers) - {"X-Request-ID"})
    return response.status_code, response.content, names, dict(work)


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Rejects an unknown email address faster than a wrong password",
    new="Takes the same time for both",
    why="The time shows who has an account",
)
def test_one_hash_is_computed_for_any_account(api, db, work):
    make_people()
    responses = [refuse(api, work, *case) for case in REFUSED]

    status, body, _, computed = responses[0]
    assert (status, computed) == (401, {"argon2": 1})
    assert body == b'{"message":"Invalid email or password, Please try again"}'
    assert all(response == responses[0] for response in responses)


def test_while_old_hashes_last_each_account_costs_the_same(api, db, work):
    make_people()
    for cost in (4, COST):
        imported(f"cost-{cost}", cost)
    cases = [*REFUSED, ("cost-4", "wrong"), (f"cost-{COST}", "wrong")]
    responses = [refuse(api, work, *case) for case in cases]

    assert responses[0][3] == {"argon2": 1, "bcrypt": 2 * 2**COST}
    assert all(response == responses[0] for response in responses)


def test_an_account_with_old_passwords_costs_the_same(api, db, work):
    make_people()
    user = imported("merged", 4)
    inactive = User.objects.get(name="inactive")
    hashes = [f"bcrypt${bcrypt_of(4)}", f"bcrypt${bcrypt_of(COST)}"]
    hashes += [hashers.make_password("b"), hashers.make_password("c")]
    for each in (user, inactive):
        for encoded in hashes:
            each.old_passwords.create(encoded=encoded, beside=each.password)
    cases = [*REFUSED, ("merged", "wrong"), ("damaged", "wrong")]
    User.objects.create(name="damaged", email="damaged@example.com", password="?")
    responses = [refuse(api, work, *case) for case in cases]

    # The inactive account has a hash by Argon2 itself, the imported one by bcrypt.
    assert responses[0][3] == {"argon2": 3, "bcrypt": 3 * 2 * 2**COST}
    assert all(response == responses[0] for response in responses)


def test_an_account_imported_a_moment_ago_costs_no_less(api, db, work):
    make_people()
    refuse(api, work, "known", "wrong")  # Remembers that there are no old hashes.
    imported("late", COST)

    computed = refuse(api, work, "late", "wrong")[3]
    assert computed == {"argon2": 1, "bcrypt": 2 * 2**COST}


def test_logging_in_renews_an_old_hash(api, db):
    user = imported("old", 4)
    body = {"email": user.email, "password": PASSWORD}

    first = api.post(LOGIN, body).json()
    user.refresh_from_db()
    assert user.password.startswith("argon2$")
    header = {"HTTP_AUTHORIZATION": f"Bearer {first['access_token']}"}
    assert api.get("/auth/me", **header).status_code == 200
