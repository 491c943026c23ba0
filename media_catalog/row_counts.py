"""Keeps the number of rows of the large tables, for totals that nobody has to count.

Triggers write down what each statement adds and removes, in its own transaction, so the
sum is exact for every reader, however the rows came. On PostgreSQL a table has a few
totals: a writer takes one that no other transaction has locked, or adds one, so that
writers never wait for each other. SQLite has one writer at a time and one total.
"""

from __future__ import annotations

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from common.db.triggers import Trigger, TriggerSet

TABLES = [
    f"media_catalog_{name}"
    for name in ("author", "book", "creator", "playlist", "video")
]
# No model: its rows are neither dumped and loaded nor flushed, which would count twice.
TOTALS = "media_catalog_rowcount"
TOTAL_OF = f"SELECT COALESCE(SUM(total), 0) FROM {TOTALS} WHERE name = %s"  # noqa: S608
RECOUNT = (
    "DELETE FROM {totals} WHERE name = '{table}'",
    "INSERT INTO {totals} (name, total) SELECT '{table}', count(*) FROM {table}",
)
# The oldest free row is taken, so that a transaction keeps to the one it has locked.
COUNT_ROWS = f"""
CREATE OR REPLACE FUNCTION media_catalog_count_rows() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    change bigint;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM {TOTALS} WHERE name = TG_TABLE_NAME;
        RETURN NULL;
    END IF;
    SELECT CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END
    INTO change FROM changed;
    IF change = 0 THEN
        RETURN NULL;
    END IF;
    UPDATE {TOTALS} SET total = total + change WHERE id = (
        SELECT id FROM {TOTALS} WHERE name = TG_TABLE_NAME
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
    );
    IF NOT FOUND THEN
        INSERT INTO {TOTALS} (name, total) VALUES (TG_TABLE_NAME, change);
    END IF;
    RETURN NULL;
END $$
"""  # noqa: S608
CALL = "FOR EACH STATEMENT EXECUTE FUNCTION media_catalog_count_rows()"
ADD = "UPDATE {totals} SET total = total + {change} WHERE name = '{table}';"
# By the name's last part, what follows the name of a trigger.
BODIES = {
    "postgresql": {
        "added": f"AFTER INSERT ON {{table}} REFERENCING NEW TABLE AS changed {CALL}",
        "removed": f"AFTER DELETE ON {{table}} REFERENCING OLD TABLE AS changed {CALL}",
        "emptied": f"AFTER TRUNCATE ON {{table}} {CALL}",
    },
    "sqlite": {
        "added": f"AFTER INSERT ON {{table}} BEGIN {ADD} END",
        "removed": f"AFTER DELETE ON {{table}} BEGIN {ADD} END",
    },
}


def declared(connection: BaseDatabaseWrapper) -> list[Trigger]:
    return [
        Trigger(
            name=f"{table}_{event}",
            tables=(table, TOTALS),
            body=for_table(body, table, change=1 if event == "added" else -1),
            function=COUNT_ROWS,
            afterwards=tuple(for_table(statement, table) for statement in RECOUNT),
        )
        for table in TABLES
        for event, body in BODIES[connection.vendor].items()
    ]


def for_table(statement: str, table: str, change: int = 0) -> str:
    return statement.format(table=table, totals=TOTALS, change=change)


ROW_COUNTS = TriggerSet(declared)


def counted(table: str, using: str) -> int:
    """The number of rows in one of the tables."""
    with connections[using].cursor() as cursor:
        cursor.execute(TOTAL_OF, [table])
        return int(cursor.fetchone()[0])
