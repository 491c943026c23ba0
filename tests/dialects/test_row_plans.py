"""A list is read as rows, or represented by DRF, with the same result."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, Prefetch
from django.test.utils import CaptureQueriesContext
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.test import APIRequestFactory

from casting.models import Actor, Movie
from common.http.strict_json import dumps
from dialects.base import Dialect, ListRowsMixin
from dialects.fields import IdListField
from media_catalog.models import Author, Book

plain = serializers.ModelSerializer


def model_serializer(of: Any, shown: list[str], *bases: Any, **members: Any) -> Any:
    meta = type("Meta", (), {"model": of, "fields": shown, **members.pop("meta", {})})
    return type("RowSerializer", (*bases, plain), {**members, "Meta": meta})


def secret(self: Any) -> dict[str, Any]:
    """Fields that are not everybody's."""
    fields = plain.get_fields(self)
    if not self.asker():
        fields.pop("last_name")
    return fields


def by(asker: Any) -> Any:
    return model_serializer(Author, ["id", "last_name"], get_fields=secret, asker=asker)


def hidden(self: Any, *args: Any, **kwargs: Any) -> None:
    plain.__init__(self, *args, **kwargs)
    if "request" not in (kwargs.get("context") or {}):
        self.fields.pop("last_name")


BOOK = model_serializer(Book, ["id", "title"])


class NewOnly(serializers.ListSerializer):
    def to_representation(self, data: Any) -> list[Any]:
        rows = data.all() if hasattr(data, "all") else data
        return super().to_representation([row for row in rows if row.pub_year > 2000])


NOBODY = model_serializer(Author, ["id"], get_attribute=lambda self, row: None)
# Fields that depend on the request, and what is drawn in a way of its own.
OTHERS = {
    "asks who": by(lambda self: self.context["request"].user.is_staff),
    "gets who": by(lambda self: self.context.get("request")),
    "whether there is somebody": by(lambda self: "request" in self.context),
    "whether there is a context": by(lambda self: bool(self.context)),
    "a copy": by(lambda self: {**self.context}.get("request")),
    "all of it": by(lambda self: dict(self.context.items()).get("view")),
    "its size": by(lambda self: len(self.context)),
    "the view": by(lambda self: self.context.get("view")),
    "when it is made": model_serializer(Author, ["id", "last_name"], __init__=hidden),
    "shows it its own way": model_serializer(
        Author, ["id"], to_representation=lambda self, row: {"is": row.pk}
    ),
    "a part does": model_serializer(
        Book,
        ["id", "author"],
        author=model_serializer(
            Author, ["id"], to_representation=lambda self, row: row.pk
        )(),
    ),
    "a part depends on who asks": model_serializer(
        Book, ["id", "author"], author=by(lambda self: self.context.get("request"))()
    ),
    "a list does": model_serializer(
        Author, ["id", "books"], books=NewOnly(child=BOOK())
    ),
    "its own list": model_serializer(
        Book, ["id"], meta={"list_serializer_class": NewOnly}
    ),
    "a part is got in its own way": model_serializer(Book, ["author"], author=NOBODY()),
    "ids the other way": model_serializer(
        Actor, ["id", "movies"], movies=IdListField()
    ),
    "ids of rows": model_serializer(Author, ["id", "books"], books=IdListField()),
    "no model's": type(
        "Any", (serializers.Serializer,), {"id": serializers.IntegerField()}
    ),
}
COMMON = {
    "columns": model_serializer(Book, ["id", "title", "isbn", "pub_year"]),
    "keys": model_serializer(Book, ["id", "author"]),
    "another name": model_serializer(
        Book, ["name"], name=serializers.CharField(source="title")
    ),
    "a method": model_serializer(
        Book,
        ["id", "loud"],
        loud=serializers.SerializerMethodField(),
        get_loud=lambda self, row: row.title.upper(),
    ),
    "a method that asks who": model_serializer(
        Book,
        ["id", "who"],
        who=serializers.SerializerMethodField(),
        get_who=lambda self, row: self.context["request"].user.name,
    ),
    "a method that counts": model_serializer(
        Book,
        ["number"],
        number=serializers.SerializerMethodField(),
        get_number=lambda self, row: (
            self.context.setdefault("seen", [0]).append(0) or len(self.context["seen"])
        ),
    ),
    "a link": model_serializer(
        Book,
        ["url"],
        url=serializers.HyperlinkedIdentityField(view_name="media_catalog:book-detail"),
    ),
    "a name of another": model_serializer(
        Book, ["id", "author"], author=serializers.CharField(source="author.last_name")
    ),
    "a text of another": model_serializer(
        Book, ["author"], author=serializers.StringRelatedField()
    ),
    "a link to another": model_serializer(
        Book,
        ["author"],
        author=serializers.HyperlinkedRelatedField(
            view_name="media_catalog:author-detail", read_only=True
        ),
    ),
    "a slug of another": model_serializer(
        Book,
        ["author"],
        author=serializers.SlugRelatedField(slug_field="last_name", read_only=True),
    ),
    "another in full": model_serializer(
        Book,
        ["id", "author"],
        author=model_serializer(
            Author,
            ["id", "full_name", "who"],
            who=serializers.SerializerMethodField(),
            get_who=lambda self, row: self.context["request"].user.name,
        )(),
    ),
    "a property and a list": model_serializer(
        Author, ["full_name", "books"], books=BOOK(many=True)
    ),
    "a list whose rows ask back": model_serializer(
        Author,
        ["id", "books"],
        books=model_serializer(
            Book, ["by"], by=serializers.CharField(source="author.full_name")
        )(many=True),
    ),
    "ids": model_serializer(Movie, ["title", "actors"], actors=IdListField()),
    "many by DRF": model_serializer(Movie, ["title", "actors"]),
    "a default": model_serializer(
        Book, ["x"], x=serializers.CharField(source="author.no", default="none")
    ),
    "whole": model_serializer(
        Book, ["x"], x=serializers.CharField(source="*", read_only=True)
    ),
    "depth": model_serializer(Book, ["id", "author"], meta={"depth": 1}),
}


