"""The commands and settings of docs/porting/flask-commands.md work as it shows."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings

from config.checks import REPLACEMENTS
from tests.docs.test_porting import tables_of
from tests.support.guide_pages import exchanges
from tests.support.http import free_port, wait_for
from tests.support.page_app import assert_alike, run_sessions
from tests.support.service_processes import OWN_FILE, environment

PAGE = (settings.BASE_DIR / "docs/porting/flask-commands.md").read_text()
PYTHON = ".venv/bin/python"
SERVERS = re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)[0].splitlines()
PROCFILE = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)[0].splitlines()


def run(command: str, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["bash", "-c", command.replace(PYTHON, sys.executable)],
        cwd=settings.BASE_DIR,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@OWN_FILE
def test_every_command_prints_what_the_page_shows(tmp_path):
    pairs = exchanges(PAGE)

    assert len(pairs) > 10
    for command, printed in pairs:
        process = run(command, **environment(tmp_path))
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output
        assert_alike(output.strip(), printed)


@OWN_FILE
@pytest.mark.parametrize("command", SERVERS)
def test_every_server_responds_at_its_port(tmp_path, command):
    port = str(free_port())
    variables = environment(tmp_path, PORT=port, WEB_CONCURRENCY="1")
    process = run(command.replace("5000", port), **variables)
    try:
        wait_for(f"http://127.0.0.1:{port}")
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=60)


def test_the_old_variables_are_those_that_a_warning_names():
    rows: list[Any] = [row for table in tables_of(PAGE) for row in table]
    named = {
        old: new
        for row in rows
        if "Example" not in row
        and (new := row["In Quintet"].strip("`")) in REPLACEMENTS.values()
        for old in re.findall("`([^`]+)`", row["Flask"])
    }

    assert named == REPLACEMENTS


def test_the_processes_of_the_procfile_are_commands_of_the_page():
    commands = [
        line.partition(": ")[2].removeprefix("HOST=0.0.0.0 ") for line in PROCFILE
    ]
    examples = str([row for table in tables_of(PAGE) for row in table])

    assert len(commands) == 3
    assert all(command in examples for command in commands)


def test_the_settings_have_the_values_that_the_page_shows():
    results = run_sessions(PAGE)

    assert results.attempted > 5
    assert results.failed == 0
