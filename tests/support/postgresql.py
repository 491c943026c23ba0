"""Connections to PostgreSQL databases other than the test's."""

from __future__ import annotations

from typing import Any

from django.db.utils import ConnectionHandler
from environ import Env


def connect(url: str) -> Any:
    """Return a connection of Django's driver, in autocommit mode.

    Raises OperationalError of Django if there is no server.
    """
    config = {**Env.db_url_config(url), "OPTIONS": {"connect_timeout": 5}}
    wrapper = ConnectionHandler({"default": config})["default"]
    with wrapper.wrap_database_errors:
        connection = wrapper.get_new_connection(wrapper.get_connection_params())
    connection.autocommit = True
    return connection
