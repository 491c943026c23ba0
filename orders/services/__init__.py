"""What is done with orders, their jobs and invoices.

Whoever changes an order or its jobs locks the order first, so that no two can wait
for each other.
"""

from orders.services.invoices import (
    add_item,
    draft_invoice,
    hold_drafts,
    issue,
    refuse_oversize,
)
from orders.services.jobs import cancel, retry, run, start_job, sweep
from orders.services.orders import place_order, replace_items

__all__ = [
    "add_item",
    "cancel",
    "draft_invoice",
    "hold_drafts",
    "issue",
    "place_order",
    "refuse_oversize",
    "replace_items",
    "retry",
    "run",
    "start_job",
    "sweep",
]
