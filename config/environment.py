"""How settings are read from the environment, and refused at start where they are not
what they have to be.
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

DATABASE_OPTIONS: dict[str, dict[str, Any]] = {
    # IMMEDIATE takes the write lock at the start of a transaction, so that the
    # timeout applies; without it parallel writers fail at once.
    "django.db.backends.sqlite3": {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA foreign_keys=ON;"
            "PRAGMA journal_mode=WAL;"
            "PRAGMA synchronous=NORMAL;"
            "PRAGMA busy_timeout=20000;"
            # INSERT OR REPLACE fires the triggers for DELETE, too, and so is counted.
            "PRAGMA recursive_triggers=ON;"
        ),
    },
    # A host that is gone is noticed soon, and not after two hours.
    "django.db.backends.postgresql": {
        "connect_timeout": 5,
        "keepalives_idle": 30,
        "tcp_user_timeout": 10_000,
    },
}


def choice(name: str, allowed: list[str], default: str) -> str:
    """The variable's value, refused at start when it is none of the allowed ones."""
    value = env.str(name, default=default)
    if value not in allowed:
        raise ImproperlyConfigured(
            f"{name}={value!r} is not known. Set it to one of: {', '.join(allowed)}."
        )
    return value


def at_least(least: int, name: str, default: int) -> int:
    """The variable's number, refused at start when it is too small."""
    value: int = env.int(name, default=default)
    if value < least:
        raise ImproperlyConfigured(f"{name} must be at least {least}.")
    return value


def origins(name: str) -> list[str]:
    """The origins listed, each as a browser names it; refused at start otherwise."""
    found: list[str] = env.list(name, default=[])
    for origin in found:
        if not re.fullmatch(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", origin):
            raise ImproperlyConfigured(
                f"{name}: {origin!r} is no origin. Write https://app.example.com, "
                "in small letters, without a path and without wildcards."
            )
    return found


def need_package(package: str, name: str, file: str) -> None:
    """Refuses to start where a variable asks for a package that is not there."""
    if not find_spec(package):
        raise ImproperlyConfigured(
            f"{name} needs one more package: pip install -r {file}"
        )


def require(cures: dict[str, str]) -> None:
    """Refuses to start, naming every missing variable and how to set it."""
    missing = [
        f"  {name}: {cure}" for name, cure in cures.items() if not env.str(name, "")
    ]
    if missing:
        raise ImproperlyConfigured(
            "QUINTET_ENV=production needs these environment variables:\n"
            + "\n".join(missing)
        )


def databases(access: str) -> dict[str, dict[str, Any]]:
    """The connections to DATABASE_URL and to the copies at DATABASE_REPLICA_URL."""
    primary = env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")
    if primary.get("ENGINE") not in DATABASE_OPTIONS:
        raise ImproperlyConfigured(
            "DATABASE_URL must start with sqlite:/// or postgres://."
        )
    urls = env.list("DATABASE_REPLICA_URL", default=[])
    if urls and access == "open":
        raise ImproperlyConfigured(
            "DATABASE_REPLICA_URL needs QUINTET_ACCESS=closed: callers without a token "
            "could not read what they have just written."
        )
    found = {f"replica{n}": replica(url) for n, url in enumerate(urls, start=1)}
    return {"default": connection(primary), **found}


def replica(url: str) -> dict[str, Any]:
    if not url.startswith(("postgres://", "postgresql://")):
        raise ImproperlyConfigured("DATABASE_REPLICA_URL must start with postgres://.")
    config = connection(env.db_url_config(url))
    # The primary stands in for it soon, in tests from the start.
    options = {"connect_timeout": 2, "tcp_user_timeout": 3000}
    return {
        **config,
        "OPTIONS": config["OPTIONS"] | options,
        "TEST": {"MIRROR": "default"},
    }


def connection(config: dict[str, Any]) -> dict[str, Any]:
    options = DATABASE_OPTIONS[config["ENGINE"]] | config.get("OPTIONS", {})
    return {
        **config,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def broker() -> str:
    """The broker's address in BROKER_URL; none without one."""
    url: str = env.str("BROKER_URL", default="")
    if url and not url.startswith(("amqp://", "amqps://", "redis://", "rediss://")):
        raise ImproperlyConfigured("BROKER_URL must start with amqp:// or redis://.")
    if url:
        need_package("celery", "BROKER_URL", "requirements-celery.txt")
    return url


def mail_server(default: str) -> dict[str, Any]:
    """The settings that EMAIL_URL stands for.

    Without it, development prints its mails and production sends none.
    """
    try:
        return dict(env.email_url("EMAIL_URL", default=default))
    except (ImproperlyConfigured, ValueError) as exc:
        raise ImproperlyConfigured(
            "EMAIL_URL must read smtp+tls://user:password@host:587 or the like."
        ) from exc
