"""Others' validators find nothing in the OpenAPI document: `script/test -m clients`.

The rules that are switched off are in redocly.yaml and spectral.yaml, with the reason.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from drf_spectacular.generators import SchemaGenerator
from openapi_spec_validator import OpenAPIV31SpecValidator

FOLDER = Path(__file__).parent
# Redocly reports its use and looks for updates otherwise.
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}

pytestmark = pytest.mark.clients


def run(*command: str) -> str:
    """Run a command in this folder. Its output is the failure's message."""
    process = subprocess.run(
        command,
        cwd=FOLDER,
        env=os.environ | QUIET,
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


@pytest.fixture(scope="module")
def packages() -> None:
    """Install the versions that package-lock.json pins."""
    if missing := [name for name in ("node", "npm") if not shutil.which(name)]:
        pytest.skip(f"There is no {' and no '.join(missing)}.")
    run("npm", "ci", "--engine-strict", "--ignore-scripts", "--no-audit", "--no-fund")


@pytest.fixture(params=["open", "closed"])
def document(request, settings, tmp_path) -> Path:
    settings.QUINTET_ACCESS = request.param
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(SchemaGenerator().get_schema(None, public=True)))
    return path


def test_openapi_spec_validator_finds_nothing(document):
    validator = OpenAPIV31SpecValidator(json.loads(document.read_text()))

    assert [error.message for error in validator.iter_errors()] == []


def test_redocly_finds_nothing(packages, document):
    report = json.loads(
        run(
            "npx", "redocly", "lint", "--format=json", "--config=redocly.yaml", document
        )
    )

    assert [problem["message"] for problem in report["problems"]] == []


def test_spectral_finds_nothing(packages, document):
    run("npx", "spectral", "lint", "--fail-severity=hint", "-r=spectral.yaml", document)
