"""States of orders, jobs and invoices in lists, and columns that they share."""

from __future__ import annotations

from common.admin_lists import DateRangeFilter, state_label
from orders.models import Invoice, Order
from orders.states import tone_and_label

ORDER_TONES = {
    Order.Status.NEW: "waiting",
    Order.Status.CONFIRMED: "running",
    Order.Status.FULFILLED: "ok",
}


def order_state(status: int) -> str:
    state = Order.Status(status)
    return state_label(ORDER_TONES[state], state.label)


def job_state(status: int, is_held: bool) -> str:
    return state_label(*tone_and_label(status, is_held))


def invoice_state(invoice: Invoice) -> str:
    if invoice.is_issued:
        return state_label("ok", "Issued")
    return state_label("waiting", "Draft")


class OrderedRange(DateRangeFilter):
    title, parameter_name = "date ordered", "ordered_at"


class StartedRange(DateRangeFilter):
    title, parameter_name = "start", "started_at"


class InvoiceDateRange(DateRangeFilter):
    title, parameter_name = "invoice date", "invoice_date"


class IssuedRange(DateRangeFilter):
    title, parameter_name = "date issued", "issued_at"
