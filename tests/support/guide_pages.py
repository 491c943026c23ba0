"""The guide as tests read it: its pages in order, their marks and their blocks.

HTML comments tell tests what a part of a page is, because readers don't see them:

- `<!-- test: limits -->` … `<!-- end test -->` is a part that a test compares.
- `<!-- file: docs/configuration/nginx.conf -->` comes before a block with that file.
- `<!-- run by: tests/docs/test_jobs.py -->` comes before a block that this test uses.
  After the title of a page, it stands for all blocks of the page.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from tests.support.service_processes import Service

ROOT: Path = settings.BASE_DIR
FOLDER = ROOT / "docs"
# The server's address in the pages.
ADDRESS = "http://127.0.0.1:8000"
MARKER = "--- next ---"
BLOCK = re.compile(
    r"(?:^ *<!-- (?P<note>file|run by): (?P<target>\S+) -->\n+)?"
    r"^(?P<indent> *)```(?P<language>[^\n]*)\n(?P<text>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """A fenced block of a page. The note is `file`, `run by` or empty."""

    language: str
    text: str
    note: str
    target: str


def page(name: str) -> str:
    """Return the text of a page, such as `reference/goals`."""
    return (FOLDER / f"{name}.md").read_text()


def names() -> list[str]:
    """Return the names of all pages, in the order of the table of contents."""
    listed = re.findall(r"\]\(([\w/-]+)\.md\)", page("index"))
    paths = [path.relative_to(FOLDER).with_suffix("") for path in FOLDER.rglob("*.md")]
    others = {path.as_posix() for path in paths} - {"index", *listed}
    return ["index", *listed, *sorted(others)]


def marked(name: str, mark: str) -> str:
    """Return the part of a page between `<!-- test: mark -->` and its end."""
    pattern = rf"<!-- test: {re.escape(mark)} -->\n(.*?)<!-- end test -->"
    [text] = re.findall(pattern, page(name), re.DOTALL)
    return text


def blocks(text: str) -> list[Block]:
    return [
        Block(
            found["language"],
            re.sub(rf"^{found['indent']}", "", found["text"], flags=re.MULTILINE),
            found["note"] or "",
            found["target"] or "",
        )
        for found in BLOCK.finditer(text)
    ]


def shown(name: str, language: str) -> list[str]:
    """Return the page's blocks in this language that a test of its own runs."""
    return [
        block.text.strip()
        for block in blocks(page(name))
        if (block.language, block.note) == (language, "run by")
    ]


def run_elsewhere(text: str) -> str:
    """Return the test that runs the whole page, or an empty string."""
    found = re.match(r"# .+\n\n<!-- run by: (\S+) -->\n", text)
    return found[1] if found else ""


def exchanges(text: str) -> list[tuple[str, str]]:
    """Return each command of the page's consoles, and what is printed below it.

    A command goes on in the next line after a backslash.
    """
    found: list[tuple[str, str]] = []
    for block in blocks(text):
        if block.language == "console" and not block.note:
            found += exchanges_of(block.text)
    return found


def exchanges_of(console: str) -> list[tuple[str, str]]:
    found = []
    for part in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        lines = part.split("\n")
        last = next(i for i, line in enumerate(lines) if not line.endswith("\\"))
        command, printed = lines[: last + 1], lines[last + 1 :]
        found.append(("\n".join(command), "\n".join(printed).strip()))
    return found


def type_in(commands: list[str], service: Service, folder: Path) -> list[str]:
    """Return what a shell prints for each of the commands, beside the service."""
    places = {".venv/bin/python": sys.executable, ADDRESS: service.address}
    here = [replace_all(command, places) for command in commands]
    environment = service.environment | {"HOME": str(folder)}
    outputs = outputs_of(here, folder, environment)
    return [output.replace(service.address, ADDRESS) for output in outputs]


def replace_all(text: str, places: Mapping[str, str]) -> str:
    """Replace what a page shows by what is there in the test."""
    for shown, real in places.items():
        text = text.replace(shown, real)
    return text


def outputs_of(
    commands: list[str],
    folder: Path,
    environment: Mapping[str, str],
    timeout: int = 300,
) -> list[str]:
    """Return what one shell prints for each of the commands, errors included."""
    lines = [f"{command}\necho; echo '{MARKER}'" for command in commands]
    shell = subprocess.run(
        ["bash"],
        input="\n".join(["exec 2>&1", *lines]),
        capture_output=True,
        text=True,
        timeout=timeout,
        cwd=folder,
        # Unbuffered, or errors would come before what was printed first.
        env={**environment, "PYTHONUNBUFFERED": "1"},
    )
    *outputs, _ = shell.stdout.replace("\r", "").split(MARKER)
    return [output.strip() for output in outputs]


def assert_printed(pairs: list[tuple[str, str]], outputs: list[str]) -> None:
    """Compare what a page prints below its commands with what they wrote."""
    for (command, printed), output in zip(pairs, outputs, strict=True):
        message = f"$ {command}\n{output}\n\nThe page prints:\n{printed}"
        assert is_printed(printed, output), message


def is_printed(printed: str, real: str) -> bool:
    """Compare what a page prints with what a command wrote.

    White space may differ, because pages break long JSON, and an ellipsis stands for
    any text.
    """
    pattern = ".*".join(map(re.escape, compact(printed).split("…")))
    return bool(re.fullmatch(pattern, compact(real), re.DOTALL))


def compact(text: str) -> str:
    return re.sub(r"\s+", "", text)
