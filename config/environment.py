"""Reading settings from environment variables.

An invalid value raises ImproperlyConfigured, which names the variable, at the start.
"""

from __future__ import annotations

import os
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
POSTGRESQL_SCHEMES = ("postgres://", "postgresql://")

MAX_INTEGER = 2_000_000_000
# In seconds: the maximum of most times.
YEAR = 366 * 24 * 3600
TRUE = ("1", "true", "yes", "on")
FALSE = ("0", "false", "no", "off")

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


def invalid(name: str, value: object, allowed: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"{name}={value!r} is invalid. Allowed values: {allowed}."
    )


def text(name: str, default: str = "") -> str:
    """Return the variable as it is, while django-environ would replace `$NAME`."""
    return os.environ.get(name, default)


def texts(name: str) -> list[str]:
    """Return the texts between commas, without white space and empty ones."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


def choice(name: str, allowed: list[str], default: str) -> str:
    value = text(name, default)
    if value not in allowed:
        raise invalid(name, value, ", ".join(allowed))
    return value


def boolean(name: str, default: bool) -> bool:
    return to_boolean(name, text(name, str(default)))


def to_boolean(name: str, value: str) -> bool:
    word = value.strip().lower()
    if word not in {*TRUE, *FALSE}:
        raise invalid(name, value, ", ".join([*TRUE, *FALSE]))
    return word in TRUE


def matching(name: str, pattern: str, requirement: str, default: str = "") -> str:
    """Return the variable's text, empty if it isn't set and has no default."""
    value = text(name, default)
    if (value or default) and not re.fullmatch(pattern, value):
        raise ImproperlyConfigured(f"{name} must {requirement}")
    return value


def at_least(name: str, least: int, default: int, most: int = MAX_INTEGER) -> int:
    value = text(name, str(default)).strip()
    # int() takes other digits and underscores as well.
    if not re.fullmatch(r"-?[0-9]{1,18}", value) or not least <= int(value) <= most:
        raise invalid(name, text(name), f"whole numbers from {least} to {most}")
    return int(value)


def number(name: str, least: float, default: float, most: float = MAX_INTEGER) -> float:
    value = text(name, str(default)).strip()
    is_number = re.fullmatch(r"[0-9]{1,18}(\.[0-9]{1,18})?", value)
    if not is_number or not least <= float(value) <= most:
        raise invalid(name, text(name), f"numbers from {least:.10g} to {most:.10g}")
    return float(value)


def matching_list(name: str, pattern: str, allowed: str) -> list[str]:
    """Return the texts between commas. Each must match the pattern."""
    values = texts(name)
    for value in values:
        if not re.fullmatch(pattern, value):
            raise invalid(name, value, allowed)
    return values


def host_names(name: str, default: list[str]) -> list[str]:
    """Return the patterns of Django's ALLOWED_HOSTS."""
    pattern = r"\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\]"
    allowed = "host names without scheme and port, such as api.example.com"
    return matching_list(name, pattern, allowed) or default


def origins(name: str, wildcard: str = "") -> list[str]:
    """Return the comma-separated origins, written as browsers send them.

    `wildcard` is the pattern of what may stand before the host name.
    """
    host = r"([a-z0-9.-]+|\[[0-9a-f:.]+\])"
    form = "the form https://app.example.com: lowercase, no path, no wildcards"
    return matching_list(
        name, rf"https?://{wildcard}{host}(:[0-9]{{1,5}})?", f"origins in {form}"
    )


def all_or_none(*names: str) -> list[str]:
    """Return the texts of variables that depend on each other."""
    values = [text(name) for name in names]
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
        if not text(name)
    ]
    if missing:
        raise ImproperlyConfigured(
            "QUINTET_ENV=production needs these environment variables:\n"
            + "\n".join(missing)
        )


def require_secrets(command: str, **keys: list[str]) -> None:
    """Raise ImproperlyConfigured for a short key, and for that of development.

    With a key, old or new, anyone can forge tokens.
    """
    for name, values in keys.items():
        if any(len(key) < 50 or key.startswith("development-only") for key in values):
            raise ImproperlyConfigured(
                f"{name} must be at least 50 random characters. Generate one: {command}"
            )


def databases(access: str) -> dict[str, dict[str, Any]]:
    """Return DATABASES: DATABASE_URL and the replicas of DATABASE_REPLICA_URL."""
    url = text("DATABASE_URL", f"sqlite:///{BASE_DIR / 'db.sqlite3'}")
    if not url.startswith(("sqlite:", *POSTGRESQL_SCHEMES)):
        raise ImproperlyConfigured(
            "DATABASE_URL must start with sqlite:/// or postgres://."
        )
    primary = parse_database_url("DATABASE_URL", url)
    urls = texts("DATABASE_REPLICA_URL")
    if urls and access == "open":
        raise ImproperlyConfigured(
            "DATABASE_REPLICA_URL needs QUINTET_ACCESS=closed. Otherwise anonymous "
            "clients might not read their own writes."
        )
    replicas = {f"replica{n}": replica(url) for n, url in enumerate(urls, start=1)}
    return {"default": connection(primary), **replicas}


def parse_database_url(name: str, url: str) -> dict[str, Any]:
    """Return the database's settings. The error doesn't show the URL's password."""
    engine = POSTGRESQL if url.startswith(POSTGRESQL_SCHEMES) else None
    try:
        config = dict(env.db_url_config(url, engine))
    except (ImproperlyConfigured, ValueError, KeyError) as exc:
        raise ImproperlyConfigured(
            f"{name} must be a URL such as postgres://user:password@host:5432/quintet."
        ) from exc
    if not config["NAME"]:
        raise ImproperlyConfigured(
            f"{name} must end with the name of a database, such as "
            "postgres://user:password@host:5432/quintet."
        )
    return config | cursor_options(name, config)


def cursor_options(name: str, config: dict[str, Any]) -> dict[str, bool]:
    """Return the URL's option about cursors as a boolean, which it has as text."""
    option = "DISABLE_SERVER_SIDE_CURSORS"
    if option not in config:
        return {}
    value = to_boolean(f"{option.lower()} in {name}", str(config[option]))
    return {option: value}


def replica(url: str) -> dict[str, Any]:
    if not url.startswith(POSTGRESQL_SCHEMES):
        raise ImproperlyConfigured("DATABASE_REPLICA_URL must start with postgres://.")
    config = connection(parse_database_url("DATABASE_REPLICA_URL", url))
    # Fall back to the primary soon. Tests use the primary only.
    options = {"connect_timeout": 2, "tcp_user_timeout": 3000}
    return {
        **config,
        "OPTIONS": config["OPTIONS"] | options,
        "TEST": {"MIRROR": "default"},
    }


def connection(config: dict[str, Any]) -> dict[str, Any]:
    options = DATABASE_OPTIONS[config["ENGINE"]] | config.get("OPTIONS", {})
    if prepares_statements() and config["ENGINE"] == POSTGRESQL:
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
    is_on = boolean(name, False)
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
        return dict(env.email_url_config(text("EMAIL_URL", default)))
    except (ImproperlyConfigured, ValueError, KeyError) as exc:
        raise ImproperlyConfigured(
            "EMAIL_URL must be a URL such as smtp+tls://user:password@host:587."
        ) from exc


def password_validators() -> list[dict[str, str]]:
    """Return AUTH_PASSWORD_VALIDATORS as Django's `startproject` writes it."""
    names = [
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    ]
    return [{"NAME": f"django.contrib.auth.password_validation.{n}"} for n in names]
