"""A server with its worker on the demo data, and a folder to type commands in."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests.support.guide_pages import ROOT
from tests.support.postgresql import connect
from tests.support.service_processes import Service, database_url


@pytest.fixture
def own_database(tmp_path, db: None) -> Iterator[str]:
    """Return the URL of an empty database, of the kind that the suite uses."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path}/quintet.sqlite3"
        return
    url, name = database_url(tmp_path), f"{connection.settings_dict['NAME']}_guide"
    server = connect(url)
    cursor = server.cursor()
    cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    cursor.execute(f'CREATE DATABASE "{name}"')
    yield url.rpartition("/")[0] + f"/{name}"
    cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    server.close()


@pytest.fixture
def demo_service(own_database, tmp_path) -> Iterator[Service]:
    """Start a server and its worker on the demo data."""
    environment = os.environ | {"DATABASE_URL": own_database}
    for command in ("migrate", "demo"):
        run = [sys.executable, "manage.py", command, "-v0"]
        subprocess.run(run, cwd=ROOT, env=environment, check=True, timeout=120)
    service = Service(tmp_path, DATABASE_URL=own_database, WEB_THREADS="4")
    service.start_worker()
    yield service
    service.stop()


@pytest.fixture
def workspace(tmp_path) -> Path:
    """Return a folder that looks like the project's, where pages may write files."""
    folder = tmp_path / "quintet"
    folder.mkdir()
    for path in ROOT.iterdir():
        (folder / path.name).symlink_to(path)
    return folder
