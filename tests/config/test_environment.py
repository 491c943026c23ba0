"""Every variable of the environment is checked before anything starts."""

from __future__ import annotations

import runpy
import subprocess
import sys
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.listening import AddressError, listen_options
from tests.config.test_settings import KEY, PRODUCTION, ROOT, manage
from tests.support.http import free_port
from tests.support.settings_page import VARIABLES

NUMBERS = ["abc", "", "-1", "1_0", "٣", "1e3", "nan", "inf", "9" * 20, "$WEB_THREADS"]
FLAGS = ["maybe", "nein", "", "2", "ja", "$DEBUG", "truetrue"]
URLS = ["abc", "http://example.com", "//x", "$HOME"]
BAD: dict[str, list[str]] = {
    "QUINTET_ENV": ["prod", "", "Production", "$HOME"],
    "SECRET_KEY": ["", "short", "development-only" * 5],
    "ALLOWED_HOSTS": ["https://api.example.com", "a b", "api.example.com:443", "a,,b/"],
    "DATABASE_URL": [*URLS, "", "mysql://h/x", "postgres://h:abc/x", "postgres://h"],
    "DATABASE_PREPARED_STATEMENTS": ["maybe"],
    "QUINTET_VALIDATE_PASSWORDS": ["maybe"],
    "DATABASE_REPLICA_URL": [*URLS, "sqlite:///x", "postgres://h:abc/x", "postgres://"],
    "QUINTET_REPLICA_LAG_SECONDS": NUMBERS,
    "QUINTET_REPLICA_OUTAGE_SECONDS": NUMBERS,
    "QUINTET_ACCESS": ["ajar", "", "OPEN"],
    "QUINTET_MAX_UNPAGED": [*NUMBERS, "0"],
    "QUINTET_MAX_LINKAGE": [*NUMBERS, "0"],
    "QUINTET_READ_ROWS": FLAGS,
    "QUINTET_LANDING": FLAGS,
    "BROKER_URL": [*URLS, "sqs://x"],
    "QUINTET_QUEUE": ["", "two words", "a\nb", "x" * 300],
    "QUINTET_INVOICE_PAPER": ["a5", "", "A4"],
    "QUINTET_INVOICE_DUE_DAYS": ["abc", "-1", "1.5", "3651", "$HOME"],
    "QUINTET_INVOICE_CURRENCY": ["€", "eur", "EURO", "EU"],
    "QUINTET_INVOICE_NOTE": ["x" * 2001, "two\nlines"],
    "QUINTET_JOB_TRIES": [*NUMBERS, "0", "1.5"],
    "QUINTET_JOB_SECONDS": [*NUMBERS, "0"],
    "QUINTET_JOB_LEASE_SECONDS": [*NUMBERS, "0"],
    "QUINTET_MAX_STREAMS": NUMBERS,
    "QUINTET_IDEMPOTENCY_HOURS": [*NUMBERS, "0", "99999999"],
    "QUINTET_TRACE_DAYS": NUMBERS,
    "EMAIL_URL": ["abc", "smtp://h:abc", "smpt://h", "$HOME"],
    "DEFAULT_FROM_EMAIL": ["", "nobody", "a\nb@example.com", "a@b <c"],
    "WEB_THREADS": [*NUMBERS, "0"],
    "ACCESS_TOKEN_SECONDS": [*NUMBERS, "0", "99999999999"],
    "REFRESH_TOKEN_SECONDS": [*NUMBERS, "0"],
    "QUINTET_REGISTRATION": ["shut", "", "Open"],
    "QUINTET_LOGIN_LIMIT": [*NUMBERS, "0"],
    "QUINTET_ADDRESS_LIMIT": [*NUMBERS, "0"],
    "QUINTET_LIMIT_SECONDS": [*NUMBERS, "0"],
    "PASSWORD_RESET_SECONDS": [*NUMBERS, "59"],
    "QUINTET_PUBLIC_URL": ["api.example.com", "https://x/y", "ftp://x"],
    "OIDC_ISSUER": ["https://only.this.one"],
    "OIDC_AUDIENCE": ["only this one"],
    "OIDC_JWKS_URL": ["https://only.this.one"],
    "BEHIND_PROXY": FLAGS,
    "TRUSTED_PROXIES": [*NUMBERS, "1"],
    "SSL_REDIRECT": FLAGS,
    "CSRF_TRUSTED_ORIGINS": ["example.com", "*", "https://example.com/x"],
    "SCRIPT_NAME": ["old", "/old/", "/o ld", "/"],
    "CORS_ALLOWED_ORIGINS": [
        *("*", "https://*.example.com", "https://example.com,*", "null"),
        *("example.com", "https://example.com/", "https://example.com/x"),
        *("https://EXAMPLE.com", "https://user@example.com", "ftp://example.com"),
        "https://example.com:port",
    ],
    "CORS_ALLOW_HEADERS": ["*/*", "two words", "x:y", "é"],
    "LOG_LEVEL": ["loud", "", "info"],
    "LOG_FORMAT": ["xml", ""],
    "QUINTET_QUEUE_SECONDS": NUMBERS,
    "METRICS_TOKEN": ["short", "with a blank and so long"],
    "DEBUG": FLAGS,
}
# Any text is right, or something else than the settings reads them.
FREE = {"QUINTET_SELLER", "SECRET_KEY_FALLBACKS"}
READ_ELSEWHERE = {
    *("QUINTET_DEMO", "HOST", "PORT", "UNIX_SOCKET", "WEB_CONCURRENCY"),
    *("WEB_DRAIN_SECONDS", "QUINTET_ORDER_HANDLER", "PROMETHEUS_MULTIPROC_DIR"),
}


