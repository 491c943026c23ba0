"""The benchmarks run, and responses are right. Tests don't measure speed."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import pytest

from accounts.models import User
from accounts.services import issue_tokens
from benchmarks import jobs, json_api, verification
from benchmarks.data import casting, orders, people, tables
from benchmarks.data.numbers import (
    ASSISTANTS,
    GOALS,
    MANY_GOALS,
    OWNERS,
    PLANNERS,
)
from benchmarks.database import delete_written, fill_empty
from benchmarks.report import summary, table
from benchmarks.sampling import Sample, medians, script_of
from benchmarks.servers import LIMIT, QUINTET
from benchmarks.workloads import (
    ACTORS,
    LARGE_TREE,
    MAX_ACTORS,
    NEW_BUCKETLISTS,
    NEW_INVOICES,
    TREES,
    Request,
    WrongResponse,
    books,
    workloads,
)
from bucketlists.models import Bucketlist
from goals.models import Goal
from media_catalog.models import Author, Creator, Playlist, Video
from orders.models import Invoice, InvoiceItem, Job
from tests.support.jobs import run

VIDEOS = 200
BOOKS = books(VIDEOS)
# The users whose trees are requested.
REQUESTED_USERS = {
    int(request.url.rpartition("-")[2])
    for request in [*TREES.samples, *LARGE_TREE.samples]
}


@pytest.fixture(autouse=True)
def few_rows(monkeypatch) -> None:
    monkeypatch.setattr(casting, "ACTORS", 10 * MAX_ACTORS)
    monkeypatch.setattr(casting, "MOVIES", 10)
    monkeypatch.setattr(orders, "ORDERS", 10)
    monkeypatch.setattr(orders, "INVOICES", 2)
    monkeypatch.setattr(people, "BUCKETLISTS", 2)
    tree = people.tree
    monkeypatch.setattr(
        people, "tree", lambda pk: tree(pk) if pk in REQUESTED_USERS else ()
    )


@pytest.fixture
def rows(db) -> None:
    fill_empty(VIDEOS)


@pytest.fixture
def get(api):
    def ask(path):
        response = api.get(path)
        assert response.status_code == 200, response.content
        return json.loads(response.content)

    return ask


@pytest.fixture
def ask(api, settings):
    settings.QUINTET_MAX_UNPAGED = MAX_ACTORS

    def ask(workload, request, headers):
        kind = headers.get("Content-Type", "")
        response = api.generic(
            workload.method, request.url, request.data or b"", kind, headers=headers
        )
        return response.status_code, json.loads(response.content)

    return ask


@pytest.fixture
def tokens(rows) -> verification.Tokens:
    users = User.objects.filter(pk__in=[*OWNERS, *ASSISTANTS])
    return {user.pk: issue_tokens(user).access for user in users}


# The rows


def test_the_rows_are_always_the_same(db):
    def made():
        return [
            {name: value for name, value in vars(row).items() if name != "_state"}
            for _, rows in tables.tables(VIDEOS)
            for row in rows
        ]

    assert made() == made()


def test_there_are_rows_of_every_api(rows):
    assert (Creator.objects.count(), Playlist.objects.count()) == (2, 20)
    assert Video.objects.get(pk="video-0000041").author_id == "user-000000"
    assert Playlist.objects.get(pk="playlist-000000").videos.count() == VIDEOS
    trees = [Goal.objects.filter(user=pk).count() for pk in sorted(REQUESTED_USERS)]
    assert trees == [GOALS] * (len(REQUESTED_USERS) - 1) + [MANY_GOALS]
    assert not Job.objects.exclude(status=Job.Status.FINISHED).exists()


def test_the_next_row_gets_a_free_id(rows):
    last = Author.objects.last().pk
    assert Author.objects.create(first_name="Ada", last_name="Lovelace").pk == last + 1


def test_rows_are_not_added_to_others(db, ada):
    with pytest.raises(SystemExit, match="isn't empty"):
        fill_empty(VIDEOS)
    assert not Video.objects.exists()


def test_production_gets_no_rows(db, settings):
    settings.PRODUCTION = True
    with pytest.raises(SystemExit, match="production"):
        fill_empty(VIDEOS)
    assert not Video.objects.exists()


# The requests


def test_every_workload_gets_right_responses(ask, get, tokens):
    all_workloads = workloads(get, VIDEOS)
    for workload in all_workloads:
        verification.documents(ask, workload, tokens)

    assert [workload.name for workload in all_workloads[:7]] == [
        f"W{n}" for n in range(1, 8)
    ]
    first = NEW_INVOICES.requests[0].body["userId"]
    assert Invoice.objects.get(user=first).invoice_items.count() == 20
    assert Bucketlist.objects.get(created_by=first).name == f"Learn to sail {first}"


def test_requests_are_spread_over_rows_and_users(get, tokens):
    by_name = {work.name: work for work in workloads(get, VIDEOS)}

    urls = {
        name: {request.url for request in by_name[name].requests} for name in by_name
    }
    assert len(urls["W1"]) == VIDEOS // 20 + 2
    assert urls["W3"] == {f"/api/video/video-{n:07}" for n in range(VIDEOS)}
    assert urls["W4"] == {f"/v1.0/goals?user=planner-{n}" for n in range(1, PLANNERS)}
    assert len(urls["W6"]) == 90
    assert by_name["W6"].users == set(ASSISTANTS)
    assert by_name["W7"].users == set(OWNERS)
    assert {request.body["userId"] for request in NEW_INVOICES.requests} == set(OWNERS)
    for name, word in [("W1", "authorId"), ("W6", "offset")]:
        checked = by_name[name].samples
        assert {word in request.url for request in checked} == {True, False}


def test_every_run_sends_the_same_requests_in_the_same_order(get, rows):
    first, second = ([work.requests for work in workloads(get, VIDEOS)] for _ in "12")
    assert first == second


@pytest.mark.parametrize("workload", [ACTORS, NEW_BUCKETLISTS], ids=["W6", "W7"])
def test_a_forged_token_is_refused(ask, tokens, workload):
    assert verification.refuses_forged_tokens(ask, workload, tokens)


def test_a_page_by_number_shows_what_the_cursor_leads_to(ask, get, tokens):
    by_number, by_cursor = (
        verification.documents(ask, workload, tokens)
        for workload in workloads(get, VIDEOS)
        if workload.name in {"W2deep", "W2cursor"}
    )
    pages = [[page["data"] for page in shown] for shown in (by_number, by_cursor)]
    assert pages[0] == pages[1]


def test_a_wrong_answer_is_not_measured(ask, tokens):
    with pytest.raises(WrongResponse, match="20 rows instead of 21"):
        verification.documents(ask, replace(BOOKS, expected=21), tokens)
    nowhere = replace(BOOKS, requests=[Request("/nowhere")])
    with pytest.raises(WrongResponse, match="404"):
        verification.documents(ask, nowhere, tokens)


def test_another_server_must_return_the_same(ask, tokens, monkeypatch):
    def other(server):
        return lambda *request: (200, {"Book": [{"id": 0}] * 20})

    wanted = verification.documents(ask, BOOKS, tokens)
    program = SimpleNamespace(has_own_links=False)
    server = SimpleNamespace(name="other", program=program)
    monkeypatch.setattr(verification, "over_http", lambda server: ask)
    verification.compare(server, BOOKS, wanted, tokens)
    monkeypatch.setattr(verification, "over_http", other)
    with pytest.raises(WrongResponse, match="other returns for /books"):
        verification.compare(server, BOOKS, wanted, tokens)


def test_only_what_was_posted_is_removed(ask, tokens):
    def ids():
        return [list(model.objects.values_list("pk")) for model in models]

    models = [Invoice, InvoiceItem, Bucketlist]
    before = ids()
    for workload in (NEW_INVOICES, NEW_BUCKETLISTS):
        verification.documents(ask, workload, tokens)
    assert ids() != before

    delete_written()

    assert ids() == before


def test_wrk_sends_each_request_with_its_body_and_token(tokens):
    script = script_of(NEW_BUCKETLISTS, tokens)
    for user in OWNERS:
        name = rf"\"Learn to sail {user}\""
        [line] = [line for line in script.splitlines() if name in line]
        assert 'url = "/bucketlists/"' in line
        assert f'["Authorization"] = "Bearer {tokens[user]}"' in line
        assert '["Content-Type"] = "application/json"' in line


# The figures


def sample(per_second: float, others: float = 0.0) -> Sample:
    return Sample(per_second, 1.0, 2.0, 0.5, 0.25, others)


def test_the_table_compares_with_the_limit_and_the_fastest_peer():
    rates = {QUINTET: 600.0, LIMIT: 1000.0, "flask": 400.0, "ninja": 300.0}
    results = [
        {"workload": "W1", "server": name} | medians([sample(rate)])
        for name, rate in rates.items()
    ]
    cells = [line.split(" | ") for line in table(results, [BOOKS]).splitlines()[2:]]
    assert [line[1:5] for line in cells] == [
        ["quintet", "600", "0.60", "1.50"],
        ["limit", "1000", "1.00", "2.50"],
        ["flask", "400", "0.40", "1.00"],
        ["ninja", "300", "0.30", "0.75"],
    ]


def test_the_summary_names_the_fastest_peer():
    rates = {QUINTET: 600.0, LIMIT: 1000.0, "flask": 400.0, "ninja": 300.0}
    results = [
        {"workload": name, "server": server, "per_second": rate}
        for name, servers in {"W1": rates, "W6": {QUINTET: 1.0}}.items()
        for server, rate in servers.items()
    ]
    [line] = summary(results, [BOOKS, ACTORS]).splitlines()[2:]
    assert line.split(" | ")[1:] == ["600", "flask", "400", "1.50 |"]


def test_disturbed_samples_are_left_out():
    values = medians([sample(100), sample(300), sample(10, others=1.5)])
    assert (values["per_second"], values["samples"], values["spread"]) == (200, 2, 1)
    assert medians([sample(10, others=1.5)])["per_second"] == 10


# The other benchmarks


def test_the_json_api_benchmark_measures_all_it_promises(rows, get):
    table = list(json_api.measure(get, get, VIDEOS, 1))

    groups = {row.name.partition(":")[0] for row in table}
    assert {"queries", "page", "total", "filter", "heavy filter"} <= groups
    assert all(row.figure for row in table)


def test_far_pages_that_take_too_long_are_marked():
    times = {"1": 10.0, "4000": 31.0, "4000 by cursor": 14.0}
    rows = json_api.compared("page", times, {"4000": 3.0, "4000 by cursor": 1.5})

    assert [row.remark for row in rows] == ["1.00", "3.10, OVER 3", "1.40"]


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
