from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests.service import Service, manage


@pytest.fixture(scope="session")
def migrated(tmp_path_factory) -> Path | None:
    """A folder with a migrated SQLite file, which services start from a copy of."""
    folder = tmp_path_factory.mktemp("migrated")
    if connection.vendor == "sqlite":
        manage(folder, "migrate", "-v0")
    return folder


@pytest.fixture
def start(tmp_path, transactional_db, migrated) -> Iterator[Callable[..., Service]]:
    """Starts services on one database, and stops them at the end."""
    shutil.copytree(migrated, tmp_path, dirs_exist_ok=True)
    services: list[Service] = []

    def begin(*options: str, **variables: str) -> Service:
        services.append(Service(tmp_path, *options, **variables))
        return services[-1]

    yield begin
    for service in services:
        service.stop()
