"""Orders placed, jobs started and run, invoices issued.

Whoever changes an order or its jobs locks the order first, so that no two can wait
for each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from accounts.models import User
from orders.models import Invoice, InvoiceItem, Job, Order, OrderItem
from orders.tasks import run_job

# An item's columns: part_code, units and unit_price.
Line = Mapping[str, Any]


@transaction.atomic
def place_order(
    *, owner: User, description: str, items: Iterable[Line] = (), **columns: Any
) -> Order:
    """A new order with its items; `start_job` has it carried out."""
    order = Order.objects.create(owner=owner, description=description, **columns)
    add_items(order, items)
    return order


@transaction.atomic
def replace_items(*, order: Order, items: Iterable[Line]) -> None:
    order.items.all().delete()
    add_items(order, items)


def add_items(order: Order, items: Iterable[Line]) -> None:
    OrderItem.objects.bulk_create(OrderItem(order=order, **line) for line in items)


@transaction.atomic
def start_job(*, order: Order, **columns: Any) -> Job:
    """A new job for the order, in the queue of the workers.

    The task is a row, too: it commits or vanishes with the job.
    """
    order.status = Order.Status.NEW
    order.save(update_fields=["status"])
    job = Job.objects.create(owner_id=order.owner_id, order=order, **columns)
    run_job.enqueue(job.pk)
    return job


def run(*, job: Job) -> None:
    """Carries the job out once, whoever calls it how often.

    A failure is noted with its reason and raised. Not so where the database failed:
    the job stays queued and will be tried again.
    """
    try:
        carry_out(job)
    except (OperationalError, InterfaceError):
        raise
    except Exception as exc:
        fail(job, reason=f"{type(exc).__name__}: {exc}"[:1000])
        raise


@transaction.atomic
def carry_out(job: Job) -> None:
    """The effect and the end of the job commit together, or neither does."""
    order = Order.objects.select_for_update().filter(pk=job.order_id).first()
    if order is None or not Job.objects.filter(pk=job.pk).claim():
        return
    fulfil(order, job)
    job.end(Job.Status.FINISHED)


@transaction.atomic
def fail(job: Job, *, reason: str) -> None:
    if Job.objects.filter(pk=job.pk).claim():
        job.end(Job.Status.FAILED, error=reason)


def fulfil(order: Order, job: Job) -> None:
    """Bills the order's items; an order without any is only confirmed."""
    items = list(order.items.values("part_code", "units", "unit_price"))
    if items:
        issue_invoice(
            user=order.owner, invoice_date=timezone.localdate(), items=items, job=job
        )
    order.status = Order.Status.FULFILLED if items else Order.Status.CONFIRMED
    order.save(update_fields=["status"])


@transaction.atomic
def issue_invoice(
    *, user: User, invoice_date: date, items: Iterable[Line] = (), **columns: Any
) -> Invoice:
    invoice = Invoice.objects.create(user=user, invoice_date=invoice_date, **columns)
    InvoiceItem.objects.bulk_create(
        InvoiceItem(invoice=invoice, **line) for line in items
    )
    return invoice
