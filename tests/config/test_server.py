"""script/server as a newcomer types it, on a database and a port of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.support.guide_pages import blocks, exchanges_of, is_printed, page
from tests.support.http import free_port, wait_for
from tests.support.service_processes import OWN_FILE, copy_rows

ROOT = Path(settings.BASE_DIR)
READY = (ROOT / ".venv/.installed").exists()
pytestmark = [
    OWN_FILE,
    pytest.mark.skipif(not READY, reason="script/setup has not run here"),
]


class Server:
    """A running script/server and what it has printed."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        names = ("PATH", "HOME")
        kept = {name: os.environ[name] for name in names if name in os.environ}
        kept |= {
            "PORT": str(self.port),
            "DATABASE_URL": f"sqlite:///{folder}/quintet.sqlite3",
        }
        self.process = subprocess.Popen(
            [ROOT / "script/server"],
            env=kept | environment,
            stdout=self.log.open("w"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # What is started in the background ignores it, and so do its children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def printed(self, pattern: str, times: int = 1) -> list[str]:
        """Waits until the pattern was printed so many times."""
        for _ in range(300):
            found = re.findall(pattern, self.log.read_text())
            if len(found) >= times:
                return found
            time.sleep(0.1)
        raise AssertionError(f"{pattern} is not in:\n{self.log.read_text()}")

    def children(self) -> list[int]:
        """The processes of the worker that serve this server's database."""
        listing = subprocess.run(
            ["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True
        )
        rows = [line.split(None, 2) for line in listing.stdout.splitlines()[1:]]
        family = {self.process.pid}
        for _ in range(4):
            family |= {int(pid) for pid, parent, _ in rows if int(parent) in family}
        return [
            int(pid)
            for pid, _, command in rows
            if int(pid) in family and "manage.py worker" in command
        ]


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server"))
    try:
        wait_for(server.address)
        yield server
    finally:
        server.process.terminate()
        server.process.wait(timeout=30)


def test_it_prints_where_it_answers_and_who_may_log_in(server):
    server.printed("quintet-demo")

    printed = server.log.read_text()
    for path in ("/v1.0/goals", "/bucketlists/", "/movies", "/api/video", "/admin/"):
        assert f"{server.address}{path}" in printed
    for name in ("assistant", "director", "producer", "staff", "ada", "bob"):
        assert f"{name}@example.com" in printed


def test_it_prints_what_the_tutorial_shows(server):
    [block] = [each for each in blocks(page("tutorial/first-steps")) if each.note]
    [(command, shown)] = exchanges_of(block.text)
    server.printed("quintet-demo\n\n")
    printed = server.log.read_text().replace(server.address, "http://127.0.0.1:8000")

    assert command == "script/server"
    assert is_printed(shown, printed)


def test_a_worker_that_dies_is_started_again(server):
    server.printed("Starting worker")
    [worker] = server.children()
    os.kill(worker, signal.SIGKILL)

    server.printed("Starting worker", times=2)
    assert server.children() != [worker]
    assert urllib.request.urlopen(f"{server.address}/livez").status == 200


@pytest.mark.parametrize(
    ("number", "mount"), [(signal.SIGTERM, ""), (signal.SIGINT, "/old")]
)
def test_a_start_without_demo_data_ends_by_a_signal(db, tmp_path, number, mount):
    copy_rows(tmp_path)  # in less time than it takes the server
    variables = {"SCRIPT_NAME": mount} if mount else {}
    server = Server(tmp_path, QUINTET_DEMO="0", **variables)
    wait_for(server.address + mount)
    server.printed(f"Quintet is running at {server.address}{mount} ")
    server.printed("Starting worker")
    [worker] = server.children()
    answer = urllib.request.urlopen(f"{server.address}{mount}/v1.0/goals").read()
    server.process.send_signal(number)

    assert server.process.wait(timeout=30) == 0
    assert answer == b"{}"
    assert "quintet-demo" not in server.log.read_text()
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{server.address}/livez", timeout=2)


def test_a_taken_port_is_said_in_one_line(server, tmp_path):
    folder = tmp_path / "second"
    folder.mkdir()
    second = Server(folder, PORT=str(server.port))

    assert second.process.wait(timeout=30) != 0
    [line] = second.log.read_text().strip().splitlines()
    assert f"port {server.port} is in use" in line


@pytest.mark.parametrize("value", ["maybe", "nein", "2"])
def test_a_bad_value_for_the_demo_data_is_refused_in_one_line(tmp_path, value):
    server = Server(tmp_path, QUINTET_DEMO=value)

    assert server.process.wait(timeout=30) != 0
    [line] = server.log.read_text().strip().splitlines()
    assert f"QUINTET_DEMO='{value}' is invalid. Allowed values: 1, true" in line


def test_a_python_that_is_too_old_is_named(tmp_path):
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\necho 'Python 3.9.1' >&2\nexit 1\n")
    old.chmod(0o755)
    run = subprocess.run(
        [ROOT / "script/server"],
        env={"PATH": os.environ["PATH"], "PYTHON": str(old)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert run.returncode != 0
    [line] = run.stderr.strip().splitlines()
    assert "needs Python 3.11 or later" in line
    assert "3.9.1" in line
