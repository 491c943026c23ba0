"""Schemathesis sends requests to every operation of the OpenAPI document.

It draws them from the document, valid and invalid ones, and chains operations by the
IDs that responses return. `script/fuzz` sends more of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from drf_spectacular.generators import SchemaGenerator

from accounts.demo import PASSWORD, email_of
from tests.support.service_processes import ROOT, Service

pytestmark = pytest.mark.fuzz
FOLDER = Path(__file__).parent
# Requests for each operation, in addition to those for the bounds of each parameter.
CASES = os.environ.get("QUINTET_FUZZ_CASES", "")
FEW_CASES = "3"
ATTEMPTS = "1000000"
ENVIRONMENT = {
    "QUINTET_ACCESS": "closed",
    "ACCESS_TOKEN_SECONDS": "86400",
    "QUINTET_LOGIN_LIMIT": ATTEMPTS,
    "QUINTET_ADDRESS_LIMIT": ATTEMPTS,
}


def header_of(service: Service, actor: str) -> list[str]:
    """Return the command's option for the actor's token."""
    if actor == "anonymous":
        return []
    account = {"email": email_of(actor), "password": PASSWORD}
    token = service.call("POST", "/auth/login", account).json()["access_token"]
    return ["--header", f"Authorization: Bearer {token}"]


@pytest.mark.usefixtures("demo", "closed")
@pytest.mark.parametrize("actor", ["anonymous", "ada", "producer", "staff"])
def test_every_response_is_documented(actor, start, tmp_path):
    service = start(**ENVIRONMENT)
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(SchemaGenerator().get_schema(public=True)))

    process = subprocess.run(
        [
            *(Path(sys.executable).with_name("st"), "--no-color"),
            *("--config-file", FOLDER / "schemathesis.toml"),
            *("run", document, "--url", service.address, "--checks", "all"),
            *("--max-examples", CASES or FEW_CASES, "--continue-on-failure"),
            # The same requests each time, unless more are asked for.
            *([] if CASES else ["--generation-deterministic"]),
            *header_of(service, actor),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )

    assert process.returncode == 0, process.stdout + process.stderr
