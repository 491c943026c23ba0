"""States of orders, jobs and invoices in lists, and columns that they share."""

from __future__ import annotations

from common.admin_lists import DateRangeFilter, state_label
from orders.models import Invoice, Job, Order

ORDER_TONES = {
    Order.Status.NEW: "waiting",
    Order.Status.CONFIRMED: "running",
    Order.Status.FULFILLED: "ok",
}
JOB_TONES = {
    Job.Status.QUEUED: "waiting",
    Job.Status.RUNNING: "running",
    Job.Status.FINISHED: "ok",
    Job.Status.FAILED: "failed",
    Job.Status.CANCELLED: "off",
}


def order_state(status: int) -> str:
    state = Order.Status(status)
    return state_label(ORDER_TONES[state], state.label)


def job_state(status: int, is_held: bool) -> str:
    if is_held:
        return state_label("held", "Held")
    state = Job.Status(status)
    return state_label(JOB_TONES[state], state.label)


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
