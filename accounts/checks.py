"""Production refuses a database with demo accounts, whose password is public."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connections

from accounts.models import User

DEMO_ACCOUNTS = "The database has demo accounts, whose password is public."
REMOVE_COMMAND = "python manage.py demo --remove"


def has_demo_accounts(alias: str) -> bool:
    """Return whether there are any. A database without the table has none."""
    with suppress(DatabaseError, InterfaceError):
        return bool(User.objects.using(alias).filter(is_demo=True).exists())
    return False


@register(Tags.database)
def check_demo_accounts(
    app_configs: object, databases: Sequence[str] | None = None, **kwargs: object
) -> list[Error]:
    if not settings.PRODUCTION:
        return []
    return [
        Error(DEMO_ACCOUNTS, hint=f"Run: {REMOVE_COMMAND}", id="accounts.E001")
        for alias in databases or []
        if has_demo_accounts(alias)
    ]


def refuse_demo_accounts() -> None:
    """Raise ImproperlyConfigured if production has demo accounts.

    An unavailable database is ignored.
    """
    if not settings.PRODUCTION:
        return
    try:
        if has_demo_accounts(DEFAULT_DB_ALIAS):
            raise ImproperlyConfigured(f"{DEMO_ACCOUNTS} Remove them: {REMOVE_COMMAND}")
    finally:
        connections.close_all()
