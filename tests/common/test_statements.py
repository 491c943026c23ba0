"""What `rows_of` reads is what `values_list` would have read, one statement a shape."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, F, Q, Value
from django.db.models.functions import Lower, Now

from bucketlists.models import Bucketlist, Item
from casting.models import Actor, Movie
from common import statements
from common.statements import Instances, rows_of, tuples
from goals.models import Goal
from media_catalog.models import Author, Book, Creator, Video
from orders.models import OrderItem
from tests.orders.factories import OrderFactory

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
COLUMNS: dict[Any, list[str]] = {
    Actor: ["id", "name", "age", "movies__title"],
    Author: ["id", "last_name", "pk"],
    Book: ["title", "id", "pub_year", "isbn", "author_id", "author__last_name"],
    Goal: ["pk", "parent_id", "due", "start", "end", "archived", "user__name"],
    Item: ["name", "done", "done_at", "bucketlist__name"],
    Movie: ["id", "release_date"],
    OrderItem: ["id", "unit_price", "units", "order__ordered_at"],
    Video: ["pk", "title", "create_at", "author__name"],
}


@pytest.fixture(autouse=True)
def no_statements(monkeypatch) -> None:
    monkeypatch.setattr(statements, "statements", {})


@pytest.fixture(autouse=True)
def rows(db, ada, bob) -> None:
    authors = Author.objects.bulk_create(
        Author(id=n, first_name=f"F{n}", last_name=f"L{n % 2}") for n in (1, 2, 3)
    )
    Book.objects.bulk_create(
        Book(
            id=n,
            title=f"T{n}",
            pub_year=1990 + n,
            isbn=None if n % 2 else f"{n}",
            author=authors[n % 3],
        )
        for n in range(1, 8)
    )
    for n, user in enumerate([ada, bob, ada], 1):
        moment = NOON + timedelta(days=n)
        Goal.objects.create(
            user=user,
            name=f"g{n}",
            start=NOON,
            end=moment if n > 1 else None,
            due=moment.date(),
            position=n if n > 1 else None,
        )
        bucketlist = Bucketlist.objects.create(name=f"b{n}", created_by=user)
        Item.objects.create(bucketlist=bucketlist, name="open")
        Item.objects.create(
            bucketlist=bucketlist, name="done", done=True, done_at=moment
        )
        actor = Actor.objects.create(name=f"A{n}", age=n * 10, gender="x")
        movie = Movie.objects.create(title=f"M{n}", release_date=date(2000 + n, 1, 31))
        movie.actors.set(Actor.objects.filter(pk__lte=actor.pk))
        creator = Creator.objects.create(id=f"c{n}", name=f"C{n}")
        Video.objects.create(id=f"v{n}", title=None, author=creator, create_at=moment)
    Video.objects.create(id="v9", title="", author=None)
    order = OrderFactory.create(owner=ada)
    for cents in (0, 1, 199, 2000):
        price = Decimal(cents) / 100
        OrderItem.objects.create(order=order, part_code="x", units=1, unit_price=price)


def author(pk: int = 1) -> Author:
    return Author.objects.get(pk=pk)


# Shapes that are known, each as queries that differ in values alone.
KNOWN: dict[str, Any] = {
    "all": lambda: [Book.objects.all(), Book.objects.all()],
    "by id": lambda: [Book.objects.filter(pk=1), Book.objects.filter(id=2)],
    "by text": lambda: [Book.objects.filter(title=title) for title in ("T1", "", "é")],
    "gt": lambda: [Book.objects.filter(pub_year__gt=1993)],
    "gte": lambda: [Book.objects.filter(pub_year__gte=1993)],
    "lt": lambda: [Book.objects.filter(pub_year__lt=1993)],
    "lte": lambda: [Book.objects.filter(pub_year__lte=1993)],
    "fraction": lambda: [Book.objects.filter(pub_year__gte=1992.5)],
    "two": lambda: [Book.objects.filter(pub_year__gt=1991, title="T5")],
    "chained": lambda: [Book.objects.filter(pk__gt=1).filter(pk__lt=5)],
    "or": lambda: [Book.objects.filter(Q(pk=1) | Q(title="T3"))],
    "nested": lambda: [Book.objects.filter(Q(pk__gt=2) & (Q(pk=3) | ~Q(isbn="4")))],
    "not": lambda: [Book.objects.exclude(pk=3), Book.objects.filter(~Q(pk=4))],
    "not a null": lambda: [Book.objects.exclude(isbn="2")],
    "not in": lambda: [Book.objects.exclude(isbn__in=["2", "4"])],
    "null": lambda: [Book.objects.filter(isbn=None)],
    "no null": lambda: [Book.objects.filter(isbn__isnull=False)],
    "in": lambda: [Book.objects.filter(pk__in=ids) for ids in ([1, 2], (3, 4), {5, 6})],
    "in with a null": lambda: [Book.objects.filter(isbn__in=["2", None])],
    "in with a double": lambda: [Book.objects.filter(pk__in=[1, 1, 2, 2, 2])],
    "in rows": lambda: [Book.objects.filter(author__in=[author(1), author(2)])],
    "in ids": lambda: [Book.objects.filter(author_id__in=iter([1, 3]))],
    "instance": lambda: [Book.objects.filter(author=author(n)) for n in (1, 2)],
    "key": lambda: [Book.objects.filter(author=2)],
    "join": lambda: [Book.objects.filter(author__last_name="L1")],
    "join twice": lambda: [
        Movie.objects.filter(actors__name="A1").filter(actors__name="A2")
    ],
    "many to many": lambda: [Movie.objects.filter(actors=actor_id(n)) for n in (0, 2)],
    "link": lambda: [Movie.actors.through.objects.filter(movie_id__in=[1, 2])],
    "back": lambda: [Actor.objects.filter(movies__title="M2")],
    "or across": lambda: [Video.objects.filter(Q(author__name="C1") | Q(id="v9"))],
    "null across": lambda: [Video.objects.filter(author__name=None)],
    "related": lambda: [author(n).books.all() for n in (1, 2)],
    "slice": lambda: [Book.objects.all()[n : n + 2] for n in (0, 1, 5, 90)],
    "limit": lambda: [Book.objects.filter(pk__gt=1)[:n] for n in (1, 3, 99)],
    "slice of a slice": lambda: [Book.objects.all()[1:6][2:4]],
    "sorted": lambda: [Book.objects.order_by("isbn", "-pub_year")[:4]],
    "sorted across": lambda: [Book.objects.order_by("-author__last_name", "id")],
    "sorted by the other": lambda: [Book.objects.order_by("author", "-pk")],
    "sorted by nothing": lambda: [Author.objects.order_by()],
    "reversed": lambda: [Book.objects.order_by("id").reverse()[:3]],
    "nulls last": lambda: [Goal.objects.order_by(F("position").desc(nulls_last=True))],
    "nulls first": lambda: [Goal.objects.order_by(F("end").asc(nulls_first=True))],
    "day": lambda: [Goal.objects.filter(due=date(2026, 3, n)) for n in (2, 3)],
    "days": lambda: [Goal.objects.filter(due__gte=date(2026, 3, 3))],
    "time": lambda: [Goal.objects.filter(end=NOON + timedelta(days=n)) for n in (2, 3)],
    "after": lambda: [Goal.objects.filter(end__gt=NOON + timedelta(days=2))],
    "money": lambda: [OrderItem.objects.filter(unit_price=p) for p in ("1.99", 20)],
    "more money": lambda: [OrderItem.objects.filter(unit_price__gte=Decimal("1.99"))],
    "joined along": lambda: [Book.objects.select_related("author").filter(pk=1)],
    "only": lambda: [Book.objects.only("title").filter(pk=2)],
    "fetched along": lambda: [Author.objects.prefetch_related("books")],
}
# What the ORM writes each time.
UNKNOWN: dict[str, Any] = {
    "none": lambda: Book.objects.none(),
    "empty slice": lambda: Book.objects.all()[3:3],
    "open slice": lambda: Book.objects.all()[3:],
    "in nothing": lambda: Book.objects.filter(pk__in=[]),
    "not in nothing": lambda: Book.objects.exclude(pk__in=[]),
    "in nulls": lambda: Book.objects.filter(isbn__in=[None]),
    "in a query": lambda: Book.objects.filter(author__in=Author.objects.filter(pk=1)),
    "in expressions": lambda: Book.objects.filter(pk__in=[F("author_id"), 5]),
    "flag": lambda: Item.objects.filter(done=True),
    "no flag": lambda: Item.objects.exclude(done=True),
    "xor": lambda: Book.objects.filter(Q(pk=1) ^ Q(title="T3")),
    "begins": lambda: Book.objects.filter(title__startswith="T"),
    "holds": lambda: Book.objects.filter(title__icontains="t"),
    "between": lambda: Book.objects.filter(pub_year__range=(1992, 1994)),
    "part of a date": lambda: Movie.objects.filter(release_date__year=2002),
    "column": lambda: Book.objects.filter(pk__gt=F("author_id")),
    "function": lambda: Goal.objects.filter(end__lt=Now()),
    "many and not": lambda: Movie.objects.exclude(actors__name="A3"),
    "distinct": lambda: Book.objects.order_by("author_id").distinct(),
    "annotated": lambda: Author.objects.annotate(n=Count("books")).filter(n__gt=1),
    "alias": lambda: Book.objects.alias(x=Value(1)).filter(x=1),
    "union": lambda: (
        Book.objects.filter(pk=1)
        .order_by()
        .union(Book.objects.filter(pk=2).order_by())
        .order_by("id")
    ),
    "sorted by text": lambda: Book.objects.order_by(Lower("title")),
    "too large": lambda: Book.objects.filter(pub_year=2**70),
    "larger": lambda: Book.objects.filter(pub_year__gt=2**70),
    "smaller": lambda: Book.objects.filter(pub_year__lt=2**70),
}


def actor_id(place: int) -> int:
    return Actor.objects.order_by("pk")[place].pk


def columns_of(queryset: Any) -> list[str]:
    known = COLUMNS.get(queryset.model, ["movie_id", "actor_id"])
    is_joined = queryset.query.combinator
    return [name for name in known if not (is_joined and "__" in name)]


def plain(queryset: Any) -> list[Any]:
    return list(queryset.values_list(*columns_of(queryset)))


@pytest.mark.parametrize("name", KNOWN)
def test_one_statement_reads_what_the_orm_reads_for_all_values(name):
    for query in [*KNOWN[name](), *KNOWN[name]()]:
        found = rows_of(query, columns_of(query))

        assert found == plain(query)
        assert all(type(row) is tuple for row in found)
    assert [bool(found) for found in statements.statements.values()] == [True]


@pytest.mark.parametrize("name", UNKNOWN)
def test_the_orm_reads_what_has_no_known_shape(name):
    query = UNKNOWN[name]
    for _ in "ab":
        assert rows_of(query(), columns_of(query())) == plain(query())
    assert not any(statements.statements.values())


def test_each_gets_its_own_rows_of_the_one_statement():
    def titles(pk: int, size: int) -> list[Any]:
        return rows_of(Book.objects.filter(pk__gte=pk)[:size], ["id"])

    assert titles(1, 2) == [(1,), (2,)]
    assert titles(3, 1) == [(3,)]
    assert titles(7, 9) == [(7,)]
    assert len(statements.statements) == 1


DIFFERENT = [
    lambda: Book.objects.filter(pk=1),
    lambda: Book.objects.exclude(pk=1),
    lambda: Book.objects.filter(pk__gt=1),
    lambda: Book.objects.filter(pk__in=[1]),
    lambda: Book.objects.filter(pk__in=[1, 2]),
    lambda: Book.objects.filter(pub_year=1991),
    lambda: Book.objects.filter(author=1),
    lambda: Book.objects.filter(pk=1, pub_year=1991),
    lambda: Book.objects.filter(Q(pk=1) | Q(pub_year=1991)),
    lambda: Book.objects.filter(isbn__isnull=True),
    lambda: Book.objects.filter(isbn__isnull=False),
    lambda: Book.objects.filter(author__last_name="L1"),
    lambda: Book.objects.filter(author__first_name="F1"),
    lambda: Book.objects.filter(Q(author__last_name="L1") | Q(pk=1)),
    lambda: Book.objects.all(),
    lambda: Book.objects.all()[:3],
    lambda: Book.objects.order_by("-id"),
    lambda: Book.objects.order_by("pub_year"),
    lambda: Book.objects.order_by(),
    lambda: Book.objects.order_by("id").reverse(),
    lambda: Book.objects.order_by(F("isbn").asc()),
    lambda: Book.objects.order_by(F("isbn").asc(nulls_last=True)),
    lambda: Book.objects.order_by(F("isbn").asc(nulls_first=True)),
    lambda: Book.objects.order_by(F("isbn").desc()),
    lambda: Author.objects.all(),
    lambda: Author.objects.filter(books=1),
    lambda: Author.objects.filter(books__pk=1, books__title="T1"),
    lambda: Author.objects.filter(books__pk=1).filter(books__title="T1"),
]


def test_what_differs_in_more_than_values_has_another_statement():
    for query in DIFFERENT:
        rows_of(query(), ["pk"])
    rows_of(Book.objects.all(), ["title"])
    rows_of(Book.objects.all(), ["title", "pk"])

    assert len(statements.statements) == len(DIFFERENT) + 2


def test_no_more_statements_are_kept_than_a_number(monkeypatch):
    monkeypatch.setattr(statements, "MOST_STATEMENTS", 3)
    for number in range(1, 9):
        ids = list(range(number))
        assert rows_of(Book.objects.filter(pk__in=ids), ["pk"]) == [
            (pk,) for pk in ids if 1 <= pk <= 7
        ]
        assert len(statements.statements) <= 3


def test_a_thread_may_forget_what_another_is_about_to_use(monkeypatch):
    """It is as if the other thread came between any two steps."""

    class Forgetful(dict[Any, Any]):
        def get(self, *args: Any) -> Any:
            found = super().get(*args)
            self.clear()
            return found

        def __setitem__(self, *args: Any) -> None:
            super().__setitem__(*args)
            self.clear()

    monkeypatch.setattr(statements, "statements", Forgetful())
    for _ in "ab":
        assert rows_of(Book.objects.filter(pk=1), ["pk"]) == [(1,)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="In memory it has one user.")
def test_threads_share_statements(monkeypatch):
    monkeypatch.setattr(statements, "MOST_STATEMENTS", 2)
    wrong: list[Any] = []

    def read(seed: int) -> None:
        for number in range(30):
            ids = [1, 2, 3, 4][: 1 + (seed + number) % 4]
            found = rows_of(Book.objects.filter(pk__in=ids), ["pk"])
            if found != [(pk,) for pk in ids]:
                wrong.append((ids, found))
        connection.close()

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_queryset_of_tuples_may_be_cut_counted_and_sorted():
    books = tuples(Book.objects.select_related("author"), ["id", "author__last_name"])

    assert list(books[:2]) == [(1, "L0"), (2, "L1")]
    assert list(books.order_by("-id")[:1]) == [(7, "L0")]
    assert list(books.filter(author__last_name="L1")) == list(
        Book.objects.filter(author__last_name="L1").values_list(
            "id", "author__last_name"
        )
    )
    assert books.count() == 7


def test_instances_without_ceremony_hold_what_the_orms_do():
    def columns(found: Any) -> list[dict[str, Any]]:
        hidden = {"_state", "_prefetched_objects_cache"}
        return [
            {name: value for name, value in row.__dict__.items() if name not in hidden}
            for row in found
        ]

    for query in [
        Goal.objects.all(),
        Goal.objects.only("name"),
        Goal.objects.defer("name", "user"),
        Author.objects.annotate(n=Count("books")),
        Author.objects.prefetch_related("books"),
        Book.objects.none(),
    ]:
        quick = query.all()
        quick._iterable_class = Instances
        assert columns(quick) == columns(query)
        for row, same in zip(quick, query, strict=True):
            assert row == same
            assert (row._state.adding, row._state.db) == (False, same._state.db)
            assert row.get_deferred_fields() == same.get_deferred_fields()
            if isinstance(row, Author):
                assert list(row.books.all()) == list(same.books.all())
