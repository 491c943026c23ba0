"""docs/explanation/architecture.md and its picture say what the code does."""

from __future__ import annotations

import re
import runpy
import tomllib
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.services import issue_tokens
from media_catalog.models import Creator, Video
from tests.support.executed_files import executed_files
from tests.support.guide_pages import marked

ROOT = Path(settings.BASE_DIR)
# Files of an example, which the reader makes.
NEW_FILES = {"dialects/plain.py", "shelves/urls.py"}
PAGES = ["docs/explanation/architecture.md", "CONTRIBUTING.md"]
LIST = marked("explanation/architecture", "files of a list")
WRITE = marked("explanation/architecture", "files of a write")


def test_the_picture_shows_the_imports_of_the_code():
    drawn = runpy.run_path(str(ROOT / "docs/images/architecture.py"))["picture"]()

    assert (ROOT / "docs/images/architecture.svg").read_text() == drawn, (
        "run script/picture"
    )


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_the_page_names_exists(page):
    text = (ROOT / page).read_text()
    names = re.findall(r"`([\w.]+/[\w/.-]*)`", text)

    assert names
    assert {name for name in names if not (ROOT / name).exists()} <= NEW_FILES


POSTGRESQL_FILE = "common/db/postgresql/base.py"


# The server's signals close connections after a request, and with them a test's
# transaction.
over_wsgi = pytest.mark.django_db(transaction=True)


@over_wsgi
def test_the_files_of_a_list_are_those_that_the_page_names():
    author = Creator.objects.create(name="ada", create_at=timezone.now())
    Video.objects.create(id="v", author=author)
    # The first request in a process also fills caches.
    for _ in range(2):
        files = files_of("GET", "/api/video", QUERY_STRING="include=author")

    assert files == named_files(LIST)
    assert counts(LIST) == [len(files)]


@over_wsgi
def test_the_files_of_a_write_are_those_that_the_page_names(ada):
    token = {"HTTP_AUTHORIZATION": f"Bearer {issue_tokens(ada).access}"}
    for _ in range(2):
        files = files_of("POST", "/bucketlists/", b'{"name": "Sail"}', **token)
    shared = [file for file in files if file in named_files(LIST)]

    assert [file for file in files if file not in shared] == named_files(WRITE)
    assert counts(WRITE) == [len(files), len(shared)]


def files_of(method: str, path: str, body: bytes = b"", **variables: str) -> list[str]:
    """Return the files that a request runs through on any database."""
    files = executed_files(method, path, body, **variables)
    return [file for file in files if file != POSTGRESQL_FILE]


def named_files(part: str) -> list[str]:
    """Return the files of the table in this part of the page."""
    return re.findall(r"^\| `([^`]+)` \|", part, re.MULTILINE)


def counts(part: str) -> list[int]:
    """Return the numbers in this part of the page."""
    return [int(number) for number in re.findall(r"\b\d+\b(?= files| of)", part)]


def test_every_marker_is_in_the_table_of_contributing():
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]
    markers = {text.partition(":")[0] for text in options["ini_options"]["markers"]}
    # Those with arguments choose no tests.
    markers = {name for name in markers if "(" not in name}
    table = re.findall(r"^\| `(\w+)` \|", (ROOT / "CONTRIBUTING.md").read_text(), re.M)

    assert set(table) == markers


def test_both_places_of_the_version_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert project["version"] == settings.SPECTACULAR_SETTINGS["VERSION"]
