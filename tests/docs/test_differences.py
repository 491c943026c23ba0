"""docs/reference/differences.md is what docs/differences.py reads in the tests."""

from __future__ import annotations

import subprocess
import sys

import pytest

from docs.differences import APIS, FILE, MarkerError, differences
from pages.markdown import anchor_of
from pages.systems import SYSTEMS
from tests.support.guide_pages import ROOT

ROWS = differences(ROOT)
SAMPLE = """
import pytest

@pytest.mark.difference("Goals", old="Crashes", new="Returns 400", why="A reason")
@pytest.mark.difference(
    "Casting", old="Crashes "
    "often", new="Returns 400"
)
@pytest.mark.parametrize("x", [1])
def test_one(x):
    pass

class TestTwo:
    @pytest.mark.difference("Goals", old="Returns 404", new="Returns 400")
    def test_two(self):
        pass
"""


def test_the_page_is_what_the_markers_say(tmp_path):
    file = tmp_path / "differences.md"
    command = [sys.executable, "docs/differences.py", str(file)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60)

    assert file.read_text() == FILE.read_text(), "Run docs/differences.py."


def test_no_row_is_there_twice_and_reasons_are_short():
    assert len({(row.api, row.old, row.new) for row in ROWS}) == len(ROWS)
    assert [row for row in ROWS if len(row.why.split()) > 12] == []
    assert {row.api for row in ROWS} == APIS.keys()


def test_each_system_of_the_start_page_has_its_table():
    assert {system.differences for system in SYSTEMS} < {*map(anchor_of, APIS)}


# The reader


def read(folder, text):
    (folder / "tests").mkdir()
    (folder / "tests/test_sample.py").write_text(text)
    return differences(folder)


def test_markers_are_read_by_api_and_place(tmp_path):
    file = "tests/test_sample.py"

    assert read(tmp_path, SAMPLE) == [
        ("Goals", f"{file}::test_one", "Crashes", "Returns 400", "A reason"),
        ("Goals", f"{file}::TestTwo::test_two", "Returns 404", "Returns 400", ""),
        ("Casting", f"{file}::test_one", "Crashes often", "Returns 400", ""),
    ]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"Goals", old="Crashes"', '"Goal", old="Crashes"'),
        ('"Goals", old="Crashes"', 'old="Crashes"'),
        ('"Goals", old="Crashes"', '"Goals", "Casting", old="Crashes"'),
        ('"Goals", old="Crashes"', '"Goals", old=CRASHES'),
        ('"Goals", old="Crashes"', '"Goals", old=""'),
        ('"Goals", old="Crashes"', '"Goals", old="Crashes | loses data"'),
        ('"Goals", old="Crashes"', '"Goals", old=500'),
        ('old="Crashes", ', ""),
        ('why="A reason"', 'because="A reason"'),
        ('why="A reason"', "**reasons"),
        ("def test_one", "def one"),
        ("class TestTwo", "pytestmark = pytest.mark.difference\nclass TestTwo"),
    ],
)
def test_a_wrong_marker_is_refused(tmp_path, right, wrong):
    assert right in SAMPLE

    with pytest.raises(MarkerError):
        read(tmp_path, SAMPLE.replace(right, wrong, 1))
