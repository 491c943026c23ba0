"""Programs that set another project's tool up before Django, as its docs ask for.

Such tools change the process they run in, so each has a process of its own. It prints
what it has collected as one line of JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.service_processes import ROOT, environment

CALL = """
import io, json, os
from wsgiref.util import setup_testing_defaults

def call(method, url, body=None):
    from config.wsgi import application
    path, _, query = url.partition("?")
    sent = b"" if body is None else json.dumps(body).encode()
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query}
    environ |= {"wsgi.input": io.BytesIO(sent), "CONTENT_LENGTH": str(len(sent))}
    environ |= {"HTTP_HOST": "localhost", "CONTENT_TYPE": "application/json"}
    setup_testing_defaults(environ)
    answered = []
    parts = application(environ, lambda status, *_: answered.append(status))
    b"".join(parts)
    parts.close()
    return answered[0]
"""


def run(folder: Path, program: str, **variables: str) -> Any:
    """The JSON that the program prints last, on the database of the test."""
    done = subprocess.run(
        [sys.executable, "-c", CALL + program],
        cwd=ROOT,
        env=environment(folder, **variables),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
