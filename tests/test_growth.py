"""No request reads more rows because more are stored."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.models import User
from bucketlists.models import Bucketlist, Item
from casting.models import Actor, Movie
from goals import querysets
from goals.models import Goal
from goals.views import GoalsView
from media_catalog.models import Author, Book, Creator, Playlist, PlaylistVideo, Video
from orders.models import Invoice, InvoiceItem, Job, Order, OrderItem
from tests.support.factories import UserFactory

TOKEN = "metrics-token-of-24-signs"
FEW, MANY = 200, 3000
TODAY = date(2026, 1, 1)
LISTS = [
    *("/v1.0/users", "/v1.0/goals", "/v1.0/goals?flat=1", "/v1.0/goals?detail=1"),
    "/v1.0/goals?flat=1&status=open&sort=due",
    *("/bucketlists/", "/bucketlists/?items=1", "/bucketlists/?q=a&limit=5&page=2"),
    *("/actors", "/actors?page=2", "/actors/1/movies", "/actors?search=a&sort=-age"),
    *("/movies", "/movies?page=2", f"/movies/{FEW}/actors"),
    *("/books", "/authors", "/orders", "/api/v2/orders", "/api/v2/jobs"),
    *("/invoices", "/invoice-items", '/books?pageConfig={"pageSize": 5}'),
    *("/api/user", "/api/video", "/api/playlist", "/api/video?include=author"),
    *("/api/video/v1", "/api/video/v1/playlists", "/api/user/u1/owned_videos"),
    "/metrics",
]


@pytest.fixture
def boss(db, client_of, settings, monkeypatch):
    settings.QUINTET_MAX_UNPAGED = settings.QUINTET_MAX_LINKAGE = 50
    settings.METRICS_TOKEN = TOKEN
    monkeypatch.setattr(querysets, "CHUNK_SIZE", 100)
    staff = UserFactory.create(id=10**6, is_staff=True, is_superuser=True)
    client = client_of(staff)
    client.force_login(staff)
    return client


def grow(first: int, last: int) -> None:
    """Rows of these numbers in all tables; the first of each has relatives galore."""
    numbers = range(first, last + 1)
    tables: list[list[Any]] = [
        [User(id=n, name=f"u{n}", email=f"u{n}@example.com") for n in numbers],
        [Goal(id=n, user_id=n, name=str(n)) for n in numbers],
        [Bucketlist(id=n, name="a", created_by_id=n) for n in numbers],
        [Item(bucketlist_id=n, name="a") for n in numbers],
        [Actor(id=n, name=f"a{n}", age=9, gender="x") for n in numbers],
        [Movie(id=n, title=f"a{n}", release_date=TODAY) for n in numbers],
        # A movie shows its whole cast: this one is on no page of a list.
        [Movie.actors.through(movie_id=FEW, actor_id=n) for n in numbers if n > 1],
        [Movie.actors.through(movie_id=n, actor_id=1) for n in numbers],
        [Author(id=n, first_name="a", last_name=str(n)) for n in numbers],
        [Book(title=str(n), pub_year=9, author_id=n) for n in numbers],
        [Order(id=n, owner_id=n, description="a", status=2) for n in numbers],
        [OrderItem(order_id=n, part_code="a", units=1, unit_price=1) for n in numbers],
        [Job(id=n, owner_id=n, order_id=n, due_at=timezone.now()) for n in numbers],
        [Invoice(id=n, user_id=n, invoice_date=TODAY, job_id=n) for n in numbers],
        [
            InvoiceItem(invoice_id=n, part_code="a", units=1, unit_price=1)
            for n in numbers
        ],
        [Creator(id=f"u{n}") for n in numbers],
        [Video(id=f"v{n}", author_id="u1") for n in numbers],
        [Playlist(id=f"p{n}", owner_id="u1") for n in numbers],
        [PlaylistVideo(playlist_id=f"p{n}", video_id="v1") for n in numbers],
    ]
    for rows in tables:
        type(rows[0])._default_manager.bulk_create(rows)


class Counter:
    rows = 0


@contextmanager
def rows_read(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    """Count the rows that are read from the database, by any method."""
    counter = Counter()

    def counting(name: str):
        def fetch(cursor: CursorWrapper, *args):
            rows = getattr(cursor.cursor, name)(*args)
            counter.rows += len(rows) if isinstance(rows, list) else rows is not None
            return rows

        return fetch

    def counted(cursor: CursorWrapper):
        for row in cursor.cursor:
            counter.rows += 1
            yield row

    # Whoever looks at statements has them go by Django's cursors.
    with connection.execute_wrapper(look), monkeypatch.context() as patch:
        for name in ("fetchone", "fetchmany", "fetchall"):
            patch.setattr(CursorWrapper, name, counting(name), raising=False)
        patch.setattr(CursorWrapper, "__iter__", counted)
        yield counter


def look(execute, *statement):
    return execute(*statement)


def rows_of(client, url: str, monkeypatch) -> int:
    if url == "/metrics":
        client = Client(headers={"Authorization": f"Bearer {TOKEN}"})
    with rows_read(monkeypatch) as counter:
        response = client.get(url)
        b"".join(response) if response.streaming else response.content
    assert response.status_code == 200, (url, response.content)
    return counter.rows


def pages_of_the_back_office() -> list[str]:
    models = [model._meta for model in admin.site._registry]
    return [f"/admin/{meta.app_label}/{meta.model_name}/" for meta in models]


def test_no_request_reads_more_rows_of_a_larger_table(boss, monkeypatch):
    urls = [*LISTS, *pages_of_the_back_office()]
    grow(1, FEW)
    few = {url: rows_of(boss, url, monkeypatch) for url in urls}
    grow(FEW + 1, MANY)
    many = {url: rows_of(boss, url, monkeypatch) for url in urls}

    assert {url: (few[url], many[url]) for url in urls if many[url] > few[url]} == {}
    assert all(few.values())


def calls_for(path: str) -> int:
    """The functions, C's among them, that are called to draw the trees."""
    counts = {"call": 0, "c_call": 0}

    def count(frame, event: str, of) -> None:
        if event in counts:
            counts[event] += 1

    request = RequestFactory().get(path)
    sys.setprofile(count)
    try:
        response = GoalsView.as_view()(request).render()
    finally:
        sys.setprofile(None)
    assert response.status_code == 200
    return sum(counts.values())


@pytest.mark.parametrize("form", ["", "?detail=1", "?flat=1", "?status=open&sort=due"])
def test_a_tree_ten_times_as_large_is_ten_times_the_work(ada, form):
    def plant(first: int, last: int) -> None:
        Goal.objects.bulk_create(
            Goal(id=n, user=ada, name=f"n{n}", parent_id=n // 3 or None)
            for n in range(first, last + 1)
        )

    plant(1, 100)
    calls_for(f"/v1.0/goals{form}")
    small = calls_for(f"/v1.0/goals{form}")
    plant(101, 1000)

    assert calls_for(f"/v1.0/goals{form}") <= 10.5 * small
