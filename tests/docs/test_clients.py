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

from tests.docs.test_readme import address as address  # the server with its worker
from tests.docs.test_readme import assert_answers_as_printed, exchanges
from tests.support.client_guide import ROOT, part
from tests.support.service_processes import OWN_FILE

# What a terminal has and a test lacks: no input, and JSON that is laid out.
HTTPIE = {"default_options": ["--ignore-stdin", "--pretty=format"]}


@pytest.fixture
def run_in_shell(address, tmp_path, monkeypatch) -> Callable[[str], int]:
    """Return a function that runs a tool's commands and returns their number."""
    (tmp_path / "config.json").write_text(json.dumps(HTTPIE))
    monkeypatch.setenv("HTTPIE_CONFIG_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def run(tool: str) -> int:
        pairs = exchanges(part(tool))
        assert_answers_as_printed(pairs, address)
        return len(pairs)

    return run


@OWN_FILE
@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_every_command_of_curl_answers_as_printed(run_in_shell):
    assert run_in_shell("curl") == 19


@OWN_FILE
@pytest.mark.skipif(not shutil.which("http"), reason="there is no HTTPie")
def test_every_command_of_httpie_answers_as_printed(run_in_shell):
    assert run_in_shell("HTTPie") == 19


def recorded_bodies() -> list[Any]:
    files = (ROOT / "docs/examples").glob("*.json")
    examples = [example for file in files for example in json.loads(file.read_text())]
    return [example["request"].get("body") for example in examples]


def test_the_bodies_are_those_of_the_openapi_document():
    texts = re.findall(r" -d '(\{.*?\})'(?: -w|\s|$)", part("curl"), re.MULTILINE)
    recorded = recorded_bodies()

    assert len(texts) == 7
    assert [text for text in texts if json.loads(text) not in recorded] == []
