from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.guide_pages import marked
from tests.support.project import ROOT, Project

CHANGES = marked("explanation/architecture", "changes")
FOLDERS = ["tests", "docs", "benchmarks"]
IGNORED = shutil.ignore_patterns("__pycache__", "*.sqlite3*", "node_modules")


class Exercise(Project):
    """A copy of the project with its tests, and what was changed in it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, f"sqlite:///{folder / 'exercise.sqlite3'}")
        for name in FOLDERS:
            shutil.copytree(ROOT / name, folder / name, ignore=IGNORED)
        for name in ("pyproject.toml", "README.md"):
            shutil.copy(ROOT / name, folder)
        self.run("migrate", "--verbosity=0")

    def replace(self, path: str, old: str, new: str) -> None:
        file = self.folder / path
        assert file.read_text().count(old) == 1, f"{old!r} is not once in {path}"
        file.write_text(file.read_text().replace(old, new))

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)

    def test(self, *arguments: str) -> None:
        """Run tests of the copy, which have to pass."""
        process = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-n0", *arguments],
            cwd=self.folder,
            env={**os.environ, "DATABASE_URL": "sqlite://:memory:"},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert process.returncode == 0, process.stdout

    def changed_files(self) -> set[str]:
        """The files of the product that differ from the project's, or are new."""
        files = {
            str(file.relative_to(self.folder))
            for file in self.folder.rglob("*.py")
            if not file.is_relative_to(self.folder / "tests")
        }
        return {
            name
            for name in files
            if not (ROOT / name).exists()
            or (ROOT / name).read_bytes() != (self.folder / name).read_bytes()
        }


@pytest.fixture
def exercise(tmp_path) -> Iterator[Callable[[str], Exercise]]:
    """Begins a change that docs/explanation/architecture.md describes.

    At its end, the changed files have to be those that the page names, and migrations.
    """
    begun: list[tuple[str, Exercise]] = []

    def begin(change: str) -> Exercise:
        begun.append((change, Exercise(tmp_path / "project")))
        return begun[-1][1]

    yield begin
    for change, project in begun:
        changed = {
            name for name in project.changed_files() if "/migrations/" not in name
        }
        assert changed == files_named(change)


def files_named(change: str) -> set[str]:
    """The Python files that the page's table names for a change."""
    [row] = re.findall(rf"^\| {re.escape(change)} \| (.*?) \|", CHANGES, re.MULTILINE)
    return set(re.findall(r"`([\w/]+\.py)`", row))
