"""Copies of the project that a test can change, on databases of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.db import connection

from tests.support.packages import PACKAGES
from tests.support.service_processes import database_url

ROOT = Path(settings.BASE_DIR)
IGNORED = shutil.ignore_patterns("__pycache__")


class Project:
    """A copy of the project that a test can change."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        for package in PACKAGES:
            shutil.copytree(ROOT / package, folder / package, ignore=IGNORED)
        shutil.copy(ROOT / "manage.py", folder)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=self.folder,
            env=os.environ | {"DATABASE_URL": self.url, "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def manage(self, *arguments: str) -> tuple[int, str, str]:
        """Return the exit code, standard output and standard error of a command."""
        process = self.start(*arguments)
        printed = process.communicate(timeout=120)
        return process.returncode, *printed

    def run(self, *arguments: str) -> str:
        code, printed, errors = self.manage(*arguments)
        assert code == 0, errors
        return printed

    def shell(self, code: str) -> str:
        return self.run("shell", "--no-imports", "-c", code)

    def insert(self, path: str, after: str, text: str) -> None:
        file = self.folder / path
        before, found, rest = file.read_text().partition(after)
        assert found
        file.write_text(before + found + text + rest)


class Databases:
    """New databases on SQLite or PostgreSQL, as the suite runs on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: list[str] = []

    def url(self, name: str) -> str:
        if connection.vendor == "sqlite":
            return f"sqlite:///{self.folder}/{name}.sqlite3"
        return urlsplit(database_url(self.folder))._replace(path=f"/{name}").geturl()

    def new(self, template: str = "") -> str:
        self.made.append(name := f"quintet_copy_{uuid4().hex[:8]}")
        if connection.vendor == "postgresql":
            execute(f"CREATE DATABASE {name} TEMPLATE {template or 'template0'}")
        elif template:
            copied, new = (self.folder / f"{n}.sqlite3" for n in (template, name))
            shutil.copy(copied, new)
        return name

    def drop(self) -> None:
        for name in self.made if connection.vendor == "postgresql" else []:
            execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
