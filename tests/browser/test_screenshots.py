"""`script/screenshots` takes the pictures that the documentation shows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.browser
ROOT: Path = settings.BASE_DIR
DOCS = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]


def test_the_script_takes_each_picture_of_the_documentation(browser, tmp_path):
    script = ROOT / "docs/images/screenshots.py"
    subprocess.run([sys.executable, script, tmp_path], check=True, cwd=ROOT)
    taken = {path.name for path in tmp_path.iterdir()}
    shown = {
        name
        for page in DOCS
        for name in re.findall(r"images/([\w-]+\.png)\)", page.read_text())
    }

    assert taken == shown
    assert taken == {path.name for path in (ROOT / "docs/images").glob("*.png")}
