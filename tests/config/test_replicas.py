"""Reads from replicas: a second database plays one, with rows that tell it apart."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import settings as project_settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from config.replica_watch import Replica
from config.replicas import Router, reading_from
from media_catalog.models import Author, Creator, Video
from tests.config.test_probes import until
from tests.support.http import free_port
from tests.support.postgresql import connect
from tests.support.service_processes import Response, Service, database_url
from tests.support.tcp_proxy import TcpProxy

pytestmark = pytest.mark.django_db(transaction=True)
# What PostgreSQL tells of itself, told by a standby that hears nothing any more.
STANDBY = [
    "CREATE FUNCTION public.pg_is_in_recovery() RETURNS bool"
    " LANGUAGE sql AS 'SELECT true'",
    "CREATE FUNCTION public.pg_last_wal_receive_lsn() RETURNS pg_lsn"
    " LANGUAGE sql AS $$SELECT '0/1'::pg_lsn$$",
    "CREATE FUNCTION public.pg_last_wal_replay_lsn() RETURNS pg_lsn"
    " LANGUAGE sql AS $$SELECT '0/1'::pg_lsn$$",
]
BEHIND = """CREATE OR REPLACE FUNCTION public.pg_last_xact_replay_timestamp()
RETURNS timestamptz LANGUAGE sql AS $$SELECT clock_timestamp() - interval '{}'$$"""
SILENT_SINCE = """CREATE FUNCTION public.pg_last_xact_replay_timestamp()
RETURNS timestamptz LANGUAGE sql AS $$SELECT timestamptz '{}'$$"""


class Copy:
    """The test's database once more, as it is now; others may only read it."""

    def __init__(self, folder: Any) -> None:
        self.origin = connection.settings_dict["NAME"]
        self.name = f"{self.origin}_replica"
        self.url = database_url(folder).replace(self.origin, self.name)
        connection.close()
        # Of tests before, too: whoever is connected keeps it from being copied.
        self.end_sessions(self.origin)
        self.drop()
        self.run("postgres", f'CREATE DATABASE "{self.name}" TEMPLATE "{self.origin}"')
        self.alter("SET default_transaction_read_only = on")

    def run(self, database: str, *statements: str) -> list[Any]:
        url = self.url.replace(self.name, database)
        with closing(connect(url)) as client, client.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = off")
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def change(self, *statements: str) -> None:
        self.run(self.name, *statements)

    def alter(self, what: str) -> None:
        self.run("postgres", f'ALTER DATABASE "{self.name}" {what}')

    def disconnect(self) -> None:
        """Like the end of its server: nobody is connected, and nobody may."""
        self.alter("ALLOW_CONNECTIONS false")
        self.end_sessions(self.name)

    def end_sessions(self, database: str) -> None:
        self.run(
            "postgres",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE datname = '{database}'",
        )

    def drop(self) -> None:
        self.run("postgres", f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')


@pytest.fixture
def author() -> Author:
    return Author.objects.create(first_name="Primary", last_name="Row")


@pytest.fixture
def copy(author, tmp_path) -> Iterator[Copy]:
    if connection.vendor != "postgresql":
        pytest.skip("replicas are PostgreSQL's")
    creator = Creator.objects.create(id="c", name="Primary")
    Video.objects.create(id="v", title="Primary", author=creator)
    made = Copy(tmp_path)
    made.change(
        "UPDATE media_catalog_author SET first_name = 'Replica'",
        "UPDATE media_catalog_video SET title = 'Replica'",
    )
    yield made
    made.drop()


Start = Callable[..., Service]


@pytest.fixture
def begin(start) -> Start:
    """Starts a service that reads from the replicas named."""

    def begin(*urls: str, **more: str) -> Service:
        variables = {"QUINTET_ACCESS": "closed", "DATABASE_REPLICA_URL": ",".join(urls)}
        return start(**variables | more)

    return begin


@pytest.fixture
def service(begin, copy) -> Service:
    """A service that has found its replica well."""
    service = begin(copy.url)
    assert until(lambda: checks(service)["replica1"] == "[+]replica1 ok")
    return service


def checks(service: Service) -> dict[str, str]:
    lines = service.get("/readyz?verbose").body.decode().splitlines()
    return {line[3:].split()[0]: line for line in lines[:-1]}


def token(service: Service) -> dict[str, str]:
    """The headers of one who may change the catalog."""
    given = service.login("eve@example.com", "quite-secret-1")
    User.objects.update(is_superuser=True)
    return {"Authorization": f"Bearer {given}"}


def first_name(response: Response) -> str:
    assert response.status == 200, response.body
    return response.json()["firstName"]


def test_only_those_without_token_and_session_read_from_the_replica(service, author):
    url = f"/authors/{author.pk}"
    assert first_name(service.get(url)) == "Replica"
    for page in ("/authors", "/api/video", "/api/video/v", "/api/user/c/owned_videos"):
        body = service.get(page).body
        assert b"Replica" in body, page
        assert b"Primary" not in body, page
    tag = service.get(url).headers["ETag"]
    assert service.call("HEAD", url).headers["ETag"] == tag
    assert service.get(url, If_None_Match=tag).status == 304

    assert first_name(service.get(url, **token(service))) == "Primary"
    assert first_name(service.get(url, Cookie="sessionid=none")) == "Primary"


def test_writes_see_each_other_and_never_reach_the_replica(service, author, copy):
    mine, url = token(service), f"/authors/{author.pk}"
    for name in ("N1", "N2", "N3"):
        body = {"firstName": name, "lastName": "Row"}
        pk = service.call("POST", "/authors", body, **mine).json()["id"]
        assert first_name(service.get(f"/authors/{pk}", **mine)) == name
        assert service.get(f"/authors/{pk}").status == 404
    stale = service.get(url).headers["ETag"]
    true = service.get(url, **mine).headers["ETag"]
    change = {"firstName": "New"}
    for tag, status in [(stale, 412), (true, 200), (true, 412)]:
        response = service.call("PATCH", url, change, If_Match=tag, **mine)
        assert response.status == status
    assert service.call("DELETE", url, **mine).status == 200

    rows = "SELECT first_name FROM media_catalog_author ORDER BY id"
    assert copy.run(copy.name, rows) == [("Replica",)]
    names = [("N1",), ("N2",), ("N3",)]
    assert copy.run(copy.origin, rows) == names
    password = {"old_password": "quite-secret-1", "new_password": "quite-secret-2"}
    assert service.call("POST", "/auth/password", password, **mine).status == 200
    assert service.get(url, **mine).status == 401


def test_a_replica_that_was_never_there_is_survived(begin, author, copy):
    service = begin(f"postgres://nobody@127.0.0.1:{free_port()}/gone", copy.url)
    assert until(lambda: checks(service)["replica2"] == "[+]replica2 ok")

    responses = [service.get(f"/authors/{author.pk}") for _ in range(20)]
    assert {first_name(response) for response in responses} == {"Replica"}
    assert checks(service)["replica1"] == "[ ]replica1 skipped: it does not respond"
    assert service.get("/readyz").body == b"ok\n"


def test_what_a_replica_cannot_answer_the_primary_does(service, author, copy):
    url = f"/authors/{author.pk}"
    # As when a statement is in the way of what it has to replay: the replica is well.
    copy.change("ALTER TABLE media_catalog_author RENAME TO elsewhere")
    for _ in range(3):
        assert until(lambda: checks(service)["replica1"] == "[+]replica1 ok")
        assert first_name(service.get(url)) == "Primary"
    copy.change("ALTER TABLE elsewhere RENAME TO media_catalog_author")
    assert until(lambda: first_name(service.get(url)) == "Replica")

    copy.disconnect()
    assert {first_name(service.get(url)) for _ in range(20)} == {"Primary"}
    assert until(lambda: "does not respond" in checks(service)["replica1"])
    assert service.get("/readyz").status == 200
    copy.alter("ALLOW_CONNECTIONS true")
    assert until(lambda: first_name(service.get(url)) == "Replica")
    service.wait_for_line("replica1 is skipped: it does not respond")


def test_a_replica_that_is_far_behind_is_skipped_until_it_is_not(begin, author, copy):
    copy.change(*STANDBY, BEHIND.format("60 s"))
    # Now these functions are found before PostgreSQL's own.
    copy.alter("SET search_path = public, pg_catalog")
    service = begin(copy.url, QUINTET_REPLICA_LAG_SECONDS="40")
    url, late = f"/authors/{author.pk}", "[ ]replica1 skipped: it is 60 s behind"
    assert until(lambda: checks(service)["replica1"] == late)
    assert first_name(service.get(url)) == "Primary"

    copy.change(BEHIND.format("20 s"))
    assert until(lambda: first_name(service.get(url)) == "Replica")


@pytest.fixture
def proxy(copy) -> Iterator[TcpProxy]:
    """A way to PostgreSQL that can be cut or fall silent."""
    database = connection.settings_dict
    proxy = TcpProxy((database["HOST"], int(database["PORT"])))
    yield proxy
    proxy.resume()
    proxy.cut()


def through(proxy: TcpProxy, url: str) -> str:
    return re.sub(r"@[^/]+/", f"@127.0.0.1:{proxy.port}/", url)


def timed(service: Service, url: str) -> tuple[str, float]:
    started = time.monotonic()
    name = first_name(service.get(url))
    return name, time.monotonic() - started


def test_a_replica_that_falls_silent_delays_no_request_for_long(
    begin, author, copy, proxy
):
    service = begin(through(proxy, copy.url), WEB_THREADS="4")
    url = f"/authors/{author.pk}"
    assert until(lambda: checks(service)["replica1"] == "[+]replica1 ok")
    with ThreadPoolExecutor(8) as pool:
        read = partial(timed, service, url)
        assert {name for name, _ in pool.map(lambda _: read(), range(8))} == {"Replica"}
        proxy.silence()
        # Twice as many as there are threads.
        waited = list(pool.map(lambda _: read(), range(8)))
    assert {name for name, _ in waited} == {"Primary"}
    assert max(seconds for _, seconds in waited) < 8

    assert until(lambda: "does not respond" in checks(service)["replica1"])
    assert max(timed(service, url) for _ in range(5))[1] < 2
    proxy.resume()
    assert until(lambda: first_name(service.get(url)) == "Replica")


def test_the_catalog_stays_readable_while_the_primary_is_gone(
    begin, author, copy, proxy, tmp_path
):
    copy.change(*STANDBY, SILENT_SINCE.format(timezone.now() - timedelta(seconds=60)))
    copy.alter("SET search_path = public, pg_catalog")
    service = begin(
        copy.url,
        DATABASE_URL=through(proxy, database_url(tmp_path)),
        QUINTET_REPLICA_OUTAGE_SECONDS="90",
    )
    url, mine = f"/authors/{author.pk}", token(service)
    assert until(lambda: "s behind" in checks(service)["replica1"])
    response = service.get(url)
    assert (first_name(response), response.headers["X-Data-Age"]) == ("Primary", None)

    proxy.cut()
    assert until(lambda: service.get(url).status == 200)
    for path in (url, "/authors", "/api/video", "/api/video/v", "/books"):
        response = service.get(path)
        assert response.status == 200, path
        assert 60 <= int(response.headers["X-Data-Age"]) <= 91
    book = {"authorId": author.pk, "title": "New", "pubYear": 2001}
    for method, path, headers in [
        ("POST", "/books", mine),
        ("POST", "/books", {}),
        ("PATCH", url, mine),
        ("GET", url, mine),
        ("GET", "/bucketlists/", mine),
        ("POST", "/auth/login", {}),
    ]:
        response = service.call(method, path, book, **headers)
        assert response.status == 503, path
        assert response.headers["Retry-After"] == "1"
        assert response.headers["X-Data-Age"] is None
    assert service.get("/livez").status == 200
    assert until(lambda: service.get(url).status == 503, 400)

    proxy.open()
    assert until(lambda: service.get("/readyz").status == 200)
    assert until(lambda: service.call("PATCH", url, {}, **mine).status == 200)
    assert service.get(url).headers["X-Data-Age"] is None
    service.wait_for_line("The primary does not respond: only replicas are read")


def test_only_the_catalog_and_only_outside_of_transactions():
    router, replica = Router(), Replica("replica1")
    assert router.db_for_read(Author) == "default"
    with reading_from(replica):
        assert router.db_for_read(Author) == "replica1"
        assert router.db_for_read(User) == "default"
        assert router.db_for_write(Author) == "default"
        with transaction.atomic():
            assert router.db_for_read(Author) == "default"
    assert not router.allow_migrate("replica1", "media_catalog")


def test_without_replicas_nothing_is_in_the_way():
    assert project_settings.DATABASE_ROUTERS == []
    assert not any("replica" in name.lower() for name in project_settings.MIDDLEWARE)
