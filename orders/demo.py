"""Demo data: orders and jobs in every state, issued invoices and a draft.

A worker runs the one queued job and bills its order. The running job stays as it is.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TypedDict

from django.db import connection
from django.db.models import Q

from accounts.demo import account
from common.db.demo import utc
from orders.guards import GUARDS
from orders.models import Invoice, Job, Order
from orders.services import draft_invoice, issue, place_order, start_job
from orders.services.orders import Line

NEW, CONFIRMED, FULFILLED = Order.Status
QUEUED, RUNNING, FINISHED, FAILED, CANCELLED = Job.Status

# The running job's lease does not end, so that no worker takes it over.
NEVER = utc("2999-01-01 00:00:00")

# Part code, units, price of one.
Item = tuple[str, int, str]
# Status, start, end, error.
JobRow = tuple[Job.Status, str, str, str]


class OrderRow(TypedDict):
    owner: str
    description: str
    ordered_at: str
    status: Order.Status
    items: list[Item]
    jobs: list[JobRow]


ORDERS: list[OrderRow] = [
    {
        "owner": "ada",
        "description": "Stainless shrouds and turnbuckles for a ten metre sloop",
        "ordered_at": "2026-03-04 10:37:47",
        "status": FULFILLED,
        "items": [("WIRE-6MM-M", 46, "7.35"), ("TURNBUCKLE-10", 6, "64.90")],
        "jobs": [(FINISHED, "2026-03-04 10:38:02", "2026-03-04 10:38:03", "")],
    },
    {
        "owner": "ada",
        "description": "Survey of the hull, on the slipway",
        "ordered_at": "2026-04-20 08:15:00",
        "status": CONFIRMED,
        "items": [],
        "jobs": [(FINISHED, "2026-04-20 08:15:10", "2026-04-20 08:15:11", "")],
    },
    {
        "owner": "ada",
        "description": "Two charts of the Azores",
        "ordered_at": "2026-10-12 19:02:30",
        "status": NEW,
        "items": [("CHART-AZORES", 2, "27.95")],
        "jobs": [(QUEUED, "2026-10-12 19:02:31", "", "")],
    },
    {
        "owner": "ada",
        "description": "A bell for the cockpit, not sent off yet",
        "ordered_at": "2026-10-20 21:44:09",
        "status": NEW,
        "items": [("BELL-BRASS-15", 1, "89.00")],
        "jobs": [],
    },
    {
        "owner": "bob",
        "description": "Running shoes, size 45",
        "ordered_at": "2026-02-11 12:30:00",
        "status": FULFILLED,
        "items": [("SHOE-45-BLUE", 1, "119.99"), ("SOCKS-3", 3, "8.33")],
        "jobs": [
            (
                FAILED,
                "2026-02-11 12:30:05",
                "2026-02-11 12:30:35",
                "The warehouse did not answer within 30 seconds.",
            ),
            (FINISHED, "2026-02-11 12:45:00", "2026-02-11 12:45:02", ""),
        ],
    },
    {
        "owner": "bob",
        "description": "Proofing baskets of wicker",
        "ordered_at": "2026-05-09 16:20:00",
        "status": NEW,
        "items": [("BASKET-OVAL", 2, "14.50")],
        "jobs": [
            (
                FAILED,
                "2026-05-09 16:20:04",
                "2026-05-09 16:20:06",
                "There is no part BASKET-OVAL in the catalog.",
            )
        ],
    },
    {
        "owner": "bob",
        "description": "A kneading machine, which the neighbours would hear",
        "ordered_at": "2026-07-01 07:00:00",
        "status": NEW,
        "items": [("KNEADER-5L", 1, "449.00")],
        "jobs": [(CANCELLED, "2026-07-01 07:00:03", "2026-07-01 07:01:15", "")],
    },
    {
        "owner": "bob",
        "description": "Twenty-five kilos of rye flour",
        "ordered_at": "2026-10-30 06:10:00",
        "status": NEW,
        "items": [("FLOUR-RYE-5KG", 5, "6.79")],
        "jobs": [(RUNNING, "2026-10-30 06:10:02", "", "")],
    },
]

# User, date, items. Jobs add more invoices. The last one stays a draft.
INVOICES: list[tuple[str, str, list[Item]]] = [
    ("ada", "2026-03-31", [("BERTH-DAY", 31, "18.45"), ("KWH", 137, "0.37")]),
    ("bob", "2026-09-30", [("VAN-SHARE", 3, "33.33"), ("ROUNDING", 1, "0.02")]),
]


def load() -> int:
    """Add the orders and invoices that are missing. Return the number of new rows."""
    added = sum(add_order(order) for order in ORDERS)
    added += sum(add_invoice(*invoice) for invoice in INVOICES)
    issue_history()
    return added


def add_order(row: OrderRow) -> int:
    user, items = account(row["owner"]), row["items"]
    if Order.objects.filter(owner=user, description=row["description"]).exists():
        return 0
    order = place_order(
        owner=user,
        description=row["description"],
        items=to_lines(items),
        ordered_at=utc(row["ordered_at"]),
        status=row["status"],
    )
    return 1 + len(items) + sum(add_job(order, items, job) for job in row["jobs"])


def add_job(order: Order, items: list[Item], row: JobRow) -> int:
    """Add a job, and its invoice if it has one. Return the number of new rows."""
    status, started_at, finished_at, error = row
    if status == QUEUED:
        start_job(order=order, started_at=utc(started_at))
        return 1
    job = order.jobs.create(
        owner=order.owner,
        status=status,
        started_at=utc(started_at),
        finished_at=utc(finished_at) if finished_at else None,
        due_at=None if finished_at else NEVER,
        attempts=1,
        progress={RUNNING: 40, FINISHED: 100}.get(status, 0),
        error=error,
    )
    return 1 + (bill(job, items) if status == FINISHED and items else 0)


def bill(job: Job, items: list[Item]) -> int:
    day = job.started_at.date()
    draft_invoice(user=job.owner, invoice_date=day, items=to_lines(items), job=job)
    return 1 + len(items)


def add_invoice(name: str, invoice_date: str, items: list[Item]) -> int:
    user, day = account(name), date.fromisoformat(invoice_date)
    if Invoice.objects.filter(user=user, invoice_date=day).exists():
        return 0
    draft_invoice(user=user, invoice_date=day, items=to_lines(items))
    return 1 + len(items)


def issue_history() -> None:
    """Issue each invoice on its day, by day, except for the draft."""
    descriptions = [order["description"] for order in ORDERS]
    condition = Q(job__order__description__in=descriptions)
    for name, day, _ in INVOICES[:-1]:
        condition |= Q(job=None, user=account(name), invoice_date=day)
    drafts = Invoice.objects.filter(condition, issued_at=None)
    for draft in drafts.order_by("invoice_date", "pk"):
        issue(invoice=draft, at=utc(f"{draft.invoice_date} 12:00:00"))


def to_lines(items: list[Item]) -> list[Line]:
    return [
        {"part_code": part_code, "units": units, "unit_price": Decimal(price)}
        for part_code, units, price in items
    ]


def remove() -> int:
    """Delete the invoices of demo accounts, and return their number.

    Issued ones as well: nobody was ever billed by them. Their numbers aren't used
    again.
    """
    invoices = Invoice.objects.filter(user__is_demo=True)
    with GUARDS.suspended(connection):
        _, deleted = invoices.delete()
        # PostgreSQL creates no triggers while constraints wait to be checked.
        connection.check_constraints()
    return deleted.get(Invoice._meta.label, 0)
