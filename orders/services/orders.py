from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TypedDict

from django.db import transaction
from django.db.models import prefetch_related_objects

from accounts.models import User
from orders.models import Order, OrderItem


class Line(TypedDict):
    """The columns of an item of an order or invoice."""

    part_code: str
    units: int
    unit_price: Decimal


@transaction.atomic
def place_order(
    *, owner: User, description: str, items: Iterable[Line] = (), **columns: object
) -> Order:
    """Create an order and return it with its items prefetched.

    To have it processed, call `start_job`.
    """
    order = Order.objects.create(owner=owner, description=description, **columns)
    add_items(order=order, items=items)
    prefetch_related_objects([order], "items")
    return order


@transaction.atomic
def replace_items(*, order: Order, items: Iterable[Line]) -> None:
    order.items.all().delete()
    add_items(order=order, items=items)


def add_items(*, order: Order, items: Iterable[Line]) -> None:
    OrderItem.objects.bulk_create(OrderItem(order=order, **line) for line in items)
