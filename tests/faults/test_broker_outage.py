"""The broker goes away: orders are accepted all the same, and carried out later."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator

import pytest

from tests.faults.brokers import Proxy, Redis
from tests.faults.conftest import skip_or_fail
from tests.faults.databases import FINISHED, check

pytestmark = pytest.mark.faults

# Far less than any client waits.
QUICKLY = 5.0


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    proxy = Proxy()
    yield proxy
    proxy.cut()


def test_a_broker_that_is_cut_off_delays_jobs_and_no_answer(system, rabbit, proxy):
    system = system("postgres", **rabbit.environment(proxy.port))
    system.serve()
    system.work()
    accepted = system.accept_many(5)
    system.wait_for(FINISHED, accepted)
    proxy.cut()
    for _ in range(10):
        started = time.monotonic()
        accepted.append(system.accept())
        assert time.monotonic() - started < QUICKLY
    proxy.open()
    accepted += system.accept_many(5)
    system.wait_for(FINISHED, accepted)

    check(system.database, accepted)
    log = (system.folder / "web.log").read_text()
    assert "The broker rejected a task" in log
    assert "Traceback" not in log


@pytest.fixture
def redis(tmp_path) -> Iterator[Redis]:
    if not shutil.which("redis-server"):
        skip_or_fail("There is no redis-server to start.")
    redis = Redis(tmp_path)
    yield redis
    redis.kill()


def test_messages_that_a_broker_loses_are_sent_again(system, redis):
    system = system("postgres", **redis.environment())
    system.serve()
    lost = system.accept_many(20)
    redis.kill()
    unsent = system.accept_many(5)
    redis.start()
    system.work(2)
    system.wait_for(FINISHED, lost + unsent)

    check(system.database, lost + unsent)
