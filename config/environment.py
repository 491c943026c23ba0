"""Reading settings from environment variables.

An invalid value raises ImproperlyConfigured, which names the variable, at the start.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
# Django's backend, with a health check that sends no statement.
POSTGRESQL = "common.db.postgresql"
POSTGRESQL_SCHEMES = ("postgres:", "postgresql:")

DATABASE_OPTIONS: dict[str, dict[str, Any]] = {
    # IMMEDIATE takes the write lock at the start of a transaction, so that the
    # timeout applies. Otherwise concurrent writers fail at once.
    "django.db.backends.sqlite3": {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA foreign_keys=ON;"
            "PRAGMA journal_mode=WAL;"
            "PRAGMA synchronous=NORMAL;"
            "PRAGMA busy_timeout=20000;"
            # INSERT OR REPLACE then fires the triggers for DELETE, which count rows.
            "PRAGMA recursive_triggers=ON;"
        ),
    },
    # Detect an unreachable host soon, not after two hours.
    POSTGRESQL: {
        "connect_timeout": 5,
        "keepalives_idle": 30,
        "tcp_user_timeout": 10_000,
    },
}


def choice(name: str, allowed: list[str], default: str) -> str:
    value: str = env.str(name, default=default)
    if value not in allowed:
        raise ImproperlyConfigured(
            f"{name}={value!r} is invalid. Allowed values: {', '.join(allowed)}."
        )
    return value


def matching(name: str, pattern: str, requirement: str) -> str:
    """Return the variable's text, empty if it isn't set."""
    value: str = env.str(name, default="")
    if value and not re.fullmatch(pattern, value):
        raise ImproperlyConfigured(f"{name} must {requirement}")
    return value


def at_least(name: str, least: int, default: int) -> int:
    value: int = env.int(name, default=default)
    if value < least:
        raise ImproperlyConfigured(f"{name} must be at least {least}.")
    return value


def origins(name: str) -> list[str]:
    """Return the comma-separated origins, written as browsers send them."""
    values: list[str] = env.list(name, default=[])
    for origin in values:
        if not re.fullmatch(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", origin):
            raise ImproperlyConfigured(
                f"{name}: {origin!r} is not a valid origin. Use the form "
                "https://app.example.com: lowercase, no path, no wildcards."
            )
    return values


def all_or_none(*names: str) -> list[str]:
    """Return the texts of variables that depend on each other."""
    values = [env.str(name, default="") for name in names]
    if any(values) and not all(values):
        raise ImproperlyConfigured(
            f"Set all of {', '.join(names[:-1])} and {names[-1]}, or none of them."
        )
    return values


def require_package(package: str, name: str, requirement: str) -> None:
    """Raise ImproperlyConfigured if the variable's package isn't installed."""
    if not find_spec(package):
        raise ImproperlyConfigured(
            f"{name} requires another package: pip install {requirement}"
        )


def require_variables(descriptions: dict[str, str]) -> None:
    """Raise ImproperlyConfigured, which describes every missing variable."""
    missing = [
        f"  {name}: {description}"
        for name, description in descriptions.items()
        if not env.str(name, "")
    ]
    if missing:
        raise ImproperlyConfigured(
            "QUINTET_ENV=production needs these environment variables:\n"
            + "\n".join(missing)
        )


def databases(access: str) -> dict[str, dict[str, Any]]:
    """Return DATABASES: DATABASE_URL and the replicas of DATABASE_REPLICA_URL."""
    url = env.str("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")
    if not url.startswith(("sqlite:", *POSTGRESQL_SCHEMES)):
        raise ImproperlyConfigured(
            "DATABASE_URL must start with sqlite:/// or postgres://."
        )
    urls = env.list("DATABASE_REPLICA_URL", default=[])
    if urls and access == "open":
        raise ImproperlyConfigured(
            "DATABASE_REPLICA_URL needs QUINTET_ACCESS=closed. Otherwise anonymous "
            "clients might not read their own writes."
        )
    replicas = {f"replica{n}": replica(url) for n, url in enumerate(urls, start=1)}
    return {"default": connection(url), **replicas}


def replica(url: str) -> dict[str, Any]:
    if not url.startswith(POSTGRESQL_SCHEMES):
        raise ImproperlyConfigured("DATABASE_REPLICA_URL must start with postgres://.")
    config = connection(url)
    # Fall back to the primary soon. Tests use the primary only.
    options = {"connect_timeout": 2, "tcp_user_timeout": 3000}
    return {
        **config,
        "OPTIONS": config["OPTIONS"] | options,
        "TEST": {"MIRROR": "default"},
    }


def connection(url: str) -> dict[str, Any]:
    engine = POSTGRESQL if url.startswith(POSTGRESQL_SCHEMES) else None
    config = env.db_url_config(url, engine)
    options = DATABASE_OPTIONS[config["ENGINE"]] | config.get("OPTIONS", {})
    if engine and prepares_statements():
        options |= {"prepare_threshold": 5, "server_side_binding": True}
    return {
        **config,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def prepares_statements() -> bool:
    """Return whether PostgreSQL keeps the plans of repeated statements."""
    name = "DATABASE_PREPARED_STATEMENTS"
    is_on: bool = env.bool(name, default=False)
    if is_on:
        require_package("psycopg", name, "'psycopg[binary]'")
    return is_on


def broker_url() -> str:
    """Return the URL of Celery's broker, empty if BROKER_URL isn't set."""
    pattern = r"(?s)(amqps?|rediss?)://.*"
    url = matching("BROKER_URL", pattern, "start with amqp:// or redis://.")
    if url:
        require_package("celery", "BROKER_URL", "-r requirements-celery.txt")
    return url


def mail_server(default: str) -> dict[str, Any]:
    """Return Django's EMAIL_* settings for EMAIL_URL or the default URL."""
    try:
        return dict(env.email_url("EMAIL_URL", default=default))
    except (ImproperlyConfigured, ValueError) as exc:
        raise ImproperlyConfigured(
            "EMAIL_URL must be a URL such as smtp+tls://user:password@host:587."
        ) from exc
