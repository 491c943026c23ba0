"""Others' validators find nothing in the OpenAPI document: `script/test -m clients`.

The rules that are switched off are in redocly.yaml and spectral.yaml, with the reason.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from drf_spectacular.generators import SchemaGenerator
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.support.commands import install_packages, run

FOLDER = Path(__file__).parent
# Redocly reports its use and looks for updates otherwise.
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}

pytestmark = pytest.mark.clients


@pytest.fixture(scope="module")
def packages() -> None:
    """Install the versions that package-lock.json pins."""
    install_packages(FOLDER)


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
    options = ["--format=json", "--config=redocly.yaml"]
    output = npx("redocly", "lint", *options, document, **QUIET)

    problems = json.loads(output)["problems"]
    assert [problem["message"] for problem in problems] == []


def test_spectral_finds_nothing(packages, document):
    npx("spectral", "lint", "--fail-severity=hint", "-r=spectral.yaml", document)


def npx(*command: str | Path, **variables: str) -> str:
    return run("npx", *command, folder=FOLDER, **variables)
