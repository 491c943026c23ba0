"""nginx and Caddy before real servers: `script/test -m proxies -n 2`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from tests.proxies.proxy import Site
from tests.support.service_processes import copy_rows

IN_CI = os.environ.get("CI") == "true"


def need(*programs: str) -> None:
    """Skips the test; where everything should be there, it fails."""
    missing = [name for name in programs if not shutil.which(name)]
    if missing and IN_CI:
        pytest.fail(f"There is no {' and no '.join(missing)}.")
    if missing:
        pytest.skip(f"There is no {' and no '.join(missing)}.")


@pytest.fixture(scope="session", params=["nginx", "caddy"])
def kind(request) -> str:
    need(request.param, "openssl")
    return request.param


@pytest.fixture(scope="session")
def site(kind, tmp_path_factory, django_db_setup, django_db_blocker) -> Iterator[Site]:
    yield from serving(kind, tmp_path_factory, django_db_blocker)


@pytest.fixture
def cached(tmp_path_factory, django_db_setup, django_db_blocker) -> Iterator[Site]:
    need("nginx", "openssl")
    origin = {"CORS_ALLOWED_ORIGINS": "https://a.example,https://b.example"}
    yield from serving(
        "nginx with cache", tmp_path_factory, django_db_blocker, **origin
    )


@pytest.fixture
def mounted(
    kind, tmp_path_factory, django_db_setup, django_db_blocker
) -> Iterator[Site]:
    mount = {"SCRIPT_NAME": "/old"}
    yield from serving(kind, tmp_path_factory, django_db_blocker, **mount)


def serving(
    kind: str, folders: pytest.TempPathFactory, blocker: Any, **more: str
) -> Iterator[Site]:
    if connection.vendor != "sqlite":
        pytest.skip("It has a SQLite file of its own.")
    folder = folders.mktemp(kind.partition(" ")[0])
    with blocker.unblock():
        copy_rows(folder)
    site = Site(kind, folder, **more)
    try:
        site.start()
        yield site
    finally:
        site.stop()
