"""Commands of other programs, such as those that npm installs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, folder: Path = ROOT, **variables: str) -> str:
    """Run a command in a folder. Return its output, which also says why it failed."""
    process = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


def install_packages(folder: Path) -> None:
    """Install the versions that the folder's package-lock.json pins, or skip."""
    if missing := [name for name in ("node", "npm") if not shutil.which(name)]:
        pytest.skip(f"There is no {' and no '.join(missing)}.")
    options = ["--engine-strict", "--ignore-scripts", "--no-audit", "--no-fund"]
    run("npm", "ci", *options, folder=folder)
