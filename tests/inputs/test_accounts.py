"""Accounts: spellings of addresses, names and passwords, damaged hashes, demo data."""

from __future__ import annotations

import json
import subprocess
import sys
from unicodedata import normalize
from urllib.parse import quote

import pytest

from accounts.models import User
from tests.config.test_settings import manage
from tests.inputs.cases import PASSWORD, Case, Server
from tests.support.service_processes import PRODUCTION, ROOT, environment

pytestmark = pytest.mark.usefixtures("slow_passwords")

LOGIN = "POST /auth/login"
REGISTER = "POST /auth/register"
TAKEN = "User already exists"
# One address in each row, of which the first spelling is shown.
ADDRESSES = [
    (
        "u@münchen.de",
        "u@xn--mnchen-3ya.de",
        "U@XN--MNCHEN-3YA.DE",
        "u@mu\u0308nchen.de",
    ),
    ("u@bücher.example", "u@BÜCHER.example", "u@xn--bcher-kva.Example"),
    ("u@пример.рф", "u@xn--e1afmkfd.xn--p1ai", "u@xn--e1afmkfd.рф"),
    (
        "u@wide.com",
        "u@\uff37\uff29\uff24\uff25.com",
        "u@wi\u00adde.com",
        "u@wide\u3002com",
    ),
    # Not the domain that other letters stand for.
    ("u@straße.de", "u@xn--strae-oqa.de"),
    ("u@strasse.de", "U@Strasse.DE"),
    # No label of any domain.
    ("u@xn--a.de", "u@XN--A.de"),
    ("u@abc.de", "u@ABC.de"),
]


def account(email: str, password: str = PASSWORD) -> dict[str, str]:
    return {"email": email, "password": password}


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Compares email addresses letter by letter",
    new="Compares them case-insensitively, in every [spelling](accounts.md), and "
    "returns the normal form",
    why="An address should have one account",
)
def test_each_spelling_of_an_address_is_one_account(server: Server) -> None:
    for shown, *others in ADDRESSES:
        first, *more = [*others, shown]
        server.check([Case(REGISTER, account(first), 201)])
        server.check(Case(REGISTER, account(each), 202, TAKEN) for each in more)
        server.check(Case(LOGIN, account(each), 200) for each in [shown, *others])
        token = json.loads(server.send(Case(LOGIN, account(shown))).body)
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        server.check([Case("GET /auth/me", None, 200, f'"{shown}"', headers=headers)])
    user = {"name": "other", **account("u@xn--mnchen-3ya.de")}
    server.check([Case("POST /v1.0/users", user, 409)])


def test_failed_logins_are_counted_for_all_spellings(server: Server) -> None:
    spellings = ["u@münchen.de", "u@xn--mnchen-3ya.de", "U@MÜNCHEN.de"]
    failures = [account(each, "wrong") for each in [*spellings, *spellings]]
    server.check(Case(LOGIN, body, 401) for body in failures[:5])
    server.check([Case(LOGIN, body, 429) for body in failures[5:]])


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Compares names byte by byte",
    new="Treats composed and decomposed letters as the same",
    why="Keyboards differ",
)
def test_each_spelling_of_a_name_is_one_user(server: Server) -> None:
    for number, name in enumerate(["Café", "Zoë", "Ángel"]):
        spellings = [normalize("NFD", name), name]
        bodies = [
            {"name": each, **account(f"{number}{form}@example.com")}
            for form, each in enumerate(spellings)
        ]
        server.check([Case(REGISTER, bodies[0], 201), Case(REGISTER, bodies[1], 409)])
        server.check([Case("POST /v1.0/users", bodies[1], 409)])
        for each in spellings:
            goal = {"user": each, "name": f"by {each}"}
            get = f"GET /v1.0/goals?user={quote(each)}"
            goals = [goal, {**goal, "name": f"also by {each}"}]
            server.check(
                [
                    Case("POST /v1.0/goals", goal, 200),
                    Case("POST /v1.0/goals", goals[1:], 200),
                    Case(get, None, 200, f'"{name}"'),
                ]
            )


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Compares passwords byte by byte",
    new="Accepts composed and decomposed letters",
    why="Keyboards differ",
)
def test_a_password_is_right_in_each_spelling(server: Server) -> None:
    composed = "Crème brûlée à Ærø"
    decomposed = normalize("NFD", composed)
    wrong = "Creme brulee a Aero"
    for name, sent in [("nfc", composed), ("nfd", decomposed)]:
        email = f"{name}@example.com"
        server.check([Case(REGISTER, account(email, sent), 201)])
        server.check(
            [
                Case(LOGIN, account(email, composed), 200),
                Case(LOGIN, account(email, decomposed), 200),
                Case(LOGIN, account(email, wrong), 401),
            ]
        )
        login = json.loads(server.send(Case(LOGIN, account(email, composed))).body)
        headers = {"Authorization": f"Bearer {login['access_token']}"}
        body = {"old_password": decomposed, "new_password": decomposed}
        server.check([Case("POST /auth/password", body, 200, headers=headers)])
        server.check([Case(LOGIN, account(email, composed), 200)])