def settings_with(monkeypatch: pytest.MonkeyPatch, **variables: str) -> dict[str, Any]:
    """Return the settings as another process with these variables would have them."""
    for name in {*BAD, *FREE, *READ_ELSEWHERE}:
        monkeypatch.delenv(name, raising=False)
    for name, value in ({"DATABASE_URL": "sqlite://:memory:"} | variables).items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "config/settings.py"))


@pytest.mark.parametrize("name", BAD)
def test_a_bad_value_is_refused_in_one_line_that_names_the_variable(monkeypatch, name):
    others = {"SECRET_KEY": PRODUCTION} if name == "SECRET_KEY" else {}
    for value in BAD[name]:
        variables = next(iter(others.values()), {}) | {name: value}
        with pytest.raises(ImproperlyConfigured) as error:
            settings_with(monkeypatch, **variables)
        message = str(error.value)
        assert name in message, (value, message)
        if value or name != "SECRET_KEY":
            assert "\n" not in message, (value, message)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY must be at least 50"),
        ({"SECRET_KEY_FALLBACKS": f"{KEY},short"}, "SECRET_KEY_FALLBACKS must be"),
        (
            {"SECRET_KEY_FALLBACKS": f"development-only{KEY}"},
            "SECRET_KEY_FALLBACKS must be at least 50",
        ),
        ({"QUINTET_ENV": "prod"}, "QUINTET_ENV='prod' is invalid"),
        ({"QUINTET_ACCESS": "ajar"}, "QUINTET_ACCESS='ajar' is invalid"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL must start with"),
        ({"BROKER_URL": "sqs://x"}, "BROKER_URL must start with"),
        ({"DATABASE_REPLICA_URL": "sqlite:///x"}, "DATABASE_REPLICA_URL must start"),
        (
            {"DATABASE_REPLICA_URL": "postgres://x/y", "QUINTET_ACCESS": "open"},
            "DATABASE_REPLICA_URL needs QUINTET_ACCESS=closed",
        ),
    ],
)
def test_the_message_says_what_is_right(monkeypatch, change, text):
    with pytest.raises(ImproperlyConfigured, match=text):
        settings_with(monkeypatch, **PRODUCTION | change)


@pytest.mark.parametrize(
    ("environment", "access"),
    [({}, "open"), (PRODUCTION, "closed"), ({"QUINTET_ACCESS": "closed"}, "closed")],
)
def test_production_is_closed_unless_told_otherwise(monkeypatch, environment, access):
    settings = settings_with(monkeypatch, **environment)

    assert settings["QUINTET_ACCESS"] == access


def test_every_variable_of_the_guide_has_bad_values():
    names = {variable.name for variable in VARIABLES}

    assert names - BAD.keys() == FREE | READ_ELSEWHERE
    assert names >= BAD.keys()


