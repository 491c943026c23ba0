"""Demo data: orders and jobs in every state, issued invoices and drafts.

A worker runs the one queued job and bills its order. The running job stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TypedDict

from django.db import connection
from django.db.models import Q

from accounts.demo import account
from common.db.demo import find_or_add, id_if_free, utc
from common.db.sequences import advance_sequence
from orders.guards import GUARDS
from orders.models import Invoice, InvoiceItem, Job, Order
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
# User, date, items, and the job that created it, if any.
InvoiceRow = tuple[str, str, list[Item], Job | None]


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
                "The warehouse did not respond within 30 seconds.",
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

# User, date, items. Jobs add more invoices. Those after the first one stay drafts: one
# to change, one to issue and one to delete.
INVOICES: list[tuple[str, str, list[Item]]] = [
    ("ada", "2026-03-31", [("BERTH-DAY", 31, "18.45"), ("KWH", 137, "0.37")]),
    ("bob", "2026-09-30", [("VAN-SHARE", 3, "33.33"), ("ROUNDING", 1, "0.02")]),
    ("bob", "2026-10-31", [("VAN-SHARE", 2, "33.33")]),
    ("bob", "2026-11-15", [("OVEN-HOUR", 6, "4.50")]),
]


def load() -> int:
    """Add the orders and invoices that are missing. Return the number of new rows."""
    added = sum(add_order(number, row) for number, row in enumerate(ORDERS, 1))
    jobs = [(row, job) for row in ORDERS for job in row["jobs"]]
    added += sum(add_job(number, *job) for number, job in enumerate(jobs, 1))
    invoices = [*bills(), *((*invoice, None) for invoice in INVOICES)]
    added += sum(add_invoice(number, *row) for number, row in enumerate(invoices, 1))
    items = [(*row[:2], item) for row in invoices for item in row[2]]
    added += sum(add_invoice_item(number, *row) for number, row in enumerate(items, 1))
    issue_history()
    return added


def add_order(number: int, row: OrderRow) -> int:
    if find_order(row) is not None:
        return 0
    order = place_order(
        owner=account(row["owner"]),
        description=row["description"],
        items=to_lines(row["items"]),
        ordered_at=utc(row["ordered_at"]),
        status=row["status"],
        **id_if_free(Order, number),
    )
    advance_sequence(order)
    return 1 + len(row["items"])


def find_order(row: OrderRow) -> Order | None:
    orders = Order.objects.filter(owner=account(row["owner"]))
    return orders.filter(description=row["description"]).order_by("pk").first()


def add_job(number: int, row: OrderRow, job_row: JobRow) -> bool:
    order, (status, started_at, finished_at, error) = find_order(row), job_row
    if order is None or order.jobs.filter(started_at=utc(started_at)).exists():
        return False
    columns = id_if_free(Job, number) | {"started_at": utc(started_at)}
    if status == QUEUED:
        job = start_job(order=order, **columns)
    else:
        job = order.jobs.create(
            owner=order.owner,
            status=status,
            finished_at=utc(finished_at) if finished_at else None,
            due_at=None if finished_at else NEVER,
            attempts=1,
            progress={RUNNING: 40, FINISHED: 100}.get(status, 0),
            error=error,
            **columns,
        )
    advance_sequence(job)
    return True


def bills() -> Iterator[InvoiceRow]:
    """Return the invoices of the orders that a job has finished, with their jobs."""
    for row in ORDERS:
        for status, started_at, _, _ in row["jobs"] if row["items"] else ():
            if status == FINISHED:
                job = Job.objects.get(order=find_order(row), started_at=utc(started_at))
                yield row["owner"], started_at[:10], row["items"], job


def add_invoice(
    number: int, name: str, invoice_date: str, items: list[Item], job: Job | None
) -> bool:
    if find_invoice(name, invoice_date) is not None:
        return False
    user, day = account(name), date.fromisoformat(invoice_date)
    columns = id_if_free(Invoice, number)
    advance_sequence(draft_invoice(user=user, invoice_date=day, job=job, **columns))
    return True


def find_invoice(name: str, invoice_date: str) -> Invoice | None:
    invoices = Invoice.objects.filter(user=account(name))
    return invoices.filter(invoice_date=invoice_date).order_by("pk").first()


def add_invoice_item(number: int, name: str, invoice_date: str, item: Item) -> bool:
    invoice, (line,) = find_invoice(name, invoice_date), to_lines([item])
    if invoice is None or invoice.is_issued:
        return False
    _, is_new = find_or_add(
        InvoiceItem,
        number=number,
        invoice=invoice,
        part_code=line["part_code"],
        defaults={"units": line["units"], "unit_price": line["unit_price"]},
    )
    return is_new


def issue_history() -> None:
    """Issue each invoice on its day, by day, except for the drafts."""
    descriptions = [order["description"] for order in ORDERS]
    condition = Q(job__order__description__in=descriptions)
    for name, day, _ in INVOICES[:1]:
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

    Issued ones as well, because no real customer was billed by them. Their numbers
    aren't used again.
    """
    invoices = Invoice.objects.filter(user__is_demo=True)
    with GUARDS.suspended(connection):
        _, deleted = invoices.delete()
        # PostgreSQL creates no triggers while constraints wait to be checked.
        connection.check_constraints()
    return deleted.get(Invoice._meta.label, 0)
