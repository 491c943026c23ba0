"""The web server and the worker in processes of their own, and their output."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import pytest
from django.conf import settings
from django.db import connection

from tests.support.http import free_port, wait_for

ROOT = Path(settings.BASE_DIR)
# Enough for many clients at once. Each thread keeps a connection for a minute, and all
# tests share PostgreSQL's 100.
PROCESSES = {"WEB_CONCURRENCY": "2", "WEB_THREADS": "8"}
# Tests that start processes on their own SQLite file need no run on PostgreSQL.
OWN_FILE = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="has a SQLite file of its own"
)


class Response(NamedTuple):
    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def environment(folder: Path, **more: str) -> dict[str, str]:
    inherited = {
        name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ
    }
    return inherited | {"DATABASE_URL": database_url(folder)} | more


def database_url(folder: Path) -> str:
    """Return the URL of PostgreSQL's test database or of the folder's SQLite file."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{folder}/quintet.sqlite3"
    database = connection.settings_dict
    login = f"{database['USER']}:{quote(database['PASSWORD'])}".rstrip(":")
    return (
        f"postgres://{login}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    )


def copy_rows(folder: Path) -> None:
    """Replace the SQLite file's rows by the test's. PostgreSQL's database has them.

    A server may have the file open.
    """
    if connection.vendor != "sqlite":
        return
    file = sqlite3.connect(folder / "quintet.sqlite3", timeout=20)
    with closing(file), closing(sqlite3.connect(":memory:")) as rows:
        rows.deserialize(connection.connection.serialize())
        rows.backup(file)
        file.execute("PRAGMA journal_mode = WAL")


class Service:
    """A web server and its workers. `printed` is the output of all of them.

    `more` has variables of their environment.
    """

    def __init__(self, folder: Path, **more: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"service-{self.port}.log"
        where = {"PORT": str(self.port), "WEB_CONCURRENCY": "1", "WEB_THREADS": "8"}
        self.environment = environment(folder, **where | more)
        self.children: list[subprocess.Popen[bytes]] = []
        self.start("-m", "config.server")
        wait_for(self.address + more.get("SCRIPT_NAME", ""))

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.children.append(child)
        return child

    def start_worker(self) -> subprocess.Popen[bytes]:
        return self.start("manage.py", "worker", "--skip-checks")

    def stop_workers(self) -> None:
        server, *workers = self.children
        self.children = workers
        self.stop()
        self.children = [server]

    def stop(self) -> None:
        for child in self.children:
            child.send_signal(signal.SIGTERM)
        for child in self.children:
            child.wait(timeout=30)

    @property
    def printed(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_for_line(self, *parts: str) -> str:
        """Wait for a line of output with all the parts and return the first one."""
        for _ in range(300):
            for line in self.printed.splitlines():
                if all(part in line for part in parts):
                    return line
            time.sleep(0.1)
        raise AssertionError(f"{parts} are in no line of:\n{self.printed}")

    def call(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> Response:
        """Send a request with a JSON body. Names of headers have underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        client = HTTPConnection(urlsplit(self.address).netloc, timeout=30)
        client.request(method, path, body=body, headers=sent)
        response = client.getresponse()
        result = Response(response.status, response.headers, response.read())
        client.close()
        return result

    def get(self, path: str, **headers: str) -> Response:
        return self.call("GET", path, **headers)

    def login(self, email: str, password: str) -> str:
        """Register an account and return its token."""
        account = {"email": email, "password": password}
        self.call("POST", "/auth/register", account)
        return self.call("POST", "/auth/login", account).json()["access_token"]


class Services:
    """Web servers that many tests use one after the other.

    There is one for each set of variables. Of those, the last few keep running.
    """

    MOST = 3

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: dict[frozenset[tuple[str, str]], Service] = {}

    def with_rows(self, **variables: str) -> Service:
        """Return a server that has the test's rows, and has printed nothing yet."""
        key = frozenset(variables.items())
        service = self.running.pop(key, None) or self.start(variables)
        self.running[key] = service
        copy_rows(service.log.parent)
        os.truncate(service.log, 0)
        return service

    def start(self, variables: dict[str, str]) -> Service:
        while len(self.running) >= self.MOST:
            self.running.pop(next(iter(self.running))).stop()
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        copy_rows(folder)
        return Service(folder, **variables)

    def stop_workers(self) -> None:
        """Stop the workers, which would run the jobs of other tests."""
        for service in self.running.values():
            service.stop_workers()

    def stop(self) -> None:
        while self.running:
            self.running.popitem()[1].stop()


PRODUCTION = {
    "QUINTET_ENV": "production",
    "SECRET_KEY": "k3y-of-many-0ther-characters+" * 3,
    "ALLOWED_HOSTS": "api.example.com,127.0.0.1",
}
