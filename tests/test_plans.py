"""An index finds the rows of every request, however many rows there are.

The tests request every filter, order and search of the guides over a large table, and
read PostgreSQL's plan of each statement. `WITHOUT_INDEX` lists the requests that no
index serves, and why. Statements that count matching rows are left out, because they
read all of them.
"""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.attempt_limits import delete_expired_counters
from accounts.models import User
from accounts.services import delete_expired_keys, delete_expired_tokens
from common.tasks.database_worker import delete_old_results
from config.prometheus import Jobs
from orders.mails import sweep_mails
from orders.models import Job
from orders.services import sweep_jobs
from tests.support.factories import UserFactory
from tests.support.many_rows import TABLES, fill
from tests.support.plan_cases import (
    LISTS,
    OWN,
    PRIMARY,
    WITHOUT_INDEX,
    dbbase,
    json_api,
)

pytestmark = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="about PostgreSQL"
)
STATEMENT = re.compile(r"\(?(SELECT|WITH|UPDATE|DELETE)", re.IGNORECASE)
BOSS = 1_000_000
COUNT = "SELECT COUNT(*)"
INDEX = re.compile(r"(?:using|Index Scan on) (\w+)")
BIG = "|".join(table for tables in TABLES.values() for table in tables)
READ_WHOLE = re.compile(rf"Seq Scan on ({BIG})\b")


@pytest.fixture
def boss(client_of):
    """Sees every row of every list."""
    flags = {"is_staff": True, "is_superuser": True}
    return client_of(UserFactory.create(id=BOSS, **flags))


@pytest.fixture(autouse=True)
def small_pages(settings) -> None:
    settings.QUINTET_MAX_UNPAGED = 20


class Plans:
    """The plans of the statements of a request."""

    def __init__(self, statements) -> None:
        self.counting, self.reading = "", ""
        for sql in (statement["sql"] for statement in statements):
            if COUNT in sql:
                self.counting += explained(sql)
            elif STATEMENT.match(sql):
                self.reading += explained(sql)

    def are_served_by(self, pattern: str) -> bool:
        """Whether these indexes are read, and no table is."""
        names = INDEX.findall(self.counting + self.reading)
        used = [any(map(re.compile(f"{p}$").match, names)) for p in pattern.split()]
        return all(used) and not READ_WHOLE.search(self.reading)

    def __repr__(self) -> str:
        return f"{INDEX.findall(self.reading)}, {READ_WHOLE.findall(self.reading)}"


def explained(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}")
        return "".join(f"{line}\n" for (line,) in cursor.fetchall())


def plans_of(client, url: str) -> Plans:
    path, _, query = url.partition("?")
    params: dict[str, list[str]] = {}
    for pair in query.split("&") if query else []:
        name, value = pair.split("=", 1)
        params.setdefault(name, []).append(value)
    with CaptureQueriesContext(connection) as statements:
        response = client.get(path, params)
    assert response.status_code == 200, (url, response.content)
    return Plans(statements)


def missed(client, cases: dict[str, str]) -> dict[str, Plans]:
    """The plans of those that are not served by their index."""
    plans = {url: plans_of(client, url) for url in cases}
    return {url: of for url, of in plans.items() if not of.are_served_by(cases[url])}


@pytest.mark.parametrize("app", LISTS)
def test_lists_are_found_by_an_index(boss, app):
    fill("accounts", app)

    assert not missed(boss, LISTS[app])


@pytest.mark.parametrize(
    ("data", "paths"),
    [
        ("books", ["/books", "/authors"]),
        ("orders", ["/orders", "/api/v2/jobs", "/invoices", "/invoice-items"]),
    ],
)
def test_each_column_of_dbbase_is_found_by_an_index(boss, data, paths):
    fill("accounts", data)

    assert not missed(
        boss, {url: of for path in paths for url, of in dbbase(path).items()}
    )


def test_json_api_is_found_by_an_index(boss):
    fill("accounts", "catalog")

    assert not missed(boss, json_api())


@pytest.mark.parametrize("sort", ["", "-id", "-create_at", "deleted"])
def test_a_far_page_walks_over_ids_in_an_index_alone(boss, sort):
    fill("accounts", "catalog")
    plans = plans_of(boss, f"/api/video?sort={sort}&page[number]=1500")

    assert re.search(r"Limit .*\n *->  Index Only Scan", plans.reading), plans.reading


@pytest.mark.parametrize("app", OWN)
def test_what_is_ones_own_is_found_by_an_index(client_of, app):
    fill("accounts", app)

    assert not missed(client_of(User.objects.get(pk=7)), OWN[app])


@pytest.mark.parametrize("app", WITHOUT_INDEX)
def test_what_no_index_serves_is_known(boss, app):
    """Whatever is served after all has to leave the table."""
    fill("accounts", app)
    served = [u for u in WITHOUT_INDEX[app] if plans_of(boss, u).are_served_by("")]

    assert not served


# Those that wait or run are few: both indexes lead to them at the same price.
WAITING = "job_(due|status|status_desc)"
SWEEPS = {
    "job_due": sweep_jobs,
    "job_mail_due": sweep_mails,
    "tasks_by_start": delete_old_results,
    "accounts_attemptcounter_expires_at_.*": delete_expired_counters,
    "accounts_idempotencykey_stored_at_.*": delete_expired_keys,
    "tokens_by_expiry": delete_expired_tokens,
    f"{WAITING} job_finished_at": lambda: Jobs().by_state(),
    WAITING: Job.objects.oldest_due_seconds,
}


def test_sweeps_and_figures_read_what_is_theirs(db):
    fill("accounts", "orders", "sweeps")
    plans = {}
    for indexes, sweep_rows in SWEEPS.items():
        with CaptureQueriesContext(connection) as statements:
            sweep_rows()
        plans[indexes] = Plans(statements)

    assert not {i: of for i, of in plans.items() if not of.are_served_by(i)}


DELETED = {
    "accounts": ["/admin/accounts/user/19000/delete/"],
    "casting": ["/actors/28", "/movies/28"],
    "bucketlists": ["/bucketlists/28", "/bucketlists/30/items/590"],
    "goals": ["/v1.0/goals/555", "/v1.0/goals/11?cascade=true"],
    "books": ["/books/28", "/authors/197"],
    "orders": ["/orders/28", "/api/v2/jobs/30", "/invoices/28", "/invoice-items/30"],
    "catalog": ["/api/user/u28", "/api/video/v28", "/api/playlist/p28"],
}


@pytest.mark.parametrize("app", DELETED)
def test_a_deletion_looks_up_what_refers_to_the_row(boss, app):
    fill(*{"accounts", app})
    boss.force_login(User.objects.get(pk=BOSS))
    for url in DELETED[app]:
        act = boss.post if url.startswith("/admin") else boss.delete
        with CaptureQueriesContext(connection) as statements:
            response = act(url, {"post": "yes"})
        assert response.status_code in {200, 204, 302}, (url, response.content)
        plans = Plans(statements)
        assert plans.are_served_by(PRIMARY), (url, plans)
