"""Schemathesis sends requests to every operation of the OpenAPI document.

It draws them from the document, valid and invalid ones, and chains operations by the
IDs that responses return. `script/fuzz` sends more of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from drf_spectacular.generators import SchemaGenerator

from accounts.demo import account
from accounts.tokens import AccessToken
from tests.support.service_processes import ROOT

pytestmark = pytest.mark.fuzz
FOLDER = Path(__file__).parent
# Drawn requests for each operation. By default there are few, the same each time, and
# only staff, who may do most, tries the bounds of all parameters as well.
CASES = os.environ.get("QUINTET_FUZZ_CASES", "")
FEW_CASES = ["--max-examples", "3", "--generation-deterministic"]
ATTEMPTS = "1000000"
ENVIRONMENT = {
    "QUINTET_ACCESS": "closed",
    "QUINTET_LOGIN_LIMIT": ATTEMPTS,
    "QUINTET_ADDRESS_LIMIT": ATTEMPTS,
}


def extent(actor: str) -> list[str]:
    """Return the command's options for the number of requests."""
    if CASES:
        return ["--max-examples", CASES]
    all_phases = actor == "staff"
    return FEW_CASES + ([] if all_phases else ["--phases", "fuzzing,stateful"])


def header_of(actor: str) -> list[str]:
    """Return the command's option for the actor's token, which outlives the test."""
    if actor == "anonymous":
        return []
    token = AccessToken.for_user(account(actor))
    token.set_exp(lifetime=timedelta(days=1))
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
            *("--continue-on-failure", *extent(actor), *header_of(actor)),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )

    assert process.returncode == 0, process.stdout + process.stderr