# Made elsewhere, cut, or damaged.
HASHES = [
    "scrypt$32768$8$1$c2FsdA$aGFzaA",
    "scrypt$32768$",
    "scrypt:32768:8:1$salt$hash",
    "scrypt$salt$99999999999999999999$8$1$aGFzaA",
    "argon2$",
    "argon2$argon2id$v=19$m=x$salt$hash",
    "argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA",
    "bcrypt$2b$12$short",
    "bcrypt_sha256$$2b$12$",
    "bcrypt$",
    "pbkdf2_sha256$x$salt$hash",
    "pbkdf2_sha256$-1$salt$hash",
    "pbkdf2_sha256$1000",
    "pbkdf2_sha256$99999999999999999999$salt$hash",
    "pbkdf2:sha256:260000$salt$hash",
    "sha256$salt$hash",
    "plain text",
    "\u00e9\u0308$$$",
    "$",
    "",
]


@pytest.fixture
def damaged_users(slow_passwords: None, demo: None) -> None:
    for number, encoded in enumerate(HASHES):
        name = f"damaged{number}"
        email = f"{name}@example.com"
        User.objects.create(name=name, email=email, password=encoded)


def test_a_damaged_hash_refuses_the_login(
    slow_passwords: None, demo: None, damaged_users: None, service
) -> None:
    server = Server(service)
    text = "Invalid email or password"
    server.check(
        Case(LOGIN, account(f"damaged{number}@example.com"), 401, text)
        for number in range(len(HASHES))
    )
    for number, encoded in enumerate(HASHES):
        pk = User.objects.get(email=f"damaged{number}@example.com").pk
        server.service.wait_for_line(f"hash of user {pk} can't be verified")
        assert len(encoded) < 2 or encoded not in server.service.printed


def test_tokens_stay_valid_when_the_key_is_rotated(
    slow_passwords: None, demo: None, start
) -> None:
    old, new, other = (letter * 60 for letter in "abc")
    login = start(SECRET_KEY=old).call(
        "POST", "/auth/login", account("ada@example.com")
    )
    tokens = login.json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    refresh = {"refresh_token": tokens["refresh_token"]}
    me = Case("GET /auth/me", None, 200, headers=headers)
    rotated = Server(start(SECRET_KEY=new, SECRET_KEY_FALLBACKS=f"{other},{old}"))
    rotated.check([me, Case("POST /auth/refresh", refresh, 200)])
    rotated.check([Case("POST /auth/refresh", refresh, 401)])
    forgotten = Server(start(SECRET_KEY=new, SECRET_KEY_FALLBACKS=other))
    forgotten.check([me._replace(status=401)])


BAD_PASSWORDS = ["x", "password", "12345678901", "short", "somebody@example.com"]


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Accepts any password",
    new="Requires a password in production that Django's validators accept "
    "(`QUINTET_VALIDATE_PASSWORDS`)",
    why="Prevents accounts with the password `x`",
)
def test_production_refuses_bad_passwords(slow_passwords: None, share) -> None:
    headers = {"X-Forwarded-Proto": "https"}
    strict = Server(share(**PRODUCTION, BEHIND_PROXY="1"))
    off = Server(share(**PRODUCTION, BEHIND_PROXY="1", QUINTET_VALIDATE_PASSWORDS="0"))
    for number, password in enumerate(BAD_PASSWORDS):
        body = account("somebody@example.com", password)
        user = {"name": "somebody", **body}
        strict.check([Case(REGISTER, body, 400, "password: ", headers=headers)])
        strict.check(
            [Case("POST /v1.0/users", user, 400, '"password"', headers=headers)]
        )
        body["email"] = f"somebody{number}@example.com"
        off.check([Case(REGISTER, body, 201, headers=headers)])
    good = account("somebody@example.com", "a long passphrase")
    strict.check([Case(REGISTER, good, 201, headers=headers)])


def test_development_takes_any_password(server: Server) -> None:
    for number, password in enumerate(BAD_PASSWORDS):
        body = account(f"somebody{number}@example.com", password)
        server.check([Case(REGISTER, body, 201)])


def test_production_does_not_start_with_demo_accounts(
    slow_passwords: None, demo: None, start, tmp_path
) -> None:
    variables = environment(tmp_path, **PRODUCTION)
    for command in (["check", "--database", "default"], ["migrate"]):
        run = manage(*command, **variables)
        assert run.returncode == 1
        assert "manage.py demo --remove" in run.stderr
    for arguments in (["-m", "config.server"], ["-c", "import config.wsgi"]):
        run = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert run.returncode == 1
        assert "manage.py demo --remove" in run.stderr
    run = manage("demo", "--remove", **variables)
    assert "7 demo accounts removed" in run.stdout
    assert manage("check", "--database", "default", **variables).returncode == 0
    server = Server(start(**PRODUCTION, BEHIND_PROXY="1"))
    headers = {"X-Forwarded-Proto": "https"}
    server.check(
        Case(LOGIN, account(f"{name}@example.com"), 401, headers=headers)
        for name in ("staff", "ada", "producer")
    )
