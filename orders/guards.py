"""Triggers that make issued invoices immutable, for raw SQL and the admin, too.

They refuse to change or delete an issued invoice and to add, change or delete items of
one. Only its job can become NULL, when the job is deleted. A draft can be issued only
with items, with a number, and with the current sequence of its year's counter, and a
counter never decreases. A refused statement raises `IntegrityError`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper

from common.db.triggers import Trigger, TriggerSet

INVOICES, ITEMS = "orders_invoice", "orders_invoiceitem"
COUNTERS = "orders_invoicecounter"
TABLES = (INVOICES, ITEMS, COUNTERS)

# 23000 becomes an `IntegrityError`; PostgreSQL itself never raises it.
FUNCTIONS = {
    "orders_keep_invoice": """
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.issued_at IS NOT NULL THEN
        IF TG_OP = 'UPDATE' AND NEW.job_id IS NULL
            AND to_jsonb(NEW) - 'job_id' = to_jsonb(OLD) - 'job_id' THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'DELETE' THEN
        RETURN OLD;
    ELSIF NEW.issued_at IS NULL OR (
        TG_OP = 'UPDATE' AND NEW.number <> ''
        AND EXISTS (SELECT FROM orders_invoiceitem WHERE invoice_id = NEW.id)
        AND EXISTS (
            SELECT FROM orders_invoicecounter
            WHERE year = NEW.year AND last = NEW.sequence
        )
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'immutable: issued invoices' USING ERRCODE = '23000';
END """,
    "orders_keep_invoice_item": """
BEGIN
    IF EXISTS (
        SELECT FROM (
            SELECT issued_at FROM orders_invoice
            WHERE id IN (OLD.invoice_id, NEW.invoice_id)
            ORDER BY id FOR NO KEY UPDATE
        ) AS locked WHERE issued_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'immutable: items of issued invoices' USING ERRCODE = '23000';
    END IF;
    RETURN COALESCE(NEW, OLD);
END """,
    "orders_refuse_new_items": """
BEGIN
    IF EXISTS (
        SELECT FROM (
            SELECT issued_at FROM orders_invoice
            WHERE id IN (SELECT invoice_id FROM added)
            ORDER BY id FOR NO KEY UPDATE
        ) AS locked WHERE issued_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'immutable: items of issued invoices' USING ERRCODE = '23000';
    END IF;
    RETURN NULL;
END """,
    "orders_keep_invoice_counter": """
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.year = OLD.year AND NEW.last >= OLD.last THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'immutable: counters of invoices' USING ERRCODE = '23000';
END """,
}
BY_ROW = "BEFORE {events} ON {table} FOR EACH ROW"
# Checks all items that a statement adds at once, in a tenth of the time.
BY_STATEMENT = (
    "AFTER {events} ON {table} REFERENCING NEW TABLE AS added FOR EACH STATEMENT"
)
# Trigger, table, timing, events, function.
ON_POSTGRESQL = [
    ("kept", INVOICES, BY_ROW, "INSERT OR UPDATE OR DELETE", "orders_keep_invoice"),
    ("kept", ITEMS, BY_ROW, "UPDATE OR DELETE", "orders_keep_invoice_item"),
    ("refuse_new", ITEMS, BY_STATEMENT, "INSERT", "orders_refuse_new_items"),
    ("kept", COUNTERS, BY_ROW, "UPDATE OR DELETE", "orders_keep_invoice_counter"),
]

# INSERT OR REPLACE deletes rows without firing the triggers for DELETE.
REPLACES_ISSUED = """EXISTS (
    SELECT 1 FROM orders_invoice AS other WHERE other.issued_at IS NOT NULL AND (
        other.id = NEW.id OR other.job_id = NEW.job_id
        OR (other.year = NEW.year AND other.sequence = NEW.sequence)
        OR other.number = NEW.number
    ) {except_itself}
)"""
ITEM_OF_ISSUED = """EXISTS (
    SELECT 1 FROM orders_invoice WHERE issued_at IS NOT NULL AND id IN ({ids})
)"""
REPLACED = "(SELECT invoice_id FROM orders_invoiceitem WHERE id = NEW.id)"
CAN_BE_ISSUED = """(
    COALESCE(NEW.number, '') <> ''
    AND EXISTS (SELECT 1 FROM orders_invoiceitem WHERE invoice_id = NEW.id) AND EXISTS (
        SELECT 1 FROM orders_invoicecounter
        WHERE year = NEW.year AND last = NEW.sequence
    )
)"""
# Table, event, condition of a refusal; `{changed}` is true if a column changes.
ON_SQLITE = [
    (INVOICES, "DELETE", "OLD.issued_at IS NOT NULL"),
    (
        INVOICES,
        "INSERT",
        f"NEW.issued_at IS NOT NULL OR {REPLACES_ISSUED.format(except_itself='')}",
    ),
    (
        INVOICES,
        "UPDATE",
        "CASE WHEN OLD.issued_at IS NOT NULL THEN {changed}"
        f" ELSE (NEW.issued_at IS NOT NULL AND NOT {CAN_BE_ISSUED})"
        f" OR {REPLACES_ISSUED.format(except_itself='AND other.id <> OLD.id')} END",
    ),
    (ITEMS, "DELETE", ITEM_OF_ISSUED.format(ids="OLD.invoice_id")),
    (ITEMS, "INSERT", ITEM_OF_ISSUED.format(ids=f"NEW.invoice_id, {REPLACED}")),
    (
        ITEMS,
        "UPDATE",
        ITEM_OF_ISSUED.format(ids=f"OLD.invoice_id, NEW.invoice_id, {REPLACED}"),
    ),
    (COUNTERS, "DELETE", "1"),
    (
        COUNTERS,
        "INSERT",
        "EXISTS (SELECT 1 FROM orders_invoicecounter"
        " WHERE year = NEW.year AND last > NEW.last)",
    ),
    (COUNTERS, "UPDATE", "NEW.year <> OLD.year OR NEW.last < OLD.last"),
]


def declare_triggers(connection: BaseDatabaseWrapper) -> list[Trigger]:
    if connection.vendor == "postgresql":
        return [
            Trigger(
                name=f"{table}_{name}",
                tables=tables_from(table),
                body=f"{timing.format(events=events, table=table)}"
                f" EXECUTE FUNCTION {function}()",
                function=f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger"
                f" LANGUAGE plpgsql AS $${FUNCTIONS[function]}$$",
            )
            for name, table, timing, events, function in ON_POSTGRESQL
        ]
    changed = change_condition(connection)
    return [
        Trigger(
            name=f"{table}_kept_on_{event.lower()}",
            tables=tables_from(table),
            body=f"BEFORE {event} ON {table}"
            f" WHEN {condition.replace('{changed}', changed)}"
            f" BEGIN SELECT RAISE(ABORT, 'immutable: {table}'); END",
        )
        for table, event, condition in ON_SQLITE
    ]


def tables_from(table: str) -> tuple[str, ...]:
    """Return all tables, a trigger's own first: most triggers name all three."""
    return (table, *(other for other in TABLES if other != table))


def change_condition(connection: BaseDatabaseWrapper) -> str:
    """Return the condition that more changes than `job_id` to NULL, on SQLite."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT name FROM pragma_table_info('{INVOICES}')")  # noqa: S608
        names = [name for (name,) in cursor.fetchall() if name != "job_id"]
    changes = [f'NEW."{name}" IS NOT OLD."{name}"' for name in names]
    return f"({' OR '.join(['NEW.job_id IS NOT NULL', *changes])})"


GUARDS = TriggerSet(declare_triggers)


@contextmanager
def without_guards(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Remove the triggers on SQLite, to empty a whole database.

    On PostgreSQL they stay, because TRUNCATE does not fire them.
    """
    if connection.vendor == "postgresql":
        yield
        return
    with GUARDS.suspended(connection):
        yield
