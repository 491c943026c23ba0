"""Invoices and their items. They become drafts: the old program issued none."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from accounts.models import User
from accounts.querysets import neutral_name
from flask_import import kinds
from flask_import.accounts import account_at, masked, usual_placeholder
from flask_import.kinds import SKIP, Kind
from flask_import.systems.orders import ORDERS
from flask_import.tables import MatchedTable, Names, OldTable, System, Values, columns
from flask_import.wholes import Damage, leave_out_incomplete, leave_out_whole
from orders.models import MAX_ITEMS, TOO_MUCH, Invoice, InvoiceItem

if TYPE_CHECKING:
    from flask_import.old_rows import OldRow
    from flask_import.planning import Planner
    from flask_import.sources.base import Table

MAX_PART_CODE_LENGTH = 80
NO_USERS = Kind(
    "no-users",
    "The database has only numbers of users. Each gets an account without a password.",
    "--owners, --orphans-to",
)
TOO_LARGE = Kind("too-large", "The amount has more than 15 digits.")
INCOMPLETE = Kind("incomplete", "The invoice has an item that can't be taken.")
OVERSIZED = Kind(
    "oversized",
    f"The invoice has more than {MAX_ITEMS} items, or a total of more than 15 digits.",
)
# In cents, which SQLite adds exactly as far as the limit.
OVERSIZED_INVOICES = """
SELECT parent, COUNT(*), TOTAL(
    json_extract(new_values, '$.units')
    * CAST(REPLACE(json_extract(new_values, '$.unit_price'), '.', '') AS INTEGER)
) AS cents
FROM planned WHERE old_table = :items AND state = 'new'
GROUP BY parent HAVING COUNT(*) > :most_items OR ABS(cents) >= :too_much
ORDER BY MIN(number)
"""


def has_no_customers(tables: Mapping[str, Table]) -> bool:
    """Return whether the database lacks the orders, whose users have the invoices."""
    return not all(
        any(old.names_in(table, {}) for table in tables.values())
        for old in ORDERS.tables
        if old.is_required
    )


def find_numbers(table: Table, _: Mapping[str, MatchedTable]) -> Names | None:
    is_invoice = {"user_id", "invoice_date"} <= set(table.columns)
    return {"id": ("user_id",)} if is_invoice else None


def look_up_accounts(planner: Planner, rows: list[OldRow]) -> None:
    addresses = {usual_placeholder(row, "") for row in rows}
    planner.accounts.look_up(addresses, set())


def convert_number(row: OldRow) -> Values:
    """Return an account for a user's number, unless the owner has named one."""
    options, accounts = row.planner.options, row.planner.accounts
    address = usual_placeholder(row, "")
    if named := options.owners.get(row.old_id, options.orphans_to):
        row.existing_pk = account_at(named)
        return {"password": None}
    row.decide("row", NO_USERS, ["create", SKIP], masked(address))
    # If the import was forgotten, the account is still there. One that is known came
    # from the users of another system in this database.
    account = accounts.by_address.get(address)
    if account is not None and account not in accounts.of_source:
        row.existing_pk = account
        return {"password": None}
    name = accounts.free_name(neutral_name(int(row.pk)))
    email = accounts.free_placeholder(row, "")
    return {"email": email, "name": name, "password": None}


def require_customers(planner: Planner, rows: list[OldRow]) -> None:
    if planner.table_of(rows[0].matched, "customer") is None:
        planner.require(
            "The invoices belong to users of the orders. Import both: "
            "--system orders,invoices."
        )


def convert_invoice(row: OldRow) -> Values:
    user, date = row.owner("user_id", "customer"), row.date("invoice_date")
    if date is None:
        row.decide("invoice_date", kinds.NO_TIME, [SKIP])
    return {"user_id": user, "invoice_date": date}


def convert_item(row: OldRow) -> Values:
    invoice = row.required_reference("invoice_id", "invoice")
    units, price = row.required_integer("units"), row.cents("unit_price")
    if abs(units * price) >= TOO_MUCH:
        row.decide("unit_price", TOO_LARGE, [SKIP], f"{units} · {price}")
    return {
        "invoice_id": invoice,
        "part_code": row.text("part_code", MAX_PART_CODE_LENGTH),
        "units": units,
        "unit_price": price,
    }


def leave_out_invoices(planner: Planner, items: MatchedTable) -> None:
    """Leave out invoices with items that can't be taken, and those that are too big."""
    invoices = planner.table_of(items, "invoice")
    if invoices is None:
        return
    leave_out_incomplete(planner, items, invoices, INCOMPLETE)
    parameters = {
        "items": items.name,
        "most_items": MAX_ITEMS,
        "too_much": int(TOO_MUCH * 100),
    }
    rows = planner.plan.connection.execute(OVERSIZED_INVOICES, parameters)
    damages = [
        Damage(old_id, f"{count} items, {Decimal(int(cents)) / 100}")
        for old_id, count, cents in rows
    ]
    leave_out_whole(planner, items, invoices, OVERSIZED, damages)


INVOICES = System(
    "invoices",
    "Invoices",
    (
        OldTable(
            "customer",
            User,
            convert_number,
            {},
            find_names=find_numbers,
            look_up=look_up_accounts,
            is_required=False,
            is_needed=has_no_customers,
            is_distinct=True,
        ),
        OldTable(
            "invoice",
            Invoice,
            convert_invoice,
            columns("id", "user_id", "invoice_date"),
            look_up=require_customers,
        ),
        OldTable(
            "invoice_item",
            InvoiceItem,
            convert_item,
            columns("id", "invoice_id", "part_code", "units", "unit_price"),
            parent="invoice_id",
            finish=leave_out_invoices,
        ),
    ),
)