def test_good_values_are_taken_as_they_are(monkeypatch):
    variables = {
        "SECRET_KEY": "$a-key-that-looks-like-the-name-of-another-variable",
        "QUINTET_SELLER": "$HOME|Street 1",
        "QUINTET_INVOICE_DUE_DAYS": "0",
        "QUINTET_INVOICE_NOTE": "Tax number $1 | Bank",
        "ALLOWED_HOSTS": "api.example.com, .example.org,[::1],*",
        "QUINTET_JOB_SECONDS": "0.5",
        "WEB_THREADS": " 8 ",
        "DEBUG": "Yes",
        "QUINTET_READ_ROWS": "off",
        "CORS_ALLOW_HEADERS": "X-Client-Version",
        "CORS_ALLOWED_ORIGINS": "http://[::1]:3000,https://app.example.com",
        "CSRF_TRUSTED_ORIGINS": "https://*.example.com",
    }
    settings = settings_with(monkeypatch, **variables)

    assert settings["SECRET_KEY"] == variables["SECRET_KEY"]
    assert settings["QUINTET_SELLER"] == ["$HOME", "Street 1"]
    assert settings["QUINTET_INVOICE_DUE_DAYS"] == 0
    assert settings["QUINTET_INVOICE_NOTE"] == ["Tax number $1", "Bank"]
    assert settings["ALLOWED_HOSTS"] == [
        "api.example.com",
        ".example.org",
        "[::1]",
        "*",
    ]
    assert (settings["QUINTET_JOB_SECONDS"], settings["WEB_THREADS"]) == (0.5, 8)
    assert (settings["DEBUG"], settings["QUINTET_READ_ROWS"]) == (True, False)
    assert settings["CORS_ALLOW_HEADERS"][-1] == "x-client-version"


def run(*arguments: str, **variables: str) -> str:
    """Return what a command prints that must not start."""
    process = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={"DATABASE_URL": "sqlite://:memory:", "PORT": str(free_port())} | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert process.returncode == 1, process
    return process.stdout + process.stderr


@pytest.mark.parametrize(
    ("command", "name", "value"),
    [
        ("manage.py check", "QUINTET_JOB_SECONDS", "abc"),
        ("manage.py worker", "DEBUG", "maybe"),
        ("-m config.server", "SSL_REDIRECT", "nein"),
        ("-m config.server", "HOST", "no-such-host.invalid"),
        ("-m config.server", "WEB_CONCURRENCY", "0"),
        ("-m config.server", "WEB_DRAIN_SECONDS", "-1"),
        ("-m config.server", "PORT", "70000"),
        ("-m config.server", "UNIX_SOCKET", "/no/such/folder/socket"),
        ("-m config.server", "UNIX_SOCKET", f"/tmp/{'x' * 200}"),
        ("-m config.server", "PROMETHEUS_MULTIPROC_DIR", "/no/such/folder"),
    ],
)
def test_no_command_starts_with_a_bad_value(command, name, value):
    [line] = run(*command.split(), **{name: value}).splitlines()

    assert line.startswith("Quintet: ")
    assert name in line


def test_a_celery_worker_does_not_start_with_a_bad_value():
    pytest.importorskip("celery")
    [line] = run(*["-m", "celery", "-A", "config", "worker"], DEBUG="x").splitlines()

    assert line.startswith("Quintet: DEBUG='x' is invalid. Allowed values: 1, true,")


def test_variables_of_the_old_services_are_warned_of():
    old = {"APP_SETTINGS": "production", "SECRET": "x", "FLASK_ENV": "production"}
    warnings = manage("check", **old).stderr

    for name, new in [
        ("APP_SETTINGS", "QUINTET_ENV"),
        ("SECRET", "SECRET_KEY"),
        ("FLASK_ENV", "QUINTET_ENV"),
    ]:
        assert f"{name} is set, but Quintet doesn't read it." in warnings
        assert f"Set {new}" in warnings
    assert "doesn't read" not in manage("check", **old, **PRODUCTION).stderr


@pytest.mark.difference(
    "Everywhere",
    old="Listens on all addresses, on port 5000 or `PORT`",
    new="Listens on `HOST` (127.0.0.1) and `PORT` (8000)",
    why="A new service shouldn't be open to the network",
)
def test_the_server_listens_on_port_8000_of_this_machine(monkeypatch):
    for name in ("HOST", "PORT", "UNIX_SOCKET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PORT", str(free_port()))
    assert listen_options()["address"] == "127.0.0.1"
    monkeypatch.delenv("PORT")
    monkeypatch.setenv("HOST", "192.0.2.1")  # no machine has this address
    with pytest.raises(AddressError, match=r"HOST=192\.0\.2\.1 PORT=8000"):
        listen_options()
