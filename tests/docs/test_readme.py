"""The commands of README.md, typed into a shell against a server and its worker."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.support.http import free_port, wait_for
from tests.support.service_processes import OWN_FILE

ROOT = Path(settings.BASE_DIR)
README = (ROOT / "README.md").read_text()
TOUR = README.partition("## A tour")[2].partition("## Settings")[0]
ADDRESS = "http://127.0.0.1:8000"

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")


@pytest.fixture
def address(tmp_path) -> Iterator[str]:
    """Web server and worker on a database of their own, with the demo data."""
    port = free_port()
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = kept | {"DATABASE_URL": f"sqlite:///{tmp_path}/quintet.sqlite3"}

    def manage(*arguments: str) -> list[str]:
        return [sys.executable, "manage.py", *arguments]

    for command in ("migrate", "demo"):
        subprocess.run(
            manage(command, "-v0"), cwd=ROOT, env=environment, check=True, timeout=60
        )
    environment["PORT"] = str(port)
    server = [sys.executable, "-m", "config.server"]
    commands = [server, manage("worker", "--skip-checks")]
    children = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        for command in commands
    ]
    try:
        wait_for(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(timeout=30)


def exchanges(page: str) -> list[tuple[str, str]]:
    """Each command of a page and what is printed below it."""
    found: list[tuple[str, str]] = []
    for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, printed = part.partition("\n")
            found.append((command, printed.strip()))
    return found


def assert_answers_as_printed(pairs: list[tuple[str, str]], address: str) -> None:
    marker = "--- next ---"
    lines = [f"{command}\necho; echo '{marker}'" for command, _ in pairs]
    shell = subprocess.run(
        ["bash", "-e"],
        input="\n".join(lines).replace(ADDRESS, address),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    printed_back = shell.stdout.replace("\r", "").replace(address, ADDRESS)
    answers = [text.strip() for text in printed_back.split(marker)]
    for (command, printed), answer in zip(pairs, answers, strict=False):
        wanted = ".*".join(map(re.escape, printed.split("…")))
        assert re.fullmatch(wanted, answer, re.DOTALL), f"{command}\n{answer}"


@OWN_FILE
def test_every_command_of_the_tour_answers_as_printed(address):
    pairs = exchanges(TOUR)

    assert len(pairs) > 8
    assert_answers_as_printed(pairs, address)


@pytest.mark.parametrize("name", re.findall(r"`([A-Z][A-Z_]+)`", README))
def test_every_variable_of_the_table_is_read_somewhere(name):
    sources = [*(ROOT / "config").glob("*.py"), ROOT / "script/server"]

    assert any(name in source.read_text() for source in sources)


def test_every_test_named_in_the_differences_exists():
    text = (ROOT / "docs/reference/differences.md").read_text()
    for target in set(re.findall(r"`(tests/[^`]+)`", text)):
        assert (ROOT / target).exists(), target
