"""Connections to PostgreSQL databases that are not the test's, by Django's driver."""

from __future__ import annotations

from typing import Any

from django.db.utils import ConnectionHandler
from environ import Env


def connect(url: str) -> Any:
    """Returns a connection of the driver, in autocommit mode.

    Raises django.db.OperationalError where nobody answers.
    """
    config = {**Env.db_url_config(url), "OPTIONS": {"connect_timeout": 5}}
    wrapper = ConnectionHandler({"default": config})["default"]
    with wrapper.wrap_database_errors:
        connection = wrapper.get_new_connection(wrapper.get_connection_params())
    connection.autocommit = True
    return connection
