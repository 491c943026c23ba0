"""The pages that build an app are followed from their first to their last step.

They are docs/tutorial/your-own-api.md and docs/how-to/add-an-api.md.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests.support.guide_pages import (
    ADDRESS,
    Block,
    assert_printed,
    blocks,
    exchanges_of,
    outputs_of,
    page,
    replace_all,
)
from tests.support.http import free_port, wait_for
from tests.support.project import ROOT, Project

# By page: lists of its app, each of which is also a page in a browser.
PAGES = {
    "tutorial/your-own-api": ["/music/album", "/music/track"],
    "how-to/add-an-api": [
        "/radio/show",
        "/shop/copies",
        "/charts/tracks",
        "/diary/notes",
    ],
}
ADMIN = """
from accounts.models import User
from django.test import Client
client = Client()
client.force_login(User.objects.get(email="staff@example.com"))
for name in ("album", "copy", "track"):
    print(client.get(f"/admin/radio/{name}/?q=a").status_code)
"""
FILE = re.compile(r"`([\w/]+\.py)`")
IGNORED = shutil.ignore_patterns("__pycache__", "*.sqlite3*", "node_modules")

pytestmark = [
    pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl"),
    pytest.mark.skipif(
        connection.vendor != "sqlite", reason="has a SQLite file of its own"
    ),
]


class Reader:
    """A reader in a copy of the project, who has loaded the demo data before."""

    def __init__(self, folder: Path) -> None:
        self.project = Project(folder, f"sqlite:///{folder}/quintet.sqlite3")
        self.folder = folder
        shutil.copytree(ROOT / "tests", folder / "tests", ignore=IGNORED)
        for name in ("pyproject.toml", "docs"):
            (folder / name).symlink_to(ROOT / name)
        self.project.run("migrate", "-v0")
        self.project.run("demo", "-v0")
        self.port = free_port()
        self.server: subprocess.Popen[bytes] | None = None
        # What is defined in a terminal stays there.
        self.lines: list[str] = []

    def follow(self, block: Block, text_before: str) -> None:
        if block.language == "console":
            for command, printed in exchanges_of(block.text):
                self.enter(command, printed)
            return
        file = FILE.findall(text_before)[-1]
        if "    # …\n" in block.text:
            self.extend(self.folder / file, block.text)
        else:
            (self.folder / file).write_text(block.text)

    def extend(self, file: Path, shown: str) -> None:
        """Add the lines after the ellipsis to the end of the file's list or mapping.

        A block can also begin with imports.
        """
        start, added = shown.split("    # …\n")
        *imports, name = start.strip().splitlines()
        text = file.read_text()
        assert text.count(f"\n{name}\n") == 1, f"{name} is not once in {file.name}"
        before, rest = text.split(f"\n{name}\n")
        end = {"[": "\n]\n", "{": "\n}\n"}[name[-1]]
        items, _, rest = rest.partition(end)
        new = "".join(f"{line}\n" for line in imports if line)
        before = before.replace("\nimport ", f"\n{new}import ", 1)
        file.write_text(f"{before}\n{name}\n{items}\n{added}{rest}")

    def enter(self, command: str, printed: str) -> None:
        if command == "script/server":
            self.start_server()
            return
        assert_printed([(command, printed)], [self.output_of(command)])

    def start_server(self) -> None:
        self.server = subprocess.Popen(
            [sys.executable, "-m", "config.server"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(f"http://127.0.0.1:{self.port}")

    def output_of(self, command: str) -> str:
        """Type a command into the terminal, after the definitions before it."""
        places = {
            ".venv/bin/python": sys.executable,
            "script/test": f"{sys.executable} -m pytest -n0 -p no:cacheprovider",
            ADDRESS: f"http://127.0.0.1:{self.port}",
        }
        text = replace_all(command, places)
        if re.match(r"[A-Z]+=|\w+\(\)", text):
            self.lines.append(text)
        typed = "\n".join([*self.lines, text])
        [output] = outputs_of([typed], self.folder, self.environment)
        return output

    def reads_in_a_browser(self, url: str) -> bool:
        command = f"curl -s {ADDRESS}{url} -H 'Accept: text/html'"
        return f"<b>GET</b> {url}" in self.output_of(command)

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "DATABASE_URL": self.project.url,
            "PORT": str(self.port),
            "PYTHONDONTWRITEBYTECODE": "1",
            "WEB_CONCURRENCY": "1",
        }

    def stop(self) -> None:
        if self.server:
            self.server.terminate()
            self.server.wait(timeout=30)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    reader = Reader(tmp_path / "project")
    yield reader
    reader.stop()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_works_from_its_first_to_its_last_step(reader, name):
    rest = page(name)
    found = blocks(rest)
    for block in found:
        before, _, rest = rest.partition(f"```{block.language}\n{block.text}```")
        reader.follow(block, before)

    assert {block.language for block in found} == {"console", "python"}
    assert reader.server is not None
    for url in PAGES[name]:
        assert reader.reads_in_a_browser(url)
    if "/admin.py`" in page(name):
        assert reader.project.shell(ADMIN).split() == ["200"] * 3
