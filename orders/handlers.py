"""What is done for an order: the handler that `QUINTET_ORDER_HANDLER` names."""

from __future__ import annotations

from django.utils import timezone

from orders.mails import queue_confirmation
from orders.models import Order
from orders.services import draft_invoice, issue
from orders.services.jobs import Attempt


def bill(attempt: Attempt) -> None:
    """Bills the order's items; an order without any is only confirmed.

    Either way a mail tells the owner.
    """
    with attempt.finish() as order:
        items = list(order.items.values("part_code", "units", "unit_price"))
        if items:
            invoice = draft_invoice(
                user=order.owner,
                invoice_date=timezone.localdate(),
                items=items,
                job=attempt.job,
            )
            issue(invoice=invoice)
        order.status = Order.Status.FULFILLED if items else Order.Status.CONFIRMED
        order.save(update_fields=["status"])
        queue_confirmation(job=attempt.job)
