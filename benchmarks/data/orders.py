"""Orders of the planners, all fulfilled, so that workers have nothing to do.

Their invoices are drafts. New invoices need a table with rows: PostgreSQL would plan
for an empty one without its index, and get slower with each row.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import Model

from benchmarks.data.numbers import PLANNERS, moment
from orders.models import Invoice, InvoiceItem, Job, Order, OrderItem

ORDERS, ITEMS, JOBS = 1000, 2, 5
INVOICES = 5000


def tables() -> Iterator[tuple[type[Model], Iterator[Model]]]:
    numbers = range(1, ORDERS + 1)
    yield Order, (order(number) for number in numbers)
    yield OrderItem, (item(number) for number in range(1, ORDERS * ITEMS + 1))
    yield Job, (job(number) for number in range(1, ORDERS * JOBS + 1))
    yield Invoice, (invoice(number) for number in range(1, INVOICES + 1))
    lines = range(1, INVOICES * ITEMS + 1)
    yield InvoiceItem, (invoice_item(number) for number in lines)


def owner_of(number: int) -> int:
    return number % PLANNERS + 1


def order(number: int) -> Order:
    return Order(
        id=number,
        owner_id=owner_of(number),
        description=f"Order number {number}",
        ordered_at=moment(number),
        status=Order.Status.FULFILLED,
    )


def item(number: int) -> OrderItem:
    order = (number - 1) // ITEMS + 1
    return OrderItem(id=number, order_id=order, **line(number))


def line(number: int) -> dict[str, Any]:
    return {
        "part_code": f"P-{number % 100:03}",
        "units": 1 + number % 9,
        "unit_price": Decimal(number % 5000) / 100,
    }


def invoice(number: int) -> Invoice:
    day = moment(number).date()
    return Invoice(id=number, user_id=owner_of(number), invoice_date=day)


def invoice_item(number: int) -> InvoiceItem:
    invoice = (number - 1) // ITEMS + 1
    return InvoiceItem(id=number, invoice_id=invoice, **line(number))


def job(number: int) -> Job:
    order = (number - 1) // JOBS + 1
    return Job(
        id=number,
        owner_id=owner_of(order),
        order_id=order,
        started_at=moment(order),
        finished_at=moment(order + 1),
        status=Job.Status.FINISHED,
        progress=100,
        attempts=1,
    )
