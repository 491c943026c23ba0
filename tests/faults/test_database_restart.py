"""PostgreSQL is restarted while orders arrive and are worked off."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import prepare, skip_or_fail
from tests.faults.databases import PostgresDatabase, check
from tests.faults.system import Reply, System, wait_until
from tests.support.http import free_port

pytestmark = pytest.mark.faults

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
CLIENTS = 4


class PostgresServer:
    """A PostgreSQL of our own, for root refuses to run one."""

    def __init__(self, folder: Path) -> None:
        self.data, self.port = folder / "data", free_port()
        self.run("initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "-N")
        self.options = f"-p {self.port} -k {folder} -c listen_addresses=127.0.0.1"
        self.control("start")
        self.url = f"postgres://postgres@127.0.0.1:{self.port}"

    def control(self, verb: str, *more: str) -> None:
        log = self.data.parent / "log"
        options = ["-o", self.options] if verb != "stop" else []
        self.run("pg_ctl", verb, "-w", "-D", self.data, "-l", log, *options, *more)

    def run(self, program: str, *arguments: object) -> None:
        command = [str(PROGRAMS[-1] / program), *map(str, arguments)]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(
            command, check=True, stdout=subprocess.DEVNULL, cwd="/", timeout=60
        )


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    if not PROGRAMS:
        skip_or_fail("There is no PostgreSQL to start.")
    folder = Path(tempfile.mkdtemp(prefix="quintet-"))
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
    server = PostgresServer(folder)
    yield server
    server.control("stop", "-m", "immediate")
    shutil.rmtree(folder)


class Clients:
    """Clients that post orders and bucket lists in turn and keep every reply."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.replies: list[Reply] = []
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=self.post) for _ in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def post(self) -> None:
        while not self.is_over.wait(0.05):
            self.replies.append(self.system.order())
            body = {"name": "x", "items": [{"name": "y"}]}
            self.replies.append(self.system.ask("POST", "/bucketlists/", body))

    def stop(self) -> None:
        self.is_over.set()
        for thread in self.threads:
            thread.join()

    def accepted(self, after: float = 0) -> list[Reply]:
        replies = [each for each in self.replies if each.status == 202]
        return [each for each in replies if each.at > after]


@pytest.mark.parametrize("engine", ["database", "celery"])
def test_a_database_restart_costs_a_moment_and_no_order(
    system, server, request, engine
):
    broker = request.getfixturevalue("rabbit") if engine == "celery" else None
    database = PostgresDatabase.new(server.url)
    prepare(database)
    system = system(database, **(broker.environment() if broker else {}))
    system.serve()
    workers = system.work(2)
    clients = Clients(system)
    try:
        for mode in ("fast", "immediate"):
            before = time.monotonic()
            wait_until(lambda start=before: len(clients.accepted(start)) > 20)
            server.control("restart", "-m", mode)
            back = time.monotonic()
            wait_until(lambda start=back: clients.accepted(start) != [], timeout=5)
        wait_until(lambda start=back: len(clients.accepted(start)) > 20)
    finally:
        clients.stop()
    wait_until(database.is_over, timeout=120)

    refused = [each for each in clients.replies if each.status not in {201, 202}]
    assert refused
    for response in refused:
        assert response.status == 503, response
        assert list(response.body) == ["message"], response
        assert int(response.headers["Retry-After"]) > 0, response
    assert [worker.process.poll() for worker in workers] == [None, None]
    jobs = [response.body["id"] for response in clients.accepted()]
    # One whose connection broke while it was committed was stored, and told 503.
    check(database, jobs, exact=False)
