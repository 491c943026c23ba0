"""Quintet as operators run it: a web server and workers, each a process."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from tests.faults.databases import Database
from tests.support.http import free_port, wait_for

ROOT = Path(settings.BASE_DIR)
# Short, so that nobody waits long for what a dead worker held.
ENVIRONMENT = {
    "QUINTET_ORDER_HANDLER": "tests.faults.handlers.obey",
    "QUINTET_JOB_LEASE_SECONDS": "2",
    "QUINTET_QUEUE_SECONDS": "0",
    "ACCESS_TOKEN_SECONDS": "3600",
    "EMAIL_URL": "dummymail://",
    "PYTHONDONTWRITEBYTECODE": "1",
}
READY = re.compile(r"Starting worker|\bready\.")
TOKEN = """
from accounts.models import User
from accounts.services import issue_tokens
user = User.objects.get(name="ada")
print(user.pk, issue_tokens(user).access)
"""


class Reply(NamedTuple):
    at: float
    status: int
    headers: dict[str, str]
    body: Any


class Worker:
    """One `manage.py worker`, which can be started again."""

    def __init__(self, system: System, number: int) -> None:
        self.system = system
        self.log = system.folder / f"worker-{number}.log"
        self.start()

    def start(self) -> None:
        self.offset = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "worker", "--skip-checks"],
                cwd=ROOT,
                env=self.system.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def text(self) -> str:
        """What it has printed since its last start."""
        return self.log.read_bytes()[self.offset :].decode()

    def is_up(self) -> bool:
        assert self.process.poll() is None, self.text
        return self.is_ready()

    def is_ready(self) -> bool:
        return self.process.poll() is None and bool(READY.search(self.text))

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def wait(self, timeout: float = 30) -> int:
        return self.process.wait(timeout)

    def kill(self) -> None:
        """With all of its children, as a machine dies."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def children(self) -> list[int]:
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        with suppress(OSError):
            return [int(pid) for pid in Path(path).read_text().split()]
        return []


class System:
    def __init__(self, folder: Path, database: Database, **environment: str) -> None:
        self.folder, self.database = folder, database
        self.environment = (
            {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
            | ENVIRONMENT
            | {"DATABASE_URL": database.url}
            | environment
        )
        self.workers: list[Worker] = []
        self.web: subprocess.Popen[bytes] | None = None
        user, self.token = self.shell(TOKEN).split()[-2:]
        self.user = int(user)

    def shell(self, code: str) -> str:
        return subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
            cwd=ROOT,
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        ).stdout

    def serve(self) -> None:
        """As script/server does."""
        self.port = free_port()
        with (self.folder / "web.log").open("ab") as log:
            self.web = subprocess.Popen(
                [sys.executable, "-m", "config.server"],
                cwd=ROOT,
                env=self.environment | {"PORT": str(self.port)},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_for(f"http://127.0.0.1:{self.port}")

    def work(self, number: int = 1) -> list[Worker]:
        """As many more workers, ready."""
        new = [Worker(self, len(self.workers) + count) for count in range(number)]
        self.workers += new
        wait_until(lambda: all(worker.is_up() for worker in new))
        return new

    def order(self, description: str = "bill", cents: int = 35) -> Reply:
        """Post an order. The status is 0 if there is no response."""
        items = [{"partCode": "M8", "units": 3, "unitPrice": cents / 100}]
        body = {"ownerId": self.user, "description": description, "items": items}
        return self.ask("POST", "/api/v2/orders", body)

    def ask(self, method: str, path: str, body: Any = None) -> Reply:
        headers = {"Authorization": f"Bearer {self.token}"}
        headers |= {"Content-Type": "application/json"}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read()
        except (OSError, HTTPException) as exc:
            return Reply(time.monotonic(), 0, {}, repr(exc))
        finally:
            connection.close()
        reply_headers = {name.title(): value for name, value in response.getheaders()}
        parsed = (
            json.loads(text)
            if "json" in reply_headers.get("Content-Type", "")
            else text
        )
        return Reply(time.monotonic(), response.status, reply_headers, parsed)

    def accept(self, description: str = "bill", cents: int = 35) -> int:
        """The id of the job of a new order."""
        response = self.order(description, cents)
        assert response.status == 202, response
        return int(response.body["id"])

    def accept_many(self, number: int, description: str = "bill") -> list[int]:
        with ThreadPoolExecutor(4) as pool:
            return list(
                pool.map(
                    lambda count: self.accept(description, count), range(1, number + 1)
                )
            )

    def wait_for(self, status: int, jobs: Iterable[int], timeout: float = 60) -> None:
        wanted = set(jobs)
        sql = f"SELECT id FROM orders_job WHERE status = {status}"
        wait_until(lambda: wanted <= {pk for (pk,) in self.database.rows(sql)}, timeout)

    def stop(self) -> None:
        for worker in self.workers:
            worker.kill()
        if self.web:
            with suppress(ProcessLookupError):
                os.killpg(self.web.pid, signal.SIGKILL)
            self.web.wait()


def wait_until(is_so: Callable[[], bool], timeout: float = 60) -> None:
    deadline = time.monotonic() + timeout
    while not is_so():
        assert time.monotonic() < deadline, "It did not come about."
        time.sleep(0.05)
