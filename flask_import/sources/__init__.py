"""The old databases, which are only read."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from config.environment import POSTGRESQL_SCHEMES
from flask_import.errors import NothingWritten
from flask_import.sources.base import Source
from flask_import.sources.postgresql import PostgreSQLSource
from flask_import.sources.sqlite import SQLiteSource


def open_source(url: str) -> Source:
    """Open the database of a URL as Flask-SQLAlchemy spells it.

    Raise NothingWritten if it can't be opened.
    """
    scheme, separator, rest = url.partition("://")
    # SQLAlchemy names the driver as well: postgresql+psycopg2://…
    plain = f"{scheme.partition('+')[0]}{separator}{rest}"
    try:
        if plain.startswith("sqlite:"):
            return SQLiteSource(plain)
        if plain.startswith(POSTGRESQL_SCHEMES):
            return PostgreSQLSource(plain)
    except ImproperlyConfigured as exc:
        raise NothingWritten(str(exc)) from None
    raise NothingWritten(
        "The database URL must start with sqlite:/// or postgres://, such as "
        "sqlite:////srv/old/app.db."
    )
