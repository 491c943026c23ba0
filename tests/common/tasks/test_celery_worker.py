"""A Celery worker logs its jobs, whichever command has started it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.support.http import free_port

pytest.importorskip("celery")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not shutil.which("redis-server"), reason="there is no Redis"),
]
WORKERS = [
    ["-m", "celery", "-A", "config", "worker", "-c", "1", "--loglevel", "ERROR"],
    ["manage.py", "worker", "--skip-checks", "--concurrency", "1"],
]
ORDER = {
    "ownerId": 0,
    "description": "x",
    "items": [{"partCode": "M8", "units": 1, "unitPrice": 1}],
}


@pytest.fixture
def redis(tmp_path) -> Iterator[str]:
    port = free_port()
    options = ["--save", "", "--appendonly", "no", "--bind", "127.0.0.1"]
    process = subprocess.Popen(
        ["redis-server", "--port", str(port), "--dir", str(tmp_path), *options],
        stdout=subprocess.DEVNULL,
    )
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait(timeout=30)


@pytest.mark.parametrize("command", WORKERS, ids=["celery", "manage.py"])
def test_a_worker_logs_what_is_worth_knowing(start, redis, command):
    service = start(BROKER_URL=redis)
    token = service.login("eve@example.com", "quite-secret-1")
    mine = {"Authorization": f"Bearer {token}"}
    owner = service.get("/auth/me", **mine).json()["id"]
    service.start(*command)
    body = ORDER | {"ownerId": owner}
    assert service.call("POST", "/api/v2/orders", body, **mine).status == 202

    service.wait_for_line("INFO", "Connected to redis://")
    service.wait_for_line("INFO", "orders.services.attempts", "is finished.")
    service.wait_for_line("INFO", "quintet.run_task", "succeeded in")
