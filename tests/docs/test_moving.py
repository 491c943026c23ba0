"""The commands of docs/moving/*.md, typed into a shell beside a running server."""

from __future__ import annotations

import re
import shutil
from argparse import ArgumentParser
from pathlib import Path

import pytest
from django.conf import settings

from flask_import.arguments import add_arguments
from flask_import.kinds import CODES
from flask_import.models import ImportRun
from flask_import.writing import reset_sequence
from tests.flask_import.conftest import DATABASES
from tests.support.guide_pages import assert_printed, exchanges, marked, type_in
from tests.support.service_processes import Service

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
PLACE = "/srv/old"


def type_in_place(
    commands: list[str], service: Service, folder: Path, workspace: Path
) -> list[str]:
    """Return what a shell prints, with the old databases where the pages have them."""
    moved = [command.replace(PLACE, str(folder)) for command in commands]
    outputs = type_in(moved, service, workspace)
    return [output.replace(str(folder), PLACE) for output in outputs]


@pytest.fixture
def old_databases(tmp_path) -> Path:
    for shown, real in FILES.items():
        shutil.copy(DATABASES / f"{real}.db", tmp_path / f"{shown}.db")
    return tmp_path


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
@pytest.mark.parametrize("name", sorted(set(PAGES) - {"index"}))
def test_every_command_of_a_page_prints_what_it_shows(
    name, start, old_databases, workspace
):
    # The pages print the number of a first import.
    reset_sequence(ImportRun)
    first, *pairs = exchanges(PAGES[name])
    commands = [command for command, _ in pairs]

    # The service that the fixture starts stands for it.
    assert first == (SERVER, "")
    assert len(pairs) > 3
    outputs = type_in_place(commands, start(), old_databases, workspace)
    assert_printed(pairs, outputs)


def test_the_commands_of_the_index_succeed(start, old_databases, workspace):
    reset_sequence(ImportRun)
    commands = [command for command, _ in exchanges(PAGES["index"])]
    remove, undo, forget = (each for each in commands if "manage.py" in each)
    take = f".venv/bin/python manage.py import_flask sqlite:///{PLACE}/books.db --write"
    # The second import has another number.
    typed = [remove, take, undo, take, forget.replace("--forget 1", "--forget 2")]

    outputs = type_in_place(
        [f"{command} > /dev/null; echo $?" for command in typed],
        start(),
        old_databases,
        workspace,
    )
    assert outputs[: len(typed)] == ["0", "3", "0", "3", "0"]
    assert set(commands) - {remove, undo, forget} == {
        *(SERVER, "createdb quintet"),
        "export DATABASE_URL=postgres://user:password@localhost:5432/quintet",
    }


def test_the_table_lists_all_kinds_of_conflicts():
    listed = re.findall(
        r"^\| `([\w-]+)` \|", marked("reference/import-report", "kinds"), re.M
    )
    used = {
        code
        for page in PAGES.values()
        for cell in re.findall(r"^\| (`[a-z_]+\.[a-z_]+ .+?) \|", page, re.MULTILINE)
        for code in re.findall(r" ([\w-]+)`", cell)
    }

    assert sorted(listed) == sorted(CODES)
    assert len(used) > 20
    assert used <= CODES


@pytest.mark.parametrize("name", sorted(PAGES))
def test_every_option_of_a_page_exists(name):
    parser = ArgumentParser()
    add_arguments(parser)
    known = set(re.findall(r"--[a-z-]+", parser.format_help()))

    assert set(re.findall(r"`(--[a-z-]+)", PAGES[name])) <= known
