"""Rows of all systems at once, drawn by Hypothesis; and how DRF would show them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NoReturn
from unittest.mock import patch

from hypothesis import strategies as st
from rest_framework import serializers

from accounts.models import User
from bucketlists.models import Bucketlist, Item
from casting.models import Actor, Movie
from common import json, revalidation, statements
from common.serializers import QuickModelSerializer
from dialects.base import Dialect
from goals import views as goal_views
from goals.models import Goal
from goals.trees import Forest, Node, nest
from media_catalog.models import Author, Book, Creator, Playlist, Video
from orders.models import Invoice, InvoiceCounter, InvoiceItem, Job, Order, OrderItem

# Rows


def few(rows: Any, most: int = 3) -> Any:
    return st.lists(rows, max_size=most)


SIGNS = "ab é\u2028\u2029\N{GRINNING FACE}\"\\\n/<&'\x7f\u0301"
NAMES = st.text(SIGNS, min_size=1, max_size=5) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    min_size=1,
    max_size=5,
)
TEXTS = st.just("") | NAMES
DATES = st.dates(date(1901, 1, 1), date(2101, 1, 1))
TIMES = st.sampled_from(
    [
        datetime(2026, 3, 1, tzinfo=UTC),
        datetime(2026, 3, 1, 0, 0, 0, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ]
) | st.datetimes(datetime(1902, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
INT32 = st.integers(-(2**31), 2**31 - 1)
LATER = st.none() | st.timedeltas(timedelta(), timedelta(days=9999))
PLACES = st.integers(0, 99)
PLACE = st.none() | PLACES
LINES = few(st.tuples(NAMES, st.integers(1, 9), st.integers(0, 10**12 - 1)))

WORLDS = st.fixed_dictionaries(
    {
        "books": st.tuples(
            few(st.tuples(TEXTS, TEXTS)),
            few(st.tuples(PLACES, TEXTS, st.none() | TEXTS, INT32), 4),
        ),
        "movies": st.tuples(
            few(st.tuples(NAMES, st.integers(0, 150), NAMES)),
            few(st.tuples(NAMES, DATES, st.sets(PLACES, max_size=3))),
        ),
        "catalog": st.tuples(
            *(
                st.lists(
                    st.tuples(
                        NAMES,
                        st.none() | TEXTS,
                        st.none() | TIMES,
                        st.none() | TIMES,
                        st.none() | INT32,
                        PLACE,
                        st.sets(PLACES, max_size=4),
                    ),
                    max_size=4,
                    unique_by=lambda row: row[0],
                )
                for _ in range(3)
            )
        ),
        "bucketlists": few(
            st.tuples(
                NAMES,
                few(st.tuples(NAMES, st.integers(0, 3), st.none() | TIMES), 4),
            )
        ),
        "goals": st.lists(
            st.tuples(
                NAMES,
                PLACE,
                TEXTS,
                TIMES,
                LATER,
                st.none() | DATES,
                st.none() | st.integers(-1, 1),
                st.none() | TIMES,
            ),
            max_size=6,
            unique_by=lambda row: row[0],
        ),
        "orders": few(st.tuples(NAMES, TIMES, st.integers(0, 2), LINES)),
        "jobs": few(st.tuples(PLACES, st.integers(0, 4), TIMES, TEXTS, PLACES)),
        "invoices": few(
            st.tuples(DATES, PLACE, st.none() | TIMES, LINES, st.integers(0, 9)), 4
        ),
    }
)


def at(rows: list[Any], place: int | None) -> Any:
    return None if place is None or not rows else rows[place % len(rows)]


def store(world: dict[str, Any], users: list[User]) -> None:
    """Writes the rows, which belong to the users in turn."""
    store_books(*world["books"])
    store_movies(*world["movies"])
    store_catalog(*world["catalog"])
    store_bucketlists(world["bucketlists"], users)
    store_goals(world["goals"], users)
    store_orders(world, users)


def store_books(authors: list[Any], books: list[Any]) -> None:
    written = [Author.objects.create(first_name=a, last_name=b) for a, b in authors]
    for place, title, isbn, year in books if written else ():
        author = at(written, place)
        Book.objects.create(author=author, title=title, isbn=isbn, pub_year=year)


def store_movies(actors: list[Any], movies: list[Any]) -> None:
    cast = [Actor.objects.create(name=n, age=a, gender=g) for n, a, g in actors]
    for title, day, places in movies:
        movie = Movie.objects.create(title=title, release_date=day)
        movie.actors.set({at(cast, place) for place in places if cast})


def store_catalog(*parts: list[Any]) -> None:
    found: list[list[Any]] = []
    for model, rows in zip((Creator, Video, Playlist), parts, strict=True):
        found.append([])
        for pk, text, created, updated, deleted, place, places in rows:
            owner = at(found[0], place) if found[1:] else None
            own: dict[str, Any] = {
                Creator: {"name": text},
                Video: {"title": text, "author": owner},
                Playlist: {"title": text, "owner": owner},
            }[model]
            row: Any = model._default_manager.create(
                id=pk, create_at=created, update_at=updated, deleted=deleted, **own
            )
            if model is Playlist and found[1]:
                row.videos.set({at(found[1], number) for number in places})
            found[-1].append(row)


def store_bucketlists(lists: list[Any], users: list[User]) -> None:
    for number, (name, items) in enumerate(lists):
        owner = at(users, number)
        bucketlist = Bucketlist.objects.create(name=name, created_by=owner)
        for text, position, done_at in items:
            done = {"done": done_at is not None, "done_at": done_at}
            bucketlist.items.create(name=text, position=position, **done)


def store_goals(goals: list[Any], users: list[User]) -> None:
    written: list[Goal] = []
    for name, above, text, start, later, due, position, archived in goals:
        parent = at(written, above)
        written.append(
            Goal.objects.create(
                user=parent.user if parent else at(users, len(written)),
                parent=parent,
                name=name,
                description=text,
                start=start,
                end=later and start + later,
                due=due,
                position=position,
                archived=archived,
            )
        )


def store_orders(world: dict[str, Any], users: list[User]) -> None:
    orders: list[Order] = []
    for text, moment, status, lines in world["orders"]:
        owner = at(users, len(orders))
        columns: Any = {"ordered_at": moment, "status": status}
        orders.append(Order.objects.create(owner=owner, description=text, **columns))
        store_lines(OrderItem, lines, order=orders[-1])
    jobs = [job_of(at(orders, row[0]), *row[1:]) for row in world["jobs"] if orders]
    unused = list(jobs)
    for number, (day, place, issued_at, lines, sign) in enumerate(world["invoices"]):
        job = at(unused, place)
        if job:
            unused.remove(job)
        user = at(users, number)
        invoice = Invoice.objects.create(user=user, invoice_date=day, job=job)
        store_lines(InvoiceItem, lines, -1 if sign > 6 else 1, invoice=invoice)
        if issued_at and lines:
            year = issued_at.year
            InvoiceCounter.objects.get_or_create(year=year)
            InvoiceCounter.objects.filter(year=year).update(last=number + 1)
            Invoice.objects.filter(pk=invoice.pk).update(
                issued_at=issued_at,
                year=year,
                sequence=number + 1,
                billed_name="x",
                billed_email="x@example.com",
                seller="us",
            )


def store_lines(model: Any, lines: list[Any], sign: int = 1, **owner: Any) -> None:
    for code, units, cents in lines:
        price = Decimal(cents) / 100
        model.objects.create(
            part_code=code, units=sign * units, unit_price=price, **owner
        )


def job_of(order: Order, status: int, start: datetime, error: str, share: int) -> Job:
    is_over = status > 1
    return Job.objects.create(
        order=order,
        owner=order.owner,
        status=status,
        started_at=start,
        finished_at=start if is_over else None,
        due_at=None if is_over else start,
        error=error,
        progress=share,
    )


# The other way

DRF_SHOWS = serializers.Serializer.to_representation


@contextmanager
def drawn_by_drf() -> Iterator[None]:
    """Without a plan, a kept statement or a quick writer: Django and DRF alone."""
    with (
        patch.object(Dialect, "plan_for", lambda *_: None),
        patch.object(statements, "shape_of", refuse_shape),
        patch.object(json, "dumps", refuse_document),
        patch.object(QuickModelSerializer, "to_representation", DRF_SHOWS),
        patch.object(goal_views, "nest_names", nest_nodes),
        patch.object(revalidation, "answered", lambda request, view, make: make()),
    ):
        yield


def refuse_shape(*_: Any) -> NoReturn:
    raise statements.UnknownShape


def refuse_document(*_: Any, **__: Any) -> NoReturn:
    raise TypeError


def nest_nodes(users: Any, rows: Any) -> Any:
    nodes = [
        Node(pk, parent, user, name, None, None, archived)
        for pk, parent, user, name, archived in rows
    ]
    return nest(users, Forest(nodes))


MODELS = [Author, Book, Actor, Movie, Creator, Video, Playlist, Bucketlist, Item, Goal]
MODELS += [Order, OrderItem, Job, Invoice, InvoiceItem]
