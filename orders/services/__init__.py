"""Writes of orders, their jobs and invoices.

A transaction that locks an order and its job locks the order first, so that no two of
them wait for each other. So do deletions in the admin (`common/admin.py`) and of
accounts (`orders/apps.py`).
"""

from orders.services.attempts import Attempt, JobFailed
from orders.services.invoices import (
    add_item,
    check_issuable,
    check_size,
    draft_invoice,
    issue,
    lock_drafts,
)
from orders.services.jobs import (
    cancel,
    hold,
    release,
    retry,
    start_job,
    sweep_jobs,
)
from orders.services.orders import place_order, replace_items

__all__ = [
    "Attempt",
    "JobFailed",
    "add_item",
    "cancel",
    "check_issuable",
    "check_size",
    "draft_invoice",
    "hold",
    "issue",
    "lock_drafts",
    "place_order",
    "release",
    "replace_items",
    "retry",
    "start_job",
    "sweep_jobs",
]
