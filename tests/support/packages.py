"""The packages that make up the product."""

from __future__ import annotations

import tomllib
from pathlib import Path

PROJECT_FILE = Path(__file__).parents[2] / "pyproject.toml"
PACKAGES: list[str] = tomllib.loads(PROJECT_FILE.read_text())["tool"]["importlinter"][
    "root_packages"
]
