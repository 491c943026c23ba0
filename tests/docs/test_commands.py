"""Every command of the guide, typed into shells beside one server and its worker.

`GUIDE_PAGES="reference/goals how-to/log-in" script/test tests/docs/test_commands.py`
runs the pages that you name.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.support.guide_pages import (
    ROOT,
    exchanges,
    is_printed,
    names,
    page,
    run_elsewhere,
)
from tests.support.postgresql import connect
from tests.support.service_processes import Service, database_url

ADDRESS = "http://127.0.0.1:8000"
MARKER = "--- next ---"
README = (ROOT / "README.md").read_text()
NAMES = os.environ.get("GUIDE_PAGES", "").split() or ["README", *names()]

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl"),
]


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
def service(own_database, tmp_path) -> Iterator[Service]:
    """Start a server and its worker on the demo data."""
    environment = os.environ | {"DATABASE_URL": own_database}
    for command in ("migrate", "demo"):
        run = [sys.executable, "manage.py", command, "-v0"]
        subprocess.run(run, cwd=ROOT, env=environment, check=True, timeout=120)
    service = Service(tmp_path, DATABASE_URL=own_database)
    service.start_worker()
    yield service
    service.stop()


@pytest.fixture
def folder(tmp_path) -> Path:
    """Return a folder that looks like the project's, where pages may write files."""
    place = tmp_path / "quintet"
    place.mkdir()
    for path in ROOT.iterdir():
        (place / path.name).symlink_to(path)
    return place


def type_in(commands: list[str], service: Service, folder: Path) -> list[str]:
    """Return what a shell prints for each of the commands."""
    lines = [f"{command}\necho; echo '{MARKER}'" for command in commands]
    text = "\n".join(["exec 2>&1", *lines])
    places = {".venv/bin/python": sys.executable, ADDRESS: service.address}
    for shown, real in places.items():
        text = text.replace(shown, real)
    shell = subprocess.run(
        ["bash"],
        input=text,
        capture_output=True,
        text=True,
        timeout=300,
        cwd=folder,
        # Unbuffered, or errors would come before what was printed first.
        env=service.environment | {"PYTHONUNBUFFERED": "1", "HOME": str(folder)},
    )
    output = shell.stdout.replace("\r", "").replace(service.address, ADDRESS)
    return [each.strip() for each in output.split(MARKER)]


def text_of(name: str) -> str:
    return README if name == "README" else page(name)


def test_every_command_of_the_guide_prints_what_the_page_shows(
    service: Service, folder: Path, subtests: Any
):
    assert len(NAMES) > 0
    for name in NAMES:
        text = text_of(name)
        pairs = [] if run_elsewhere(text) else exchanges(text)
        if not pairs:
            continue
        outputs = type_in([command for command, _ in pairs], service, folder)
        with subtests.test(name):
            for (command, printed), output in zip(pairs, outputs, strict=False):
                message = (
                    f"{name}: $ {command}\n{output}\n\nThe page prints:\n{printed}"
                )
                assert is_printed(printed, output), message
