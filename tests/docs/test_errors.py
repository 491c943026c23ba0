"""docs/reference/errors.md; `tests/dialects/test_error_help.py` checks its codes."""

from __future__ import annotations

import re
import shutil

import pytest
from django.conf import settings

from tests.docs.test_readme import address as address  # the server with its worker
from tests.docs.test_readme import assert_answers_as_printed, exchanges
from tests.support.service_processes import OWN_FILE

PAGE = (settings.BASE_DIR / "docs/reference/errors.md").read_text()


@OWN_FILE
@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_every_command_answers_as_printed(address):
    pairs = exchanges(PAGE)

    assert len(pairs) == 1
    assert_answers_as_printed(pairs, address)


def test_every_code_has_a_text_and_appears_once():
    sections = re.findall(r"^### `(\w+)`\n\n(?=[A-Z`])", PAGE, re.MULTILINE)

    assert len(sections) == PAGE.count("\n### ") == len(set(sections))
