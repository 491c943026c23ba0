"""JSON:API clients in JavaScript, against a real server: `script/test -m clients`.

Each client has a script beside this file, with a test for each flow.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from accounts.demo import account
from accounts.services import issue_tokens
from tests.support.commands import install_packages, run

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


@pytest.fixture(scope="module")
def packages() -> None:
    """Install the versions that package-lock.json pins."""
    install_packages(FOLDER)


def test_every_client_completes_every_flow(packages, demo, start, tmp_path):
    service = start(QUINTET_ACCESS="closed")
    report = tmp_path / "report.xml"

    run(
        *["node", "--test"],
        *["--test-reporter=spec", "--test-reporter-destination=stdout"],
        *["--test-reporter=junit", f"--test-reporter-destination={report}"],
        folder=FOLDER,
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
