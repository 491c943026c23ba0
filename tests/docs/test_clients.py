"""The commands of docs/how-to/use-a-client.md: curl's, and HTTPie's.

`tests/generated/` runs the page's programs in Python and TypeScript.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.client_guide import ROOT, part
from tests.support.guide_pages import assert_printed, exchanges, type_in
from tests.support.service_processes import OWN_FILE

# What a terminal has and a test lacks: no input, and JSON that is laid out.
HTTPIE = {"default_options": ["--ignore-stdin", "--pretty=format"]}


@pytest.fixture
def run_in_shell(demo_service, workspace, tmp_path) -> Callable[[str], int]:
    """Return a function that runs a tool's commands and returns their number."""
    (tmp_path / "config.json").write_text(json.dumps(HTTPIE))

    def run(tool: str) -> int:
        pairs = exchanges(part(tool))
        first = f"export HTTPIE_CONFIG_DIR={tmp_path}"
        commands = [first, *(command for command, _ in pairs)]
        _, *outputs = type_in(commands, demo_service, workspace)
        assert_printed(pairs, outputs)
        return len(pairs)

    return run


@OWN_FILE
@pytest.mark.django_db
@pytest.mark.parametrize(("tool", "program"), [("curl", "curl"), ("HTTPie", "http")])
def test_every_command_of_a_tool_prints_what_the_page_shows(
    run_in_shell, tool, program
):
    if not shutil.which(program):
        pytest.skip(f"there is no {program}")
    assert run_in_shell(tool) == 19


def recorded_bodies() -> list[Any]:
    files = (ROOT / "docs/examples").glob("*.json")
    examples = [example for file in files for example in json.loads(file.read_text())]
    return [example["request"].get("body") for example in examples]


def test_the_bodies_are_those_of_the_openapi_document():
    texts = re.findall(r" -d '(\{.*?\})'(?: -w|\s|$)", part("curl"), re.MULTILINE)
    recorded = recorded_bodies()

    assert len(texts) == 7
    assert [text for text in texts if json.loads(text) not in recorded] == []
