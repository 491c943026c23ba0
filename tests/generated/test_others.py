"""Other generators: what they make from the document compiles."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.generated.test_generated import FOLDER as GENERATED
from tests.support.commands import install_packages, run

FOLDER = GENERATED / "others"
JAR = "openapi_generator_cli/openapi-generator.jar"
IMPORT_ALL = """
import importlib, pkgutil, openapi_client
for module in pkgutil.walk_packages(openapi_client.__path__, "openapi_client."):
    importlib.import_module(module.name)
"""

pytestmark = pytest.mark.generators


@pytest.fixture
def document(tmp_path) -> str:
    path = tmp_path / "openapi.yaml"
    call_command("spectacular", file=str(path))
    return str(path)


@pytest.fixture
def packages() -> None:
    install_packages(FOLDER)


def node(script: str, *arguments: str) -> None:
    run("node", str(FOLDER / "node_modules" / script), *arguments)


def compile_strictly(source: Path) -> None:
    """Type-check a file in TypeScript and what it imports, as a bundler's project."""
    options = json.loads((GENERATED / "tsconfig.json").read_text())["compilerOptions"]
    # What the generators write does not promise more than `strict`.
    options = {name: options[name] for name in ("strict", "target", "lib", "types")}
    options |= {"noEmit": True, "module": "esnext", "moduleResolution": "bundler"}
    project = source.parent / "tsconfig.json"
    project.write_text(json.dumps({"compilerOptions": options, "files": [source.name]}))
    node("typescript/bin/tsc", "-p", str(project))


def test_hey_api_makes_a_client_that_compiles(packages, document, tmp_path):
    output = tmp_path / "client"

    node("@hey-api/openapi-ts/bin/run.js", "-i", document, "-o", str(output))

    compile_strictly(output / "index.ts")


def test_orval_makes_a_client_that_compiles(packages, document, tmp_path):
    output = tmp_path / "client.ts"

    files = ["--input", document, "--output", str(output)]
    node("orval/dist/bin/orval.js", *files, "--client", "fetch")

    compile_strictly(output)


@pytest.mark.skipif(not shutil.which("java"), reason="there is no Java")
def test_openapi_generator_makes_a_package_that_imports(document, tmp_path):
    tool, output = tmp_path / "tool", tmp_path / "client"
    requirements = ["--require-hashes", "-r", str(FOLDER / "requirements.txt")]
    run(sys.executable, "-m", "pip", "install", "-q", "-t", str(tool), *requirements)

    files = ["-i", document, "-o", str(output)]
    run("java", "-jar", str(tool / JAR), "generate", "-g", "python", *files)

    run(sys.executable, "-c", IMPORT_ALL, PYTHONPATH=str(output))
