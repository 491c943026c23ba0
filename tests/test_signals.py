"""Every write route sends `post_save` or `post_delete` once for the row it names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db.models.signals import post_delete, post_save

from accounts.models import User
from bucketlists.models import Item
from goals.models import Goal
from media_catalog.models import Book
from orders.models import InvoiceItem, OrderItem
from tests.support.write_routes import (
    BOOK,
    ID,
    INVOICE,
    LINE,
    ORDER,
    ROUTES,
    Model,
    create_user_with_rows,
    documented,
    prepare,
    send,
)


@pytest.fixture
def ada(db) -> User:
    return create_user_with_rows()


Sent = list[tuple[Model, Any, bool | None]]


@contextmanager
def listening() -> Iterator[Sent]:
    """Collect signals: model and ID of a row, and if it is new; None if deleted."""
    sent: Sent = []

    def on_save(sender: Model, instance: Any, created: bool, **kwargs: Any) -> None:
        sent.append((sender, instance.pk, created))

    def on_delete(sender: Model, instance: Any, **kwargs: Any) -> None:
        sent.append((sender, instance.pk, None))

    post_save.connect(on_save)
    post_delete.connect(on_delete)
    try:
        yield sent
    finally:
        post_save.disconnect(on_save)
        post_delete.disconnect(on_delete)


def test_each_write_route_is_covered():
    assert ROUTES.keys() == documented()


@pytest.mark.parametrize("route", ROUTES)
def test_a_write_sends_one_signal_for_the_row_that_it_names(client_of, ada, route):
    write, client = ROUTES[route], client_of(ada)
    body = prepare(route, ada, write.body)
    with listening() as sent:
        response = send(client, route, body)
    assert response.status_code in {200, 201, 202, 204, 419}, response.content

    found = [(pk, created) for model, pk, created in sent if model is write.model]
    if write.adds:
        assert [created for _, created in found] == [True], sent
        return
    # Of a movie, a member of the cast is deleted.
    is_gone = route.startswith("DELETE") and "{actor_id}" not in route
    named = [(str(ID), None if is_gone else False)] if write.model else []
    assert [(str(pk), created) for pk, created in found] == named, sent


ITEMS = [{"name": "x"}, {"name": "y"}]


@pytest.mark.parametrize(
    ("route", "body", "model"),
    [
        ("POST /bucketlists/", {"name": "New", "items": ITEMS}, Item),
        ("POST /bucketlists/{id}/items", ITEMS, Item),
        ("POST /orders", ORDER, OrderItem),
        ("POST /invoices", INVOICE | {"invoiceItems": [LINE]}, InvoiceItem),
        ("POST /v1.0/goals", ITEMS, Goal),
        ("POST /books", [BOOK, BOOK], Book),
        (
            "POST /authors",
            {"firstName": "A", "lastName": "B", "books": [BOOK]},
            Book,
        ),
    ],
)
def test_rows_written_in_bulk_send_none(client_of, ada, route, body, model):
    client, before = client_of(ada), model._default_manager.count()
    with listening() as sent:
        assert send(client, route, body).status_code in {200, 201}

    assert model._default_manager.count() > before
    assert model not in [sender for sender, _, _ in sent]


def test_deleting_a_tree_sends_one_signal_for_the_named_goal(client_of, ada):
    child = Goal.objects.create(user=ada, name="x", parent_id=ID)
    Goal.objects.create(user=ada, name="y", parent=child)
    with listening() as sent:
        client_of(ada).delete(f"/v1.0/goals/{ID}?cascade=true")

    assert [entry for entry in sent if entry[0] is Goal] == [(Goal, ID, None)]
    assert not Goal.objects.exists()
