"""docs/how-to/scale.md: PgBouncer with the page's file, replicas and limits."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from configparser import ConfigParser
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from granian.http import HTTP1Settings

from config import server, wsgi_wrapper
from config.environment import databases
from tests.proxies.proxy import replaced
from tests.support.guide_pages import ROOT, marked, shown
from tests.support.http import free_port

PAGE = "how-to/scale"
FILE = ROOT / "docs/configuration/pgbouncer.ini"
ROLE, PASSWORD = "quintet_pooled", "pass-of-the-pool"
# More than the pool has connections.
CLIENTS = 60


def variables() -> dict[str, str]:
    """Return the variables that the page sets."""
    lines = [
        line.split("=", 1) for block in shown(PAGE, "sh") for line in block.split("\n")
    ]
    return {name: value.strip("'") for name, value in lines}


class PgBouncer:
    """PgBouncer with the page's file, in front of the test's database."""

    def __init__(self, folder: Path, secret: str) -> None:
        self.port = free_port()
        database = connection.settings_dict
        there = f"host={database['HOST']} port={database['PORT']}"
        parts = {
            "host=10.0.0.5 port=5432 ": f"{there} ",
            "dbname=quintet": f"dbname={database['NAME']}",
            "listen_port = 6432": f"listen_port = {self.port}",
            "/etc/pgbouncer/userlist.txt": f"{folder}/userlist.txt",
            "/var/log/postgresql/pgbouncer.log": f"{folder}/pgbouncer.log",
            "/var/run/postgresql/pgbouncer.pid": f"{folder}/pgbouncer.pid",
        }
        (folder / "userlist.txt").write_text(f"{secret}\n")
        file = folder / "pgbouncer.ini"
        file.write_text(replaced(FILE.read_text(), parts))
        command = ["pgbouncer", str(file)]
        if os.geteuid() == 0:
            # It doesn't run as root.
            for path in (folder, *folder.iterdir()):
                shutil.chown(path, "nobody")
            command[1:1] = ["-u", "nobody"]
        self.log = folder / "pgbouncer.log"
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)

    def url(self) -> str:
        """Return the URL of the page, with the test's password and port."""
        parts = {
            ":6432/": f":{self.port}/",
            "<password>": PASSWORD,
            "quintet:": f"{ROLE}:",
        }
        return replaced(variables()["DATABASE_URL"], parts)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)


@pytest.fixture
def secret(transactional_db) -> Iterator[str]:
    """Create the role that PgBouncer knows, and return the line of its file."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP ROLE IF EXISTS {ROLE}")
        cursor.execute("SET password_encryption = 'scram-sha-256'")
        cursor.execute(f"CREATE ROLE {ROLE} SUPERUSER LOGIN PASSWORD '{PASSWORD}'")
        [query] = shown(PAGE, "sql")
        cursor.execute(replaced(query, {"'quintet'": f"'{ROLE}'"}))
        [(line,)] = cursor.fetchall()
    yield line
    with connection.cursor() as cursor:
        cursor.execute(f"DROP ROLE {ROLE}")


@pytest.fixture
def pgbouncer(secret) -> Iterator[PgBouncer]:
    # Only its owner can enter pytest's folders.
    with TemporaryDirectory() as folder:
        pgbouncer = PgBouncer(Path(folder), secret)
        yield pgbouncer
        pgbouncer.stop()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
@pytest.mark.skipif(not shutil.which("pgbouncer"), reason="there is no pgbouncer")
def test_quintet_works_through_pgbouncer(start, pgbouncer):
    service = start(DATABASE_URL=pgbouncer.url(), WEB_CONCURRENCY="2")
    token = {"Authorization": f"Bearer {service.login('a@example.com', 'pass phrase')}"}

    def write(number: int) -> int:
        body = {"name": f"List {number}"}
        return service.call("POST", "/bucketlists/", body, **token).status

    with ThreadPoolExecutor(CLIENTS) as pool:
        assert set(pool.map(write, range(CLIENTS))) == {201}
    assert len(service.get("/bucketlists/", **token).json()) == CLIENTS
    assert f"db=quintet user={ROLE}" in pgbouncer.log.read_text()


def test_the_address_in_the_file_is_that_of_the_page():
    file = ConfigParser()
    file.read(FILE)
    pool, url = file["pgbouncer"], urlsplit(variables()["DATABASE_URL"])

    assert (url.hostname, url.port) == (pool["listen_addr"], int(pool["listen_port"]))
    assert url.path.removeprefix("/") in file["databases"]
    assert pool["pool_mode"] == "transaction"
    # Each client and each connection to PostgreSQL needs a file.
    assert int(pool["max_client_conn"]) + int(pool["default_pool_size"]) < 1024


def test_the_databases_have_the_settings_of_the_page(monkeypatch):
    for name, value in variables().items():
        monkeypatch.setenv(name, value)
    found = databases("closed")

    assert found["default"]["DISABLE_SERVER_SIDE_CURSORS"] is True
    assert [each["HOST"] for each in found.values()] == [
        "127.0.0.1",
        "10.0.0.6",
        "10.0.0.7",
    ]


def test_the_limits_are_those_of_the_server():
    text = marked(PAGE, "limits")
    limits = dict(re.findall(r"^\| ([\w ,]+) \| ([^|]+) \|", text, re.MULTILINE))

    assert limits["Open connections"] == str(server.MAX_CONNECTIONS)
    assert limits["Waiting connections"] == str(server.BACKLOG)
    assert limits["Idle time of a thread"] == f"{server.IDLE_SECONDS} seconds"
    head = HTTP1Settings().header_read_timeout // 1000
    assert limits["Time for the head of a request, and between two requests"] == (
        f"{head} seconds"
    )
    path = f"{wsgi_wrapper.MAX_URL_LENGTH:,} characters"
    assert limits["Path and query"] == path
    assert f"{server.MAX_HEAD_BYTES // 1024} kB" in limits["All headers"]
    assert limits["Body"] == f"{settings.DATA_UPLOAD_MAX_MEMORY_SIZE / 1024**2} MB"
