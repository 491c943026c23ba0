"""Generated clients, type-checked and run against a real server.

They run the code of docs/how-to/use-a-client.md: one flow through all five APIs.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.docs.conftest import demo_service as demo_service
from tests.docs.conftest import own_database as own_database
from tests.support.client_guide import code
from tests.support.commands import run
from tests.support.guide_pages import ADDRESS
from tests.support.service_processes import OWN_FILE

FOLDER = Path(__file__).parent

pytestmark = [pytest.mark.clients, pytest.mark.django_db, OWN_FILE]


def shown(program: str) -> str:
    """Return the output that the comments of a program show."""
    return "".join(re.findall(r"^(?:#|//) → (.*\n)", program, re.MULTILINE))


def test_the_python_client_is_typed_and_completes_the_guide(demo_service, tmp_path):
    run("script/clients", "python", FOLDER=str(tmp_path))
    program = code("Python")
    guide = tmp_path / "guide.py"
    guide.write_text(program.replace(ADDRESS, demo_service.address))
    package = tmp_path / "python"

    run(
        *[sys.executable, "-m", "mypy", f"--config-file={FOLDER}/mypy.ini"],
        *[f"--cache-dir={tmp_path}/cache", str(guide), f"{package}/quintet_client"],
        MYPYPATH=str(package),
    )
    assert run(sys.executable, str(guide), PYTHONPATH=str(package)) == shown(program)


@pytest.mark.skipif(not shutil.which("npm"), reason="there is no npm")
def test_the_typescript_client_is_typed_and_completes_the_guide(demo_service, tmp_path):
    run("script/clients", "typescript", FOLDER=str(tmp_path))
    program = code("TypeScript")
    source = tmp_path / "typescript"
    (source / "guide.ts").write_text(program.replace(ADDRESS, demo_service.address))
    (source / "package.json").write_text(json.dumps({"type": "module"}))
    (source / "node_modules").symlink_to(FOLDER / "node_modules")
    shutil.copy(FOLDER / "tsconfig.json", source)

    run("node", str(FOLDER / "node_modules/typescript/bin/tsc"), "-p", str(source))
    assert run("node", str(source / "guide.js")) == shown(program)
