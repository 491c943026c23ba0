"""JSON:API clients in JavaScript, against a real server: `script/test -m clients`.

Each client has a script beside this file, with a test for each flow.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from accounts.demo import account
from accounts.services import issue_tokens

FOLDER = Path(__file__).parent
CLIENTS = [
    "@orbit/jsonapi",
    "devour-client",
    "jsona",
    "jsonapi-serializer",
    "kitsu",
    "spraypaint",
]
FLOWS = ["create", "read", "update", "delete", "include", "filter", "sort", "page"]
FLOWS += ["relationship", "error"]

pytestmark = pytest.mark.clients


def run(*command: str, **variables: str) -> str:
    process = subprocess.run(
        command,
        cwd=FOLDER,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


@pytest.fixture(scope="module")
def packages() -> None:
    """Install the versions that package-lock.json pins."""
    if missing := [name for name in ("node", "npm") if not shutil.which(name)]:
        pytest.skip(f"There is no {' and no '.join(missing)}.")
    run("npm", "ci", "--engine-strict", "--ignore-scripts", "--no-audit", "--no-fund")


def test_every_client_completes_every_flow(packages, demo, start, tmp_path):
    service = start(QUINTET_ACCESS="closed")
    report = tmp_path / "report.xml"

    run(
        *["node", "--test"],
        *["--test-reporter=spec", "--test-reporter-destination=stdout"],
        *["--test-reporter=junit", f"--test-reporter-destination={report}"],
        QUINTET_ORIGIN=service.address,
        QUINTET_TOKEN=issue_tokens(account("ada")).access,
    )

    wanted = {(client, flow) for client in CLIENTS for flow in FLOWS}
    assert wanted - completed(report) == set()


def completed(report: Path) -> set[tuple[str, str]]:
    """Return the client and flow of each test in a JUnit report without failures."""
    return {
        (suite.attrib["name"], case.attrib["name"])
        for suite in ElementTree.parse(report).iter("testsuite")
        for case in suite.iter("testcase")
        if case.find("skipped") is None
    }
