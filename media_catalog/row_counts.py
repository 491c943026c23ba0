"""Row counts of the large tables, kept by triggers so that totals need no COUNT(*).

The triggers record what each statement adds and removes in its own transaction. So the
sum is exact for every reader, whatever wrote the rows. On PostgreSQL, a table has a few
totals: a writer takes one that no other transaction has locked, or adds one, so writers
never wait for each other. SQLite has one writer at a time and one total per table.
"""

from __future__ import annotations

from typing import Any

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql import Query

from common.db.triggers import Trigger, TriggerSet

# Every model with a CountedQuerySet.
TABLES = [
    f"media_catalog_{name}"
    for name in ("author", "book", "creator", "playlist", "video")
]
# Not a model: dumping and loading its rows, or flushing them, would count rows twice.
TOTALS = "media_catalog_rowcount"
SELECT_TOTAL = f"SELECT COALESCE(SUM(total), 0) FROM {TOTALS} WHERE name = %s"  # noqa: S608
RECOUNT = (
    "DELETE FROM {totals} WHERE name = '{table}'",
    "INSERT INTO {totals} (name, total) SELECT '{table}', count(*) FROM {table}",
)
# Takes the oldest free total, so a transaction stays with the one it has locked.
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
# The SQL after the name in CREATE TRIGGER, by the last part of that name.
CALL = "FOR EACH STATEMENT EXECUTE FUNCTION media_catalog_count_rows()"
ADD = "UPDATE {totals} SET total = total + {change} WHERE name = '{table}';"
TRIGGER_BODIES = {
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


def declare_triggers(connection: BaseDatabaseWrapper) -> list[Trigger]:
    return [
        Trigger(
            name=f"{table}_{event}",
            tables=(table, TOTALS),
            body=format_sql(body, table, change=1 if event == "added" else -1),
            function=COUNT_ROWS,
            after_install=tuple(format_sql(statement, table) for statement in RECOUNT),
        )
        for table in TABLES
        for event, body in TRIGGER_BODIES[connection.vendor].items()
    ]


def format_sql(statement: str, table: str, change: int = 0) -> str:
    return statement.format(table=table, totals=TOTALS, change=change)


ROW_COUNTS = TriggerSet(declare_triggers)


def row_count(table: str, using: str) -> int:
    """Return the number of rows in one of `TABLES`."""
    with connections[using].cursor() as cursor:
        cursor.execute(SELECT_TOTAL, [table])
        return int(cursor.fetchone()[0])


class CountedQuerySet(models.QuerySet[Any]):
    """The rows of one of `TABLES`."""

    def total(self) -> int:
        """Return the same as `count()`, without a COUNT(*) over the whole table."""
        if self.is_whole_table():
            return row_count(self.model._meta.db_table, self.db)
        return self.count()

    def is_whole_table(self) -> bool:
        """Return whether no condition, join or slice changes the number of rows."""
        query = self.query
        if type(query) is not Query or query.is_sliced:
            return False
        conditions = (query.where, query.distinct, query.combinator, query.group_by)
        additions = (query.annotations, query.extra, query.extra_tables)
        return not any((*conditions, *additions)) and len(query.alias_map) <= 1
