"""Writes of orders, their jobs and invoices.

A transaction that changes an order or its jobs locks the order first, so that no two
of them wait for each other.
"""

from orders.services.invoices import (
    add_item,
    draft_invoice,
    issue,
    lock_drafts,
    refuse_oversize,
)
from orders.services.jobs import cancel, retry, run, start_job, sweep
from orders.services.orders import place_order, replace_items

__all__ = [
    "add_item",
    "cancel",
    "draft_invoice",
    "issue",
    "lock_drafts",
    "place_order",
    "refuse_oversize",
    "replace_items",
    "retry",
    "run",
    "start_job",
    "sweep",
]