@pytest.fixture(autouse=True)
def rows(db) -> None:
    for number in (1, 2):
        author = Author.objects.create(first_name="F", last_name=f"L{number}")
        for year in (1999, 2001)[:number]:
            Book.objects.create(title=f"t{year}\u2028", pub_year=year, author=author)
    Author.objects.create(first_name="no", last_name="books")
    actors = [Actor.objects.create(name=n, age=9, gender="x") for n in "ab"]
    for number in (2, 0):
        movie = Movie.objects.create(title=f"m{number}", release_date="2026-01-01")
        movie.actors.set(actors[:number])


def view_of(kind: Any, rows: Any = None, **members: Any) -> Any:
    model: Any = getattr(getattr(kind, "Meta", None), "model", Author)
    members |= {"queryset": model._default_manager.all() if rows is None else rows}
    members["get"] = ListRowsMixin.list
    members |= {"serializer_class": kind, "permission_classes": [AllowAny]}
    return type("ListView", (ListRowsMixin, Dialect), members)


def read(view: Any, user: Any) -> tuple[bool, bytes, bytes]:
    """Return whether there is a plan, the view's body, and DRF's."""
    http = APIRequestFactory().get("/books")
    http.user = user
    instance = view()
    instance.setup(http)
    instance.request, instance.format_kwarg = instance.initialize_request(http), None
    instance.request.user = user
    queryset = instance.filter_queryset(instance.get_queryset())
    has_plan = instance.row_plan(queryset) is not None
    body = dumps(instance.list(instance.request).data)
    drf_data = instance.get_serializer(queryset.all(), many=True).data
    return has_plan, body, JSONRenderer().render(drf_data)


SERIALIZERS = COMMON | OTHERS
READ_AS_ROWS = {
    *("columns", "keys", "another name", "a property and a list", "ids", "depth"),
    *("asks who", "gets who", "whether there is somebody", "the view"),
    *("whether there is a context", "a copy", "all of it", "its size"),
    *("when it is made", "a part depends on who asks"),
}


@pytest.mark.parametrize("name", SERIALIZERS)
def test_every_serializer_shows_what_drf_shows_to_every_user(staff, ada, name):
    for user in (staff, ada, staff):
        has_plan, body, expected = read(view_of(SERIALIZERS[name]), user)

        assert has_plan is (name in READ_AS_ROWS)
        assert json.loads(body), "No row, no proof."
        assert body == expected


PLAIN_ACTORS = model_serializer(Movie, ["title", "actors"], actors=IdListField())
BOOKS = model_serializer(Author, ["id", "books"], books=BOOK(many=True))
OLD = Book.objects.filter(pub_year__lt=2000)
QUERYSETS: dict[str, Any] = {
    "some ids": (
        PLAIN_ACTORS,
        lambda: Movie.objects.prefetch_related(
            Prefetch("actors", Actor.objects.filter(name="a"))
        ),
    ),
    "ids in another order": (
        PLAIN_ACTORS,
        lambda: Movie.objects.prefetch_related(
            Prefetch("actors", Actor.objects.order_by("-name"))
        ),
    ),
    "some rows": (
        BOOKS,
        lambda: Author.objects.prefetch_related(Prefetch("books", OLD.all())),
    ),
    "rows in another order": (
        BOOKS,
        lambda: Author.objects.prefetch_related(
            Prefetch("books", Book.objects.order_by("-title"))
        ),
    ),
    "more than is shown": (
        BOOK,
        lambda: Book.objects.select_related("author").prefetch_related("author__books"),
    ),
    "counted": (
        model_serializer(Author, ["id", "n"], n=serializers.IntegerField()),
        lambda: Author.objects.annotate(n=Count("books")).order_by("pk"),
    ),
    "distinct": (
        model_serializer(Author, ["last_name"]),
        lambda: Author.objects.filter(books__pub_year__gt=1).distinct(),
    ),
    "as dicts": (BOOK, lambda: Book.objects.values("id", "title")),
    "nothing": (BOOK, lambda: Book.objects.none()),
}


@pytest.mark.parametrize("name", QUERYSETS)
def test_prefetches_and_annotations_of_the_queryset_are_kept(ada, name):
    kind, rows = QUERYSETS[name]

    _, body, expected = read(view_of(kind, rows()), ada)

    assert body == expected


def test_a_plan_takes_no_more_queries_than_drf(ada):
    """Joined and prefetched rows are not read one by one."""
    for kind, queryset in [
        (COMMON["a name of another"], Book.objects.select_related("author")),
        (
            COMMON["a list whose rows ask back"],
            Author.objects.prefetch_related("books"),
        ),
        (COMMON["another in full"], Book.objects.select_related("author")),
        (COMMON["ids"], Movie.objects.prefetch_related("actors")),
    ]:
        with CaptureQueriesContext(
            connection,
        ) as by_plan:
            read(view_of(kind, queryset), ada)
        # The body, and the same by DRF.
        assert len(by_plan) <= 4, [query["sql"] for query in by_plan]


def test_a_list_that_is_not_a_queryset_is_shown(ada):
    view = view_of(BOOK, get_queryset=lambda self: list(Book.objects.all()))
    view.pagination_class = None
    http = APIRequestFactory().get("/books")
    body = view.as_view()(http)

    assert [row["id"] for row in body.data] == [row.pk for row in Book.objects.all()]
