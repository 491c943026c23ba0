"""Measures the size of a row and the cost of a write, for estimates about many users.

It calls the application without a server, one request at a time. So it prints work: CPU
time of Python, and bytes in the database's log (WAL). Only invoices are issued by
several processes, because these wait for each other.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "a-long-password"  # noqa: S105
LINES = [
    {"partCode": f"M{n}", "units": n + 1, "unitPrice": 0.35 + n} for n in range(20)
]
# With fewer rows, the first pages of a table would count too much.
MIN_ROWS = 200
Send = Callable[[int], Any]


class Caller:
    """A client that sends requests from an IP address of its own."""

    def __init__(self, number: int) -> None:
        from django.test import Client

        self.name = f"growth-{number}"
        self.client = Client(REMOTE_ADDR=f"10.0.{number // 250}.{number % 250}")
        self.login = {"email": f"{self.name}@example.com", "password": PASSWORD}
        self.post("/auth/register", self.login)
        login = self.post("/auth/login", self.login)
        self.pk, self.refresh = login["user_id"], login["refresh_token"]
        self.client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {login['access_token']}"

    def post(self, url: str, body: Any, **headers: str) -> Any:
        response = self.client.post(url, body, "application/json", headers=headers)
        if response.status_code >= 400:
            raise RuntimeError(f"{url}: {response.status_code} {response.content!r}")
        return json.loads(response.content)

    def log_in(self, number: int) -> None:
        self.post("/auth/login", self.login)

    def renew(self, number: int) -> None:
        body = {"refresh_token": self.refresh}
        self.refresh = self.post("/auth/refresh", body)["refresh_token"]

    def list_wishes(self, number: int) -> None:
        self.post("/bucketlists/", {"name": f"Places to see before {number}"})

    def set_goal(self, number: int) -> None:
        goal = {"user": self.name, "name": f"Learn thing {number}"}
        self.post("/v1.0/goals", goal)

    def bill(self, number: int) -> int:
        day = {"userId": self.pk, "invoiceDate": "2026-11-21"}
        return int(self.post("/invoices", {**day, "invoiceItems": LINES})["id"])

    def order(self, number: int, **headers: str) -> None:
        body = {"ownerId": self.pk, "description": "Two bolts", "items": LINES[:2]}
        self.post("/api/v2/orders", body, **headers)

    def order_once(self, number: int) -> None:
        self.order(number, idempotency_key=f"{self.name}-{number}")


def scalar(statement: str) -> Any:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


def cost(send: Send, times: int) -> str:
    """Return milliseconds of Python and bytes of the log for each request."""
    send(0)
    position = scalar("SELECT pg_current_wal_insert_lsn()")
    started = time.process_time()
    for number in range(1, times + 1):
        send(number)
    spent = (time.process_time() - started) * 1000 / times
    here = "pg_current_wal_insert_lsn()"
    written = scalar(f"SELECT pg_wal_lsn_diff({here}, '{position}')") / times
    return f"{spent:8.2f} ms {written:8.0f} bytes of WAL"


def costs(caller: Caller, times: int) -> Iterator[tuple[str, str]]:
    yield "log in", cost(caller.log_in, min(times, 50))
    yield "refresh a token", cost(caller.renew, times)
    yield "a bucket list", cost(caller.list_wishes, times)
    yield "a goal", cost(caller.set_goal, times)
    yield "an invoice of 20 items", cost(caller.bill, times)
    yield "an order of 2 items and its job", cost(caller.order, times)
    yield "the same with an Idempotency-Key", cost(caller.order_once, times)


def issue_all(ids: list[int]) -> None:
    from orders.models import Invoice
    from orders.services import issue

    for pk in ids:
        issue(invoice=Invoice(pk=pk))


def issuing(caller: Caller, processes: int, each: int) -> str:
    """Return the invoices per second of processes that share the year's counter."""
    from django.db import connection

    drafts = [[caller.bill(0) for _ in range(each)] for _ in range(processes)]
    children = [multiprocessing.Process(target=issue_all, args=[ids]) for ids in drafts]
    # The children must not share this connection.
    connection.close()
    started = time.monotonic()
    for child in children:
        child.start()
    for child in children:
        child.join()
    return f"{processes * each / (time.monotonic() - started):8.0f} a second"


def weights() -> Iterator[tuple[str, str]]:
    """Yield the bytes of a row and its share of the indexes, for filled tables."""
    from django.apps import apps

    for model in apps.get_models(include_auto_created=True):
        table, rows = model._meta.db_table, model._base_manager.count()
        if rows >= MIN_ROWS:
            size = scalar(f"SELECT pg_total_relation_size('{table}')")
            row = scalar(f"SELECT avg(pg_column_size(t.*)) FROM {table} t")  # noqa: S608
            figure = f"{row:6.0f} bytes, with indexes {size / rows:6.0f}, {rows} rows"
            yield table, figure


def measure(people: int, times: int) -> Iterator[tuple[str, str]]:
    caller = [Caller(number) for number in range(people)][-1]
    yield from costs(caller, times)
    for processes in (1, 2, 4):
        name = f"invoices issued by {processes} processes"
        yield name, issuing(caller, processes, times // 4)
    scalar("VACUUM ANALYZE")
    yield from weights()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=MIN_ROWS)
    parser.add_argument("--times", type=int, default=1000)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ |= {"EMAIL_URL": "dummymail://", "LOG_LEVEL": "ERROR"}
    os.environ |= {"QUINTET_ADDRESS_LIMIT": "1000000", "ACCESS_TOKEN_SECONDS": "86400"}
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    for name, figure in measure(options.people, options.times):
        print(f"{name:<44}{figure}", flush=True)


if __name__ == "__main__":
    main()
