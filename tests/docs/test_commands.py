"""Every command of the guide, typed into shells beside one server and its worker.

`GUIDE_PAGES="reference/goals how-to/log-in" script/test tests/docs/test_commands.py`
runs the pages that you name.
"""

from __future__ import annotations

import os
import shutil
from typing import Any

import pytest

from tests.support.guide_pages import (
    ROOT,
    assert_printed,
    exchanges,
    names,
    page,
    run_elsewhere,
    type_in,
)

README = (ROOT / "README.md").read_text()
NAMES = os.environ.get("GUIDE_PAGES", "").split() or ["README", *names()]


def text_of(name: str) -> str:
    return README if name == "README" else page(name)


@pytest.mark.django_db
@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_every_command_prints_what_its_page_shows(
    demo_service, workspace, subtests: Any
):
    for name in NAMES:
        text = text_of(name)
        pairs = [] if run_elsewhere(text) else exchanges(text)
        outputs = type_in([each for each, _ in pairs], demo_service, workspace)
        with subtests.test(name):
            assert_printed(pairs, outputs)
