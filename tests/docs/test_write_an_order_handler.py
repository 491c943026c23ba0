"""docs/how-to/write-an-order-handler.md, followed to the end in a copy's folder."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.support.guide_pages import (
    ROOT,
    assert_printed,
    blocks,
    exchanges_of,
    outputs_of,
    page,
)

BLOCKS = [each for each in blocks(page("how-to/write-an-order-handler")) if each.note]
FILES = [each.text for each in BLOCKS if each.language == "python"]
CONSOLES = [each.text for each in BLOCKS if each.language == "console"]


@pytest.fixture
def folder(tmp_path) -> Path:
    """Return a folder with the project's files and the two of the page."""
    for path in ROOT.iterdir():
        if path.name not in {"manage.py", "tests"}:
            (tmp_path / path.name).symlink_to(path)
    # Python looks for modules in the folder of the file that a link leads to.
    shutil.copy(ROOT / "manage.py", tmp_path)
    for name, text in zip(("shop.py", "test_shop.py"), FILES, strict=True):
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_commands_of_the_page_print_what_it_shows(folder):
    pairs = [pair for console in CONSOLES for pair in exchanges_of(console)]
    commands = [
        command.replace(".venv/bin/python", sys.executable) for command, _ in pairs
    ]
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{folder}/shop.sqlite3"}

    assert len(pairs) == 4
    assert_printed(pairs, outputs_of(commands, folder, environment, timeout=120))
