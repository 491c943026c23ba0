"""Orders with their users: version 1 without jobs, version 2 with them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.models import User
from flask_import.accounts import convert_account, look_up_accounts
from flask_import.kinds import SKIP, Kind
from flask_import.old_rows import Clock, old_id_of, shown, whole_number
from flask_import.sources.base import Value
from flask_import.tables import MatchedTable, OldTable, System, Values, columns
from flask_import.wholes import leave_out_incomplete
from orders.models import Job, Order

if TYPE_CHECKING:
    from flask_import.old_rows import OldRow
    from flask_import.planning import Planner

MAX_DESCRIPTION_LENGTH = 10_000
NO_STATUS = Kind("no-status", "The status is missing.")
HELD = Kind("held", "The job isn't finished. No worker gets it until you release it.")
OTHER_STATUS = Kind(
    "other-status", "The status is neither 0 (queued) nor 2 (finished)."
)
ENDED = Kind("ended", "The job has an end, but isn't finished.")
NO_END = Kind("no-end", "The job is finished, but its end is missing.")
ENDS_BEFORE_START = Kind("ends-before-start", "The job ends before it starts.")
OTHER_OWNER = Kind("other-owner", "The job's owner isn't the owner of its order.")
INCOMPLETE = Kind("incomplete", "The order has a job that can't be taken.")


def convert_user(row: OldRow) -> Values:
    values = convert_account(row)
    if row.existing_pk is not None:
        return values
    return values | {
        "is_account_current": row.boolean("is_account_current", True),
        "date_joined": joined_at(row),
        "last_login": row.time("last_login"),
    }


def joined_at(row: OldRow) -> datetime:
    """Return the day as it was, which has no zone."""
    day: date | None = row.date("date_joined")
    if day is None:
        return row.time_instead("date_joined", timezone.now())
    return datetime.combine(day, time.min, UTC)


def convert_order(row: OldRow) -> Values:
    status = row.integer("status_id", min(Order.Status), max(Order.Status))
    if status is None:
        row.decide("status_id", NO_STATUS, ["new", SKIP])
    return {
        "owner_id": row.owner("owner_id", "customer"),
        "description": row.text("description", MAX_DESCRIPTION_LENGTH),
        "ordered_at": time_or_now(row, "ordered_at"),
        "status": status or Order.Status.NEW,
    }


def time_or_now(row: OldRow, column: str, clock: Clock = Clock.LOCAL) -> datetime:
    return row.time(column, clock) or row.time_instead(column, timezone.now())


def convert_job(row: OldRow) -> Values:
    """Return a job that has ended, or a held one: an imported job never runs.

    The end is read by the clock of the start. No old program wrote it by itself.
    """
    order = row.required_reference("order_id", "order")
    start = time_or_now(row, "started_at", Clock.DATABASE)
    end = row.time("finished_at", Clock.DATABASE)
    state = ended(row, start, end) if is_over(row, end) else held(row)
    return state | {
        "owner_id": owner_of(row, order),
        "order_id": order,
        "started_at": start,
    }


def is_over(row: OldRow, end: datetime | None) -> bool:
    status = row.values["status_id"]
    if whole_number(status) == Job.Status.FINISHED:
        return True
    if end is None:
        return False
    choices = ["finished", "held", SKIP]
    return row.decide("status_id", ENDED, choices, status_text(status)) != "held"


def ended(row: OldRow, start: datetime, end: datetime | None) -> Values:
    if end is None:
        row.decide("finished_at", NO_END, ["start", SKIP])
    elif end < start:
        row.decide("finished_at", ENDS_BEFORE_START, ["start", SKIP])
    return {
        "status": Job.Status.FINISHED,
        "progress": 100,
        "finished_at": start if end is None else max(start, end),
    }


def held(row: OldRow) -> Values:
    status = row.values["status_id"]
    if whole_number(status) == Job.Status.QUEUED:
        row.decide("status_id", HELD, ["hold", SKIP])
    else:
        row.decide("status_id", OTHER_STATUS, ["hold", SKIP], status_text(status))
    return {"status": Job.Status.QUEUED, "is_held": True}


def status_text(status: Value) -> str:
    return "no status" if status is None else f"status {shown(status)}"


def owner_of(row: OldRow, order: int | str) -> object:
    """Return the owner of the job's order, because no other user may see the order."""
    planner, old_order = row.planner, str(row.parent)
    table = planner.table_of(row.matched, "order")
    owner = table and planner.plan.value_of(table.name, old_order, "owner_id")
    if owner is None:
        # An earlier run has written the order.
        owner = Order.objects.values_list("owner_id", flat=True).get(pk=order)
    old_owner = old_id_of([row.values["owner_id"]])
    pk = planner.pk_of(row.matched, "customer", old_owner)
    if str(pk) != str(owner):
        detail = f"{shown(old_owner)} → owner of order {shown(old_order)}"
        row.decide("owner_id", OTHER_OWNER, ["order", SKIP], detail)
    return owner


def leave_out_orders(planner: Planner, jobs: MatchedTable) -> None:
    if orders := planner.table_of(jobs, "order"):
        leave_out_incomplete(planner, jobs, orders, INCOMPLETE)


ORDERS = System(
    "orders",
    "Orders",
    (
        OldTable(
            "customer",
            User,
            convert_user,
            {
                **columns("id", "email", "password", "is_account_current"),
                **columns("is_active", "is_staff", "date_joined", "last_login"),
                "name": ("username",),
            },
            secret=frozenset({"password"}),
            look_up=look_up_accounts,
        ),
        OldTable(
            "order",
            Order,
            convert_order,
            columns("id", "owner_id", "description", "ordered_at", "status_id"),
        ),
        OldTable(
            "job",
            Job,
            convert_job,
            {
                **columns("id", "owner_id", "order_id", "status_id"),
                **columns("started_at", "finished_at"),
            },
            # Version 1 has none.
            is_required=False,
            parent="order_id",
            finish=leave_out_orders,
        ),
    ),
)
