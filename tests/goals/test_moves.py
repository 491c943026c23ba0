"""Goals that several callers move about at once never end up in a cycle."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from goals.models import Goal

pytestmark = pytest.mark.django_db(transaction=True)
MOVERS, TRIES = 4, 1000
NAMES = ["a", "b", "c", "d", "e", "f"]
Mover = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def mover(ada, tmp_path) -> Mover:
    """Starts a process that works on Ada's goals."""
    for name in NAMES:
        Goal.objects.create(user=ada, name=name)
    environment = os.environ | {"DATABASE_URL": database_url(tmp_path)}

    def start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.goals.mover", *arguments],
            cwd=settings.BASE_DIR,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    return start


def database_url(folder) -> str:
    """The tests' database, or a copy in a file: one in memory has one user only."""
    if connection.vendor == "sqlite":
        path = f"{folder}/goals.sqlite3"
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [path])
        # The change to WAL, unlike all that follows, waits for nobody.
        with closing(sqlite3.connect(path)) as file:
            file.execute("PRAGMA journal_mode=WAL")
        return f"sqlite:///{path}"
    found = connection.settings_dict
    login = f"{quote(found['USER'])}:{quote(found['PASSWORD'])}"
    return f"postgres://{login}@{found['HOST']}:{found['PORT']}/{found['NAME']}"


def test_1000_concurrent_moves_make_no_cycle(mover):
    movers = [mover(str(seed), str(TRIES // MOVERS)) for seed in range(MOVERS)]
    for process in movers:
        assert process.stdout.readline() == "ready\n"
    for process in movers:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in movers:
        output, _ = process.communicate(timeout=120)
        refused, cycles = map(int, output.split())
        assert refused, "It never tried to make a cycle."
        assert cycles == 0
