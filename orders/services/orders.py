from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from accounts.models import User
from common.inserts import insert, insert_with, new_rows
from common.prefetched import know_related
from orders.models import Order, OrderItem

# An item's columns: part_code, units and unit_price.
Line = Mapping[str, Any]


def place_order(
    *, owner: User, description: str, items: Iterable[Line] = (), **columns: Any
) -> Order:
    """A new order, which knows its items; `start_job` has it carried out."""
    order = Order(owner=owner, description=description, **columns)
    lines = new_rows(OrderItem, items)
    know_related(order, "items", insert_with(order, lines, by="order"))
    return order


@transaction.atomic
def replace_items(*, order: Order, items: Iterable[Line]) -> None:
    order.items.all().delete()
    insert(OrderItem(order=order, **line) for line in items)
