"""A web server with several processes on the test's rows, and a client for it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from accounts.models import User
from accounts.services import issue_tokens
from tests.support.http import free_port, wait_for
from tests.support.service_processes import ROOT, copy_rows
from tests.support.service_processes import environment as service_environment


@contextmanager
def serving(folder: Path, workers: int = 2, **environment: str) -> Iterator[int]:
    """Run a web server on the test's rows. Yields its port."""
    copy_rows(folder)
    port = free_port()
    options = {"PORT": str(port), "WEB_CONCURRENCY": str(workers), "WEB_THREADS": "8"}
    options |= {"LOG_LEVEL": "CRITICAL", "PYTHONPATH": str(folder)}
    variables = service_environment(folder, **options | environment)
    command = [sys.executable, "-m", "config.server"]
    process = subprocess.Popen(command, env=variables, cwd=ROOT)
    try:
        wait_for(f"http://127.0.0.1:{port}")
        yield port
    finally:
        process.terminate()
        process.wait(timeout=60)


class Caller:
    """A client of a user who is logged in. Each request has its own connection."""

    def __init__(self, port: int, user: User) -> None:
        self.port, self.pk = port, user.pk
        self.headers = {"Authorization": f"Bearer {issue_tokens(user).access}"}

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Return status, headers and body of the response."""
        with closing(self.open(method, path, body, **headers)) as client:
            response = client.getresponse()
            return response.status, response.headers, response.read()

    def open(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> HTTPConnection:
        """Send a request and return its connection."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            names["Content-Type"] = "application/json"
        client = HTTPConnection("127.0.0.1", self.port, timeout=60)
        raw = None if body is None else json.dumps(body)
        client.request(method, path, raw, self.headers | names)
        return client
