"""Live and ready: what an orchestrator is told, and how soon."""

from __future__ import annotations

import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from common.ops import health
from config import probes
from orders.models import Job
from tests.orders.factories import JobFactory
from tests.support.http import free_port
from tests.support.service_processes import PRODUCTION

pytestmark = pytest.mark.django_db(transaction=True)
PROBES = ["/livez", "/readyz", "/healthz"]


@pytest.fixture(autouse=True)
def fresh_results() -> None:
    """Have each test run its own checks, whose results are kept for a second."""
    probes.READINESS.run = None
    probes.READINESS.failed = {}


@pytest.fixture
def hanging_database() -> Iterator[str]:
    """The URL of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"postgres://u:canary@127.0.0.1:{listener.getsockname()[1]}/nothing"


def test_a_ready_process_says_so_in_one_word(client):
    assert client.get("/readyz").content == b"ok\n"
    assert client.get("/healthz").content == b"ok\n"


def test_verbose_names_each_check(client):
    response = client.get("/readyz?verbose")

    assert response.headers["Content-Type"] == "text/plain"
    assert response.content.decode().splitlines() == [
        "[+]database ok",
        "[+]migrations ok",
        "[+]triggers ok",
        "[+]queue ok",
        "[+]shutdown ok",
        "readyz check passed",
    ]


@pytest.mark.parametrize("url", PROBES)
def test_a_probe_is_never_kept_and_only_read(client, url):
    assert "no-store" in client.get(url).headers["Cache-Control"]
    assert client.head(url).status_code == 200
    assert client.post(url).status_code == 405


@pytest.mark.parametrize("url", [*PROBES, "/metrics"])
def test_a_post_needs_no_csrf_token_to_be_refused(url):
    response = Client(enforce_csrf_checks=True).post(url)

    assert (response.status_code, response.content) == (405, b"")
    assert response.headers["Allow"] == "GET, HEAD"


@pytest.mark.skipif(connection.vendor == "sqlite", reason="memory has one connection")
def test_a_job_that_is_due_for_long_is_a_failed_check(client, settings):
    settings.QUINTET_QUEUE_SECONDS = 60
    JobFactory.create(due_at=timezone.now() - timedelta(seconds=90))
    response = client.get("/readyz")

    assert response.status_code == 503
    assert "[+]database ok" in response.content.decode()
    assert "[-]queue failed: a job has been due for 9" in response.content.decode()
    assert client.get("/readyz?exclude=queue").status_code == 200
    assert client.get("/livez").status_code == 200


@pytest.mark.parametrize(
    ("seconds", "due", "reason"),
    [
        (60, 90, "a job has been due for 90 s"),
        (60, 30, ""),
        (60, -90, ""),
        (0, 90, ""),
    ],
)
def test_the_queue_may_lag_for_as_long_as_is_set(
    settings, time_machine, seconds, due, reason
):
    settings.QUINTET_QUEUE_SECONDS = seconds
    JobFactory.create(due_at=timezone.now() - timedelta(seconds=due))
    JobFactory.create(status=Job.Status.QUEUED, due_at=timezone.now())

    assert probes.queue()[:20] == reason[:20]


def test_readiness_comes_back_with_the_database(start, tmp_path):
    """The tables are missing first; then there they are, without a restart."""
    path = tmp_path / "late.sqlite3"
    service = start(DATABASE_URL=f"sqlite:///{path}")
    response = service.get("/readyz")
    assert service.get("/livez").status == 200
    assert response.status == 503
    text = response.body.decode()
    assert "[+]database ok" in text
    assert "[-]migrations failed: not applied: accounts.0" in text
    assert text.endswith("readyz check failed\n")
    migrate = service.start("manage.py", "migrate", "-v0")
    assert migrate.wait(timeout=120) == 0

    assert until(lambda: service.get("/readyz").status == 200)
    lines = [line for line in service.printed.splitlines() if "quintet.health" in line]
    for event in ("migrations check fails", "migrations check has recovered"):
        assert len([line for line in lines if event in line]) == 1


def until(holds, tries: int = 100) -> bool:
    for _ in range(tries):
        if holds():
            return True
        time.sleep(0.1)
    return False


def test_a_database_that_is_not_there_is_named_without_its_secrets(start):
    url = f"postgres://u:canary@127.0.0.1:{free_port()}/nothing"
    service = start(DATABASE_URL=url)
    response = service.get("/readyz")

    assert response.status == 503
    assert b"[-]database failed: the database does not respond" in response.body
    assert b"canary" not in response.body
    assert service.get("/livez").status == 200
    time.sleep(health.RESULT_TTL)
    assert service.get("/readyz").status == 503
    cause = "database check fails: the database does not respond: connection "
    assert "Connection refused" in service.wait_for_line(cause)
    assert service.printed.count(cause) == 1
    assert "canary" not in service.printed


def test_a_request_that_the_database_fails_logs_the_cause(start):
    url = f"postgres://u:canary@127.0.0.1:{free_port()}/nothing"
    service = start(DATABASE_URL=url)

    assert service.get("/books", X_Request_ID="lost").status == 503
    line = service.wait_for_line("quintet.health [lost] The database failed: ")
    assert "Connection refused" in line
    assert service.printed.count("The database failed") == 1
    assert "canary" not in service.printed


def test_a_failing_check_is_logged_once_with_its_first_cause(caplog):
    readiness = health.Readiness({})
    for error, causes in [
        ("no response in time", {}),
        ("no response in time", {}),
        ("it failed", {"it": OperationalError("gone")}),
        ("it failed", {"it": OperationalError("gone")}),
        ("no response in time", {}),
        ("", {}),
    ]:
        readiness.log_changes({"it": error}, causes)

    assert caplog.messages == [
        "it check fails: no response in time",
        "it check fails: it failed: gone",
        "it check has recovered",
    ]


def test_a_database_that_hangs_holds_no_probe(start, hanging_database):
    service = start(DATABASE_URL=hanging_database)
    found = []

    def probe() -> None:
        started = time.monotonic()
        response = service.get("/readyz")
        found.append((response.status, time.monotonic() - started))

    threads = [threading.Thread(target=probe) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # The driver alone would wait for its five seconds.
    assert [status for status, _ in found] == [503] * 12
    assert max(seconds for _, seconds in found) < 4
    response = service.get("/readyz")
    assert b"[-]database failed: no response in time" in response.body
    assert service.get("/livez").status == 200


def test_many_probes_ask_the_database_once(django_assert_max_num_queries):
    asked = []
    readiness = health.Readiness({"one": lambda: asked.append(1) or ""})
    for _ in range(200):
        assert readiness.results()["one"] == ""

    assert len(asked) <= 2


def test_a_check_that_breaks_fails_and_tells_only_the_log_why(caplog):
    def broken() -> str:
        raise RuntimeError("canary")

    readiness = health.Readiness({"it": broken})
    for _ in range(2):
        assert readiness.results()["it"] == "the check failed with an error"
        readiness.run = None

    assert caplog.text.count("RuntimeError: canary") == 1


def test_production_asks_probes_for_no_https_and_no_login(share):
    service = share(**PRODUCTION)
    for url in PROBES:
        assert service.get(url, Host="api.example.com").status == 200
    moved = service.get("/books", Host="api.example.com")

    assert (moved.status, moved.headers["Location"]) == (
        301,
        "https://api.example.com/books",
    )


@pytest.mark.parametrize("mount", ["", "/old"])
def test_probes_answer_plain_http_directly_with_a_mount_and_without(start, mount):
    variables = {"SSL_REDIRECT": "1", "BEHIND_PROXY": "1", "METRICS_TOKEN": "m" * 20}
    service = start(**PRODUCTION, **variables, SCRIPT_NAME=mount)
    for url in [
        *PROBES,
        *(f"{probe}/" for probe in PROBES),
        *map(mount.__add__, PROBES),
    ]:
        assert service.get(url).status == 200, url
    assert service.get("/metrics").status == 401
    assert service.get(f"{mount}/books").status == 301


@pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite")
def test_a_writer_that_takes_its_time_does_not_matter(service):
    path = service.log.parent / "quintet.sqlite3"
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")

    assert service.get("/readyz").status == 200
    writer.rollback()
    writer.close()
