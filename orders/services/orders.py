from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import prefetch_related_objects

from accounts.models import User
from orders.models import Order, OrderItem

# An item's columns: part_code, units and unit_price.
Line = Mapping[str, Any]


@transaction.atomic
def place_order(
    *, owner: User, description: str, items: Iterable[Line] = (), **columns: Any
) -> Order:
    """Creates an order, and returns it with its items prefetched.

    `start_job` has it carried out.
    """
    order = Order.objects.create(owner=owner, description=description, **columns)
    OrderItem.objects.bulk_create(OrderItem(order=order, **line) for line in items)
    prefetch_related_objects([order], "items")
    return order


@transaction.atomic
def replace_items(*, order: Order, items: Iterable[Line]) -> None:
    order.items.all().delete()
    OrderItem.objects.bulk_create(OrderItem(order=order, **line) for line in items)
