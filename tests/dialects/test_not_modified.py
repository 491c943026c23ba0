"""Who has an answer already gets 304, for less work; who has not, never does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.db import DataError, IntegrityError, models, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.renderers import JSONRenderer

from accounts.models import User
from bucketlists.models import Bucketlist, Item
from casting.models import Actor, Movie
from common import conditional, json, revalidation
from dialects import conditional as dialect_conditional
from dialects.plan import Plan
from dialects.renderers import CompactRenderer
from dialects.restless.wire import RestlessRenderer
from goals.models import Goal
from media_catalog.models import Author, Book, Creator, Playlist, Video
from orders.models import Invoice, InvoiceItem, Job, Order, OrderItem
from tests.dialects.test_plan import QUICK, lists, reading

# Shown by asking instances, so that the rows are drawn to know whether they changed.
ASKING = re.compile("/api/v2/jobs|/invoice|/v1.0/goals[?]")
PAGES = [
    "/actors?page=1&per_page=2",
    "/bucketlists/?limit=2",
    "/bucketlists/?items=1",
    '/orders?pageConfig={"pageSize": 2}',
    "/api/video?page[size]=2&sort=title",
]
ROWS: dict[str, type[models.Model]] = {
    "/actors/{}": Actor,
    "/movies/{}": Movie,
    "/bucketlists/{}": Bucketlist,
    "/v1.0/goals/{}": Goal,
    "/books/{}": Book,
    "/authors/{}": Author,
    "/orders/{}": Order,
    "/api/v2/orders/{}": Order,
    "/api/v2/jobs/{}": Job,
    "/invoices/{}": Invoice,
    "/invoice-items/{}": InvoiceItem,
    "/api/user/{}": Creator,
    "/api/video/{}": Video,
    "/api/playlist/{}": Playlist,
}


@pytest.fixture
def reader(demo, client_of):
    return reading(User.objects.get(name="staff"), client_of)


@contextmanager
def nothing_rendered(*, nothing_drawn: bool = False) -> Iterator[None]:
    work: list[tuple[Any, str]] = [
        (CompactRenderer, "render"),
        (JSONRenderer, "render"),
        (RestlessRenderer, "render"),
    ]
    if nothing_drawn:
        work += [(json.Lazy, "drawn"), (Plan, "draw")]
    with ExitStack() as stack:
        done = [stack.enter_context(patch.object(*name)) for name in work]
        yield
    assert not any(mock.called for mock in done)


def tag_of(client: Any, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.content)
    return str(answer["ETag"])


def is_known(client: Any, url: str, tag: str) -> bool:
    answer = client.get(url, headers={"If-None-Match": tag})
    assert answer.status_code in {200, 304}
    assert answer.status_code == 200 or not answer.content
    return bool(answer.status_code == 304)


def test_no_list_is_drawn_nor_rendered_for_304(reader):
    for url in [*(url for url in lists() if "?" not in url), *PAGES]:
        tag = tag_of(reader, url)
        with nothing_rendered(nothing_drawn=not ASKING.match(url)):
            assert is_known(reader, url, tag), url


def test_every_list_answers_304_until_it_changes(reader):
    for url in lists():
        tag = tag_of(reader, url)
        assert is_known(reader, url, tag), url
        assert not is_known(reader, url, 'W/"another"')


@pytest.mark.parametrize("path", ROWS)
def test_no_row_is_rendered_for_304(reader, path):
    row = ROWS[path]._default_manager.order_by("pk").first()
    url = path.format(row.pk)
    tag = tag_of(reader, url)

    with nothing_rendered():
        assert is_known(reader, url, tag)


def test_a_release_that_may_draw_otherwise_has_other_tags(reader):
    url = "/actors"
    tag = tag_of(reader, url)
    assert conditional.release() == conditional.release()

    with (
        patch.object(dialect_conditional, "release", lambda: b"another"),
        patch.object(revalidation, "answers", revalidation.Answers()),
    ):
        assert not is_known(reader, url, tag)
    assert is_known(reader, url, tag)


def test_so_has_another_most_of_what_is_linked(reader, settings):
    settings.QUINTET_MAX_LINKAGE = 1
    tags = {url: tag_of(reader, url) for url in ("/api/user", "/api/playlist")}

    settings.QUINTET_MAX_LINKAGE = 2
    for url, tag in tags.items():
        assert not is_known(reader, url, tag)


MODELS = [Actor, Movie, Author, Book, Creator, Video, Playlist, Bucketlist, Item, Goal]
MODELS += [Order, OrderItem, Job, Invoice, InvoiceItem, User]
CHANGES: dict[Any, Any] = {
    models.CharField: lambda value: f"{value or ''}x",
    models.TextField: lambda value: f"{value or ''}\u2028",
    models.IntegerField: lambda value: (value or 0) + 1,
    models.BooleanField: lambda value: not value,
    models.DecimalField: lambda value: value + Decimal("0.01"),
    models.DateTimeField: lambda value: (
        (value or datetime(2020, 1, 1, tzinfo=UTC)) + timedelta(microseconds=1)
    ),
    models.DateField: lambda value: (value or date(2020, 1, 1)) + timedelta(days=1),
}


def changed(field: Any, value: Any) -> Any:
    kind = next(kind for kind in type(field).__mro__ if kind in CHANGES)
    return CHANGES[kind](value)


def columns() -> list[tuple[Any, Any]]:
    """Every column that may be changed alone, with its model."""
    return [
        (model, field)
        for model in MODELS
        for field in model._meta.concrete_fields
        if not (field.primary_key or field.is_relation or field.choices)
    ]


def change_column(draw: Any) -> None:
    model, field = draw(st.sampled_from(columns()))
    rows = model._default_manager.all()
    if model in {Invoice, InvoiceItem}:
        drafts = {Invoice: "issued_at", InvoiceItem: "invoice__issued_at"}
        rows = rows.filter(**{drafts[model]: None})
    row = draw(st.sampled_from(list(rows.order_by("pk")[:5])))
    value = changed(field, getattr(row, field.attname))
    rows.filter(pk=row.pk).update(**{field.attname: value})


def change_link(draw: Any) -> None:
    model, name = draw(st.sampled_from([(Movie, "actors"), (Playlist, "videos")]))
    row = draw(st.sampled_from(list(model._default_manager.order_by("pk")[:5])))
    links = getattr(row, name)
    other = draw(st.sampled_from(list(links.model._default_manager.order_by("pk")[:5])))
    is_linked = links.filter(pk=other.pk).exists()
    (links.remove if is_linked else links.add)(other)


def change_owner(draw: Any) -> None:
    model, name = draw(
        st.sampled_from([(Video, "author"), (Playlist, "owner"), (Book, "author")])
    )
    row = draw(st.sampled_from(list(model._default_manager.order_by("pk")[:5])))
    owners = model._meta.get_field(name).related_model._default_manager
    setattr(row, name, draw(st.sampled_from(list(owners.order_by("pk")[:5]))))
    row.save()


def remove(draw: Any) -> None:
    model = draw(st.sampled_from([Book, Video, Playlist, Item, OrderItem, Actor]))
    draw(st.sampled_from(list(model._default_manager.order_by("pk")[:5]))).delete()


WATCHED = [
    *("/actors", "/movies", "/books", "/authors", "/bucketlists/?items=1"),
    *("/v1.0/goals", "/v1.0/users", "/orders", "/api/v2/orders", "/api/v2/jobs"),
    *("/invoices", "/invoice-items", "/api/user", "/api/video", "/api/playlist"),
    "/api/video?include=author",
]


def test_a_tag_changes_with_what_is_shown(reader):
    seen = {"changed": 0, "kept": 0}

    @settings(max_examples=40, **QUICK)
    @given(data=st.data())
    def change_something(data: Any) -> None:
        change = data.draw(
            st.sampled_from([change_column] * 4 + [change_link, change_owner, remove])
        )
        with transaction.atomic():
            # What the database refuses changes nothing.
            with suppress(IntegrityError, DataError), transaction.atomic():
                change(data.draw)
            compare()
            transaction.set_rollback(True)

    def compare() -> None:
        for url, (tag, body) in before.items():
            answer = reader.get(url)
            if answer.content != body:
                assert answer["ETag"] != tag, url
            seen["kept" if answer["ETag"] == tag else "changed"] += 1

    before = {}
    for url in WATCHED:
        answer = reader.get(url)
        before[url] = answer["ETag"], answer.content
    change_something()
    assert min(seen.values()) > 30, seen
