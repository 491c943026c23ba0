"""Passwords that the old systems stored work, and are hashed anew at the first login.

Werkzeug 2.2.3 and 3.0.3 made the hashes below, of "correct horse".
"""

from __future__ import annotations

import hashlib

import bcrypt
import pytest
from django.conf import settings as configured
from django.contrib.auth.hashers import check_password

from accounts.models import User
from accounts.old_passwords import kind_of, stored_password, stored_passwords_of
from tests.support.factories import UserFactory

PASSWORD = "correct horse"
LONG = "L" * 71 + "étail that bcrypt never saw"
WERKZEUG = {
    "md5 (HMAC)": "md5$IO47ZlYQ$22d38f6184d1b81179866a9f5246a999",
    "sha1 (HMAC)": "sha1$pNcxUPjH$9121f2d8840d436bab6342854688be060f917a7c",
    "sha256 (HMAC)": (
        "sha256$JCvHlR3U$267e84aa69c30ad4425254486bd5c16c122482eb83fe0867e41d8fdef2a44"
        "012"
    ),
    "pbkdf2:sha1": (
        "pbkdf2:sha1:1000$LDgdENS8$17b84d437f10da2d5e8f3a17b995ca7eecc9808f"
    ),
    "pbkdf2:sha256": (
        "pbkdf2:sha256:1000$TYSjbRwg$89d80c187e413785ca1f17674c6c0613e9cd9a0e53ba24c30"
        "96a659b3e446bd0"
    ),
    "pbkdf2:sha512": (
        "pbkdf2:sha512:1000$s1T9G2ce$6a84bd0fc1fc76e448106015e03ce1a08dcd415604bba346f"
        "37475a37819b7d087ae0fca349bb02bf885cb8228b102eb1ea76e7e2be15fc157322d7f9389357"
        "e"
    ),
    "scrypt:32768:8:1": (
        "scrypt:32768:8:1$Fj0dxn78WZ2sxX3H$e0c718b772f778163f4f1e72f33410a9cd984866e1c"
        "a7333516c912abc84adced117dc881f2fcd07d1f1ae38a35f6e38d374dea251a3a319e63a90081"
        "06a8017"
    ),
}


# Always the same one: the hashes are names of tests, too.
SALT = b"$2b$04$abcdefghijklmnopqrstuu"


def bcrypt_of(password: bytes, prefix: str = "2b") -> str:
    return f"${prefix}$" + bcrypt.hashpw(password, SALT).decode()[4:]


# Kind, what the old system stored, and the password that must work.
STORED = [
    *((kind, old, PASSWORD) for kind, old in WERKZEUG.items()),
    *(
        ("bcrypt", bcrypt_of(PASSWORD.encode(), prefix), PASSWORD)
        for prefix in ("2a", "2b", "2y")
    ),
    # bcrypt cuts it in the middle of a letter.
    ("bcrypt", bcrypt_of(LONG.encode()[:72]), LONG),
    # Flask-Bcrypt with BCRYPT_HANDLE_LONG_PASSWORDS.
    ("bcrypt", bcrypt_of(hashlib.sha256(LONG.encode()).hexdigest().encode()), LONG),
    ("plain text", "not hashed", "not hashed"),
    ("plain text", "pa$$word: 5$", "pa$$word: 5$"),
    *(
        ("plain text like a hash", text, text)
        for text in (
            "pbkdf2:not$a$hash",
            "pbkdf2:sha1:1000$salt$abc",
            # The digest of a hash function whose name this isn't.
            f"sha1$salt${'0' * 32}",
            # An unsalted digest.
            "0" * 32,
            # Its salt is too long for the column.
            f"pbkdf2:sha1:1000${'s' * 200}${'0' * 40}",
        )
    ),
]


@pytest.fixture(autouse=True)
def real_hashers(settings):
    settings.PASSWORD_HASHERS = configured.PASSWORD_HASHERS[1:]


def imported(old: str | None) -> User:
    user = UserFactory.create(name="imported", email="imported@example.com")
    user.password = stored_password(old).encoded
    user.save()
    return user


def log_in(api, password: str) -> int:
    body = {"email": "imported@example.com", "password": password}
    return api.post("/auth/login", body).status_code


@pytest.mark.parametrize(("kind", "old", "password"), STORED)
def test_the_old_password_works_and_is_hashed_anew(api, db, kind, old, password):
    user = imported(old)

    assert stored_password(old).kind == kind_of(old) == kind
    assert log_in(api, "another password") == 401
    assert log_in(api, password) == 200
    user.refresh_from_db()
    assert user.password.startswith("argon2$")
    assert log_in(api, password) == 200


@pytest.mark.parametrize("old", [None, ""])
@pytest.mark.parametrize("password", ["", "none", "None", PASSWORD])
def test_without_a_password_nobody_logs_in(api, db, old, password):
    user = imported(old)

    assert kind_of(old) == "none"
    # So the user can ask for a link to set one.
    assert user.has_usable_password()
    assert log_in(api, password) in {400, 401}


def test_many_passwords_keep_their_order():
    bcrypt_hash = bcrypt_of(b"x")
    texts = [None, *(f"password {number}" for number in range(9)), bcrypt_hash]
    first, *encoded, last = stored_passwords_of(texts)

    assert not check_password("", first)
    assert all(
        check_password(f"password {number}", each)
        for number, each in enumerate(encoded)
    )
    assert last == f"bcrypt${bcrypt_hash}"


@pytest.mark.parametrize(("kind", "old", "password"), STORED)
def test_a_hash_that_is_quick_to_guess_is_not_stored(db, kind, old, password):
    encoded = stored_password(old).encoded

    assert password not in encoded
    if "HMAC" in kind:
        assert old.rpartition("$")[2] not in encoded


@pytest.mark.parametrize("old", WERKZEUG.values())
def test_the_admin_shows_what_kind_of_hash_it_is(admin_client, old):
    user = imported(old)
    page = admin_client.get(f"/admin/accounts/user/{user.pk}/change/")

    assert page.status_code == 200
    assert old.rpartition("$")[2] not in page.content.decode()
