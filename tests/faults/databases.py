"""Databases for the tests, and what must be true of the jobs in them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from django.db import OperationalError

from tests.support.postgresql import connect

QUEUED, RUNNING, FINISHED, FAILED, CANCELLED = range(5)
USERS = ("root", "postgres")


class Database:
    url: str

    def connect(self) -> Any:
        raise NotImplementedError

    def copy(self, folder: Path) -> Database:
        raise NotImplementedError

    def drop(self) -> None:
        raise NotImplementedError

    def rows(self, sql: str) -> list[Any]:
        with closing(self.connect()) as connection:
            cursor = connection.cursor()
            cursor.execute(sql)
            return list(cursor.fetchall())

    def value(self, sql: str) -> Any:
        return self.rows(sql)[0][0]

    def count(self, status: int) -> int:
        sql = f"SELECT count(*) FROM orders_job WHERE status = {status}"
        return int(self.value(sql))

    def job(self, pk: int) -> tuple[int, int, str]:
        """Its status, attempts and error."""
        sql = f"SELECT status, attempts, error FROM orders_job WHERE id = {pk}"
        [row] = self.rows(sql)
        return tuple(row)

    def is_over(self) -> bool:
        """Asks once: a job may go from running to queued between two questions."""
        return not self.rows(
            f"SELECT id FROM orders_job WHERE status IN ({QUEUED}, {RUNNING})"
        )

    def amounts(self, sql: str) -> Decimal:
        pairs = self.rows(sql)
        return sum((Decimal(units) * cents(price) for units, price in pairs), Decimal())


class SqliteDatabase(Database):
    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"sqlite:///{path}"

    def connect(self) -> Any:
        return sqlite3.connect(self.path, timeout=20)

    def copy(self, folder: Path) -> Database:
        # All of its log is in the file once the last connection is closed.
        target = folder / "quintet.sqlite3"
        with closing(self.connect()) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)
        return SqliteDatabase(target)

    def drop(self) -> None:
        self.path.unlink()


class PostgresDatabase(Database):
    def __init__(self, server: str, name: str) -> None:
        self.server, self.name = server, name
        self.url = f"{server}/{name}"

    @staticmethod
    def find() -> str | None:
        for user in USERS:
            server = f"postgres://{user}@127.0.0.1:5432"
            try:
                connect(f"{server}/postgres").close()
            except OperationalError:
                continue
            return server
        return None

    @classmethod
    def answers(cls) -> bool:
        return cls.find() is not None

    @classmethod
    def new(cls, server: str | None = None) -> PostgresDatabase:
        database = cls(server or cls.find() or "", f"quintet_faults_{uuid4().hex[:8]}")
        database.manage(f"CREATE DATABASE {database.name}")
        return database

    def connect(self) -> Any:
        return connect(self.url)

    def copy(self, folder: Path) -> Database:
        database = PostgresDatabase(self.server, f"quintet_faults_{uuid4().hex[:8]}")
        self.manage(f"CREATE DATABASE {database.name} TEMPLATE {self.name}")
        return database

    def drop(self) -> None:
        self.manage(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def manage(self, sql: str) -> None:
        with closing(connect(f"{self.server}/postgres")) as connection:
            connection.cursor().execute(sql)

    @property
    def port(self) -> int:
        return urlsplit(self.server).port or 5432


def cents(price: Any) -> Decimal:
    return Decimal(str(price)).quantize(Decimal("0.01"))


def check(database: Database, accepted: list[int], *, exact: bool = True) -> None:
    """Each accepted order ended with one finished job and one invoice, as ordered.

    Not `exact`: others may have been stored whose answer did not arrive.
    """
    ids = {pk for (pk,) in database.rows("SELECT id FROM orders_job WHERE status = 2")}
    assert len(accepted) == len(set(accepted))
    assert set(accepted) <= ids
    if exact:
        assert ids == set(accepted)
    assert database.is_over()
    orphans = (
        "SELECT id FROM orders_order WHERE id NOT IN (SELECT order_id FROM orders_job)"
    )
    assert database.rows(orphans) == []
    invoices = database.rows("SELECT job_id FROM orders_invoice")
    assert sorted(pk for (pk,) in invoices) == sorted(ids)
    ordered = database.amounts(
        "SELECT units, unit_price FROM orders_orderitem i"
        " JOIN orders_job j ON j.order_id = i.order_id WHERE j.status = 2"
    )
    billed = database.amounts("SELECT units, unit_price FROM orders_invoiceitem")
    assert billed == ordered > 0
