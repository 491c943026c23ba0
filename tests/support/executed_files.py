"""The product's files whose code a request executes."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path
from types import FrameType
from typing import Any
from wsgiref.util import setup_testing_defaults

from django.conf import settings

from config.wsgi import application
from tests.support.packages import PACKAGES

ROOT = f"{Path(settings.BASE_DIR)}/"


def send(method: str, path: str, body: bytes, **variables: str) -> str:
    """Send a request through the WSGI application and return its status line."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "HTTP_HOST": "testserver",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
        **variables,
    }
    setup_testing_defaults(environ)
    statuses: list[str] = []

    def start_response(status: str, *_: object) -> Any:
        statuses.append(status)

    response: Any = application(environ, start_response)
    b"".join(response)
    response.close()
    return statuses[0]


def executed_files(
    method: str, path: str, body: bytes = b"", **variables: str
) -> list[str]:
    """Return the files in the order in which the request reaches them."""
    paths: dict[str, None] = {}

    def profile(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            paths.setdefault(frame.f_code.co_filename)

    sys.setprofile(profile)
    try:
        status = send(method, path, body, **variables)
    finally:
        sys.setprofile(None)
    assert status.startswith("2"), status
    names = [name.removeprefix(ROOT) for name in paths if name.startswith(ROOT)]
    return [name for name in names if name.partition("/")[0] in PACKAGES]
