"""The commands of docs/moving/*.md, typed into a shell beside a running server."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path

import pytest
from django.conf import settings

from flask_import.arguments import add_arguments
from flask_import.models import ImportRun
from flask_import.writing import reset_sequence
from tests.flask_import.conftest import DATABASES
from tests.support.service_processes import ROOT, Service

FOLDER = Path(settings.BASE_DIR) / "docs/moving"
PAGES = {path.stem: path.read_text() for path in FOLDER.glob("*.md")}
# The old databases of the examples, by the names that the pages give them.
FILES = {
    "bucketlists": "bucketlists",
    "books": "dbbase-books",
    "casting": "casting",
    "goals": "over-achiever-passwords",
    "invoices": "dbbase-invoices",
    "media": "media",
    "orders": "dbbase-orders",
}
SERVER = "QUINTET_DEMO=0 script/server"
MARKER = "--- next ---"


def exchanges(page: str) -> list[tuple[str, str]]:
    """Return each command of a page and what is printed below it."""
    found: list[tuple[str, str]] = []
    for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, printed = part.partition("\n")
            found.append((command, printed.strip()))
    return found


def type_in(commands: list[str], service: Service, folder: Path) -> list[str]:
    """Return what a shell prints for each of the commands."""
    lines = [f"{command}\necho; echo '{MARKER}'" for command in commands]
    places = {
        ".venv/bin/python": sys.executable,
        "/srv/old": str(folder),
        "http://127.0.0.1:8000": service.address,
    }
    text = "\n".join(["exec 2>&1", *lines])
    for shown, real in places.items():
        text = text.replace(shown, real)
    shell = subprocess.run(
        ["bash"],
        input=text,
        capture_output=True,
        text=True,
        timeout=300,
        cwd=ROOT,
        # Or errors would come before what was printed first.
        env=service.environment | {"PYTHONUNBUFFERED": "1"},
    )
    for shown, real in places.items():
        shell.stdout = shell.stdout.replace(real, shown)
    return [each.strip() for each in shell.stdout.split(MARKER)]


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
@pytest.mark.parametrize("name", sorted(set(PAGES) - {"index"}))
def test_every_command_of_a_page_answers_as_printed(name, start, tmp_path):
    # The pages print the number of a first import.
    reset_sequence(ImportRun)
    for shown, real in FILES.items():
        shutil.copy(DATABASES / f"{real}.db", tmp_path / f"{shown}.db")
    first, *pairs = exchanges(PAGES[name])

    answers = type_in([command for command, _ in pairs], start(), tmp_path)
    # The service that the fixture starts stands for it.
    assert first == (SERVER, "")
    assert len(pairs) > 3
    for (command, printed), answer in zip(pairs, answers, strict=False):
        wanted = ".*".join(map(re.escape, printed.split("…")))
        assert re.fullmatch(wanted, answer, re.DOTALL), f"{command}\n{answer}"


@pytest.mark.parametrize("name", sorted(PAGES))
def test_every_option_of_a_page_exists(name):
    parser = ArgumentParser()
    add_arguments(parser)
    known = set(re.findall(r"--[a-z-]+", parser.format_help()))

    assert set(re.findall(r"`(--[a-z-]+)", PAGES[name])) <= known
