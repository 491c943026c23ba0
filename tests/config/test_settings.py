"""Starts the project in processes of its own, as an operator would."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError
from django.db import connection

from config.testing import PytestRunner

ROOT = Path(settings.BASE_DIR)
KEY = "k3y-of-many-0ther-characters+" * 3
PRODUCTION = {
    "QUINTET_ENV": "production",
    "SECRET_KEY": KEY,
    "ALLOWED_HOSTS": "api.example.com",
    "DATABASE_URL": "sqlite://:memory:",
}


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_development_needs_no_variable(tmp_path):
    run = manage("check")

    assert run.returncode == 0, run.stderr


def test_production_names_every_missing_variable_and_its_cure():
    run = manage("check", QUINTET_ENV="production")

    assert run.returncode != 0
    last = run.stderr.partition("Quintet: ")[2]
    for name in ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL"):
        assert f"{name}: " in last


def test_a_broker_without_celery_is_refused_with_its_cure():
    code = (
        "import sys; sys.modules['celery'] = None\n"
        "from importlib import util; find = util.find_spec\n"
        "util.find_spec = lambda name: None if name == 'celery' else find(name)\n"
        "import config.settings"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"BROKER_URL": "amqp://localhost"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "pip install -r requirements-celery.txt" in run.stderr


def test_celery_is_not_imported_unless_it_is_chosen():
    code = "import sys, orders.admin; print('celery' in sys.modules)"

    assert manage("shell", "--no-imports", "-c", code).stdout.strip() == "False"
    chosen = manage(
        *("shell", "--no-imports", "-c", code), BROKER_URL="amqp://localhost"
    )
    assert chosen.stdout.strip() == "True"


def test_production_passes_the_deployment_check():
    # As a start in production does.
    assert manage("collectstatic", "--noinput", **PRODUCTION).returncode == 0

    origins = "https://app.example.com,http://localhost:5173"
    optional = {"CORS_ALLOWED_ORIGINS": origins, "METRICS_TOKEN": "m" * 20}
    for more in ({}, optional):
        deploy = ["check", "--deploy", "--fail-level", "WARNING"]
        run = manage(*deploy, **PRODUCTION, **more)
        assert run.returncode == 0, run.stderr


@pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite")
def test_sqlite_waits_for_other_writers(tmp_path):
    code = (
        "from django.db import connection as c; k = c.cursor();"
        "print([k.execute(f'PRAGMA {p}').fetchone()[0] for p in "
        "('journal_mode', 'busy_timeout', 'foreign_keys')], c.transaction_mode)"
    )
    run = manage(
        *("shell", "--no-imports", "-c", code),
        DATABASE_URL=f"sqlite:///{tmp_path}/q.sqlite3",
    )

    assert run.stdout.strip() == "['wal', 20000, 1] IMMEDIATE"


def test_a_live_process_says_so_without_the_database(client):
    assert client.get("/livez").content == b"ok\n"


def test_a_missing_test_requirement_is_named_with_its_cure(monkeypatch):
    found = metadata.version

    def version(name: str) -> str:
        if name == "factory-boy":
            raise metadata.PackageNotFoundError(name)
        return found(name)

    monkeypatch.setattr("config.testing.version", version)
    with pytest.raises(CommandError) as error:
        PytestRunner().run_tests([])
    assert str(error.value).startswith("The tests need factory-boy.")
    assert "-r requirements.txt -r requirements-dev.txt" in str(error.value)
    assert "\n" not in str(error.value)


def test_manage_py_test_runs_this_suite():
    run = manage("test", "tests/common/http/test_strict_json.py", "-k", "surrogate")

    assert run.returncode == 0, run.stdout + run.stderr
    assert " passed" in run.stdout
    assert manage("test", "tests/common/http", "-k", "no_such_test").returncode != 0
