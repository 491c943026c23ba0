"""The benchmarks run, and the answers are right; how fast is no matter of a test."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from operator import gt
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import User
from accounts.services import issue_tokens
from benchmarks import asking, jobs, json_api
from benchmarks.database import delete_rows_of
from benchmarks.measuring import Sample, middle, script_of
from benchmarks.report import table
from benchmarks.servers import LIMIT, QUINTET
from benchmarks.workloads import (
    ACTORS,
    BOOKS,
    MOST_ACTORS,
    NEW_BUCKETLIST,
    NEW_INVOICE,
    Wrong,
    workloads,
)
from bucketlists.models import Bucketlist
from common import revalidation
from config.benchmark_data import casting, filling, orders, people
from config.benchmark_data.numbers import GOALS, MANY_GOALS, OWNER, PLANNERS
from goals.models import Goal
from media_catalog.models import Author, Creator, Playlist, Video
from orders import fields
from orders.models import Invoice, InvoiceItem, Job
from orders.services import run
from tests.work import work_of

VIDEOS = 200
# Those whose trees are asked for.
ASKED = {1, 50, PLANNERS - 1, PLANNERS}


@pytest.fixture(autouse=True)
def few_rows(monkeypatch) -> None:
    monkeypatch.setattr(casting, "ACTORS", MOST_ACTORS + 1)
    monkeypatch.setattr(casting, "MOVIES", 10)
    monkeypatch.setattr(orders, "ORDERS", 10)
    monkeypatch.setattr(orders, "INVOICES", 2)
    monkeypatch.setattr(people, "BUCKETLISTS", 2)
    tree = people.tree
    monkeypatch.setattr(people, "tree", lambda pk: tree(pk) if pk in ASKED else ())


@pytest.fixture
def rows(db) -> None:
    call_command("benchmark_data", videos=VIDEOS, verbosity=0)


@pytest.fixture
def get(api):
    def ask(path):
        answer = api.get(path)
        assert answer.status_code == 200, answer.content
        return json.loads(answer.content)

    return ask


@pytest.fixture
def ask(api, settings):
    settings.QUINTET_MAX_UNPAGED = MOST_ACTORS

    def ask(workload, url, headers):
        kind = headers.get("Content-Type", "")
        answer = api.generic(
            workload.method, url, workload.data or b"", kind, headers=headers
        )
        return answer.status_code, json.loads(answer.content)

    return ask


@pytest.fixture
def tokens(rows) -> asking.Tokens:
    users = User.objects.filter(name__in=["owner", "assistant"])
    return {user.pk: issue_tokens(user).access for user in users}


# The rows


def test_the_rows_are_always_the_same(db):
    def made():
        return [
            {name: value for name, value in vars(row).items() if name != "_state"}
            for _, rows in filling.tables(VIDEOS)
            for row in rows
        ]

    assert made() == made()


def test_there_are_rows_of_every_api(rows):
    assert (Creator.objects.count(), Playlist.objects.count()) == (2, 20)
    assert Video.objects.get(pk="video-0000041").author_id == "user-000000"
    assert Playlist.objects.get(pk="playlist-000000").videos.count() == VIDEOS
    trees = [Goal.objects.filter(user=pk).count() for pk in sorted(ASKED)]
    assert trees == [GOALS, GOALS, GOALS, MANY_GOALS]
    assert not Job.objects.exclude(status=Job.Status.FINISHED).exists()


def test_the_next_row_gets_a_free_id(rows):
    last = Author.objects.last().pk
    assert Author.objects.create(first_name="Ada", last_name="Lovelace").pk == last + 1


def test_rows_are_not_added_to_others(db, ada):
    with pytest.raises(CommandError, match="holds rows already"):
        call_command("benchmark_data", videos=VIDEOS)
    assert not Video.objects.exists()


def test_production_gets_no_rows(db, settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="production"):
        call_command("benchmark_data", videos=VIDEOS)
    assert not Video.objects.exists()


# The requests


def test_every_workload_is_answered_rightly(ask, get, tokens):
    found = workloads(get, VIDEOS)
    for workload in found:
        asking.answers(ask, workload, tokens)

    assert [workload.name for workload in found[:7]] == [f"W{n}" for n in range(1, 8)]
    assert Invoice.objects.get(user=OWNER).invoice_items.count() == 20
    assert Bucketlist.objects.filter(created_by=OWNER).count() == 1


def test_no_request_takes_more_work_than_before(get, tokens, settings, monkeypatch):
    """More may be right; then the ceilings in work.json are raised, and it is seen."""
    settings.QUINTET_MAX_UNPAGED = MOST_ACTORS
    # As outside of a test's transaction.
    monkeypatch.setattr(fields, "is_told_by_insert", lambda: True)
    ceilings = json.loads((Path(__file__).parent / "work.json").read_text())
    most = ceilings[connection.vendor]
    found = {}
    for workload in workloads(get, VIDEOS)[:7]:
        headers = asking.headers_of(workload, tokens)
        request = workload.method, workload.samples()[0], workload.data or b"", headers
        found[workload.name] = work_of(*request)
        if (name := f"{workload.name} anew") in most:
            with patch.object(revalidation, "answered", lambda *asked: asked[-1]()):
                found[name] = work_of(*request)

    assert {
        name: work for name, work in found.items() if any(map(gt, work, most[name]))
    } == {}


@pytest.mark.parametrize("workload", [ACTORS, NEW_BUCKETLIST], ids=["W6", "W7"])
def test_a_forged_token_is_refused(ask, tokens, workload):
    assert asking.refuses_forged_tokens(ask, workload, tokens[workload.user])


def test_a_page_by_number_shows_what_the_cursor_leads_to(ask, get, tokens):
    by_number, by_cursor = (
        asking.answers(ask, workload, tokens)
        for workload in workloads(get, VIDEOS)
        if workload.name in {"W2deep", "W2cursor"}
    )
    [[first], [other]] = by_number.values(), by_cursor.values()
    assert first["data"] == other["data"]


def test_a_wrong_answer_is_not_measured(ask, tokens):
    with pytest.raises(Wrong, match="20 rows instead of 21"):
        asking.answers(ask, replace(BOOKS, expected=21), tokens)
    with pytest.raises(Wrong, match="404"):
        asking.answers(ask, replace(BOOKS, path="/nowhere"), tokens)


def test_another_server_must_answer_the_same(ask, tokens, monkeypatch):
    def other(server):
        return lambda *request: (200, {"Book": [{"id": 0}] * 20})

    wanted = asking.answers(ask, BOOKS, tokens)
    program = SimpleNamespace(has_own_links=False)
    server = SimpleNamespace(name="other", program=program)
    monkeypatch.setattr(asking, "over_http", lambda server: ask)
    asking.compare(server, BOOKS, wanted, tokens)
    monkeypatch.setattr(asking, "over_http", other)
    with pytest.raises(Wrong, match="other answers /books"):
        asking.compare(server, BOOKS, wanted, tokens)


def test_only_what_was_posted_is_removed(ask, tokens):
    def ids():
        return [list(model.objects.values_list("pk")) for model in models]

    models = [Invoice, InvoiceItem, Bucketlist]
    before = ids()
    for workload in (NEW_INVOICE, NEW_BUCKETLIST):
        asking.answers(ask, workload, tokens)
    assert ids() != before

    delete_rows_of(OWNER)

    assert ids() == before


def test_wrk_asks_for_any_of_the_rows(get, rows):
    [video] = [work for work in workloads(get, VIDEOS) if work.name == "W3"]
    script = script_of(video, video.headers)
    assert '"/api/video/video-%07d", math.random(0, 199)' in script
    assert 'wrk.headers["Accept"] = "application/vnd.api+json"' in script


# The figures


def sample(per_second: float, others: float = 0.0) -> Sample:
    return Sample(per_second, 1.0, 2.0, 0.5, 0.25, others)


def test_the_table_compares_with_the_limit_and_the_fastest_peer():
    rates = {QUINTET: 600.0, LIMIT: 1000.0, "flask": 400.0, "ninja": 300.0}
    results = [
        {"workload": "W1", "server": name} | middle([sample(rate)])
        for name, rate in rates.items()
    ]
    cells = [line.split(" | ") for line in table(results, [BOOKS]).splitlines()[2:]]
    assert [line[1:5] for line in cells] == [
        ["quintet", "600", "0.60", "1.50"],
        ["limit", "1000", "1.00", "2.50"],
        ["flask", "400", "0.40", "1.00"],
        ["ninja", "300", "0.30", "0.75"],
    ]


def test_disturbed_samples_are_left_out():
    found = middle([sample(100), sample(300), sample(10, others=1.5)])
    assert (found["per_second"], found["samples"], found["spread"]) == (200, 2, 1)
    assert middle([sample(10, others=1.5)])["per_second"] == 10


# The other benchmarks


def test_the_json_api_benchmark_measures_all_it_promises(rows, get):
    table = list(json_api.measure(get, get, VIDEOS, 1))

    groups = {row.name.partition(":")[0] for row in table}
    assert {"queries", "page", "total", "filter", "heavy filter"} <= groups
    assert all(row.figure for row in table)


def test_the_jobs_benchmark_places_orders_and_counts_what_was_done(db):
    @contextmanager
    def work(number):
        assert number == 3
        for job in Job.objects.all():
            run(job.pk)
        yield

    row = jobs.throughput(work, 5, 3)

    assert float(row.figure) > 0
    assert Job.objects.filter(status=Job.Status.FINISHED).count() == 5
