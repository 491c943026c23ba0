"""docs/architecture.md and its picture say what the code does."""

from __future__ import annotations

import re
import runpy
import tomllib
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PAGES = ["docs/architecture.md", "CONTRIBUTING.md"]


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
    assert [name for name in names if not (ROOT / name).exists()] == []


def test_every_marker_is_in_the_table_of_contributing():
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]
    markers = {text.partition(":")[0] for text in options["ini_options"]["markers"]}
    table = re.findall(r"^\| `(\w+)` \|", (ROOT / "CONTRIBUTING.md").read_text(), re.M)

    assert set(table) == markers


def test_both_places_of_the_version_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert project["version"] == settings.SPECTACULAR_SETTINGS["VERSION"]
