"""The handler of orders that `QUINTET_ORDER_HANDLER` names by default."""

from __future__ import annotations

from django.utils import timezone

from orders.mails import schedule_confirmation
from orders.models import Order
from orders.services import Attempt, draft_invoice, issue


def bill(attempt: Attempt) -> None:
    """Issue an invoice of the order's items, and email the owner a confirmation.

    An order without items is confirmed without an invoice.
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
        schedule_confirmation(job=attempt.job)
