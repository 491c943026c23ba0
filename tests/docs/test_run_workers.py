"""docs/how-to/run-workers.md: Celery's own command, and the state of the queue."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from common.tasks.sweeps import Sweeper
from orders.models import Job
from tests.faults.brokers import Redis
from tests.orders.factories import JobFactory
from tests.support.guide_pages import (
    assert_printed,
    exchanges_of,
    marked,
    page,
    shown,
    type_in,
)

PAGE = "how-to/run-workers"


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    if not shutil.which("redis-server"):
        pytest.skip("there is no redis-server")
    redis = Redis(tmp_path)
    yield redis
    redis.kill()


def test_celery_s_command_starts_and_stops_a_worker(start, workspace, redis):
    address = redis.environment()["BROKER_URL"]
    [block] = shown(PAGE, "console")
    console = block.replace("redis://127.0.0.1:6379/0", address)
    pairs = exchanges_of(console)

    assert address in console
    assert_printed(
        pairs, type_in([command for command, _ in pairs], start(), workspace)
    )


def test_the_query_counts_unfinished_jobs(db):
    JobFactory.create_batch(2)
    JobFactory.create(status=Job.Status.RUNNING)
    now = timezone.now()
    ended = {"due_at": None, "started_at": now, "finished_at": now}
    JobFactory.create(status=Job.Status.FAILED, **ended)
    with connection.cursor() as cursor:
        [query] = shown(PAGE, "sql")
        cursor.execute(query)
        rows = cursor.fetchall()

    assert {status: count for status, count, _ in rows} == {0: 2, 1: 1}
    assert all(due_at for *_, due_at in rows)


def test_the_numbers_of_the_statuses():
    rows = re.findall(r"^\| (\d) \| (\w+)", marked(PAGE, "statuses"), re.MULTILINE)

    assert rows == [(str(each.value), each.name.lower()) for each in Job.Status]


def test_workers_look_for_lost_jobs_as_often_as_the_page_says():
    [seconds] = [
        seconds
        for function, seconds in Sweeper().intervals.items()
        if function.__name__ == "sweep_jobs"
    ]

    assert seconds == 2
    assert "looks for lost jobs every two seconds" in page(PAGE).replace("\n", " ")
