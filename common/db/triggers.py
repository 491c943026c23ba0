"""Database triggers that apps declare, installed by `migrate` and checked by `check`.

Each `migrate`, even one without migrations, installs the triggers that are missing or
differ from their declaration. It touches nothing else, so it waits for no writer.

SQLite drops the triggers of a table that a migration rebuilds (a new column with a
default, `AlterField`), and rebuilds no table that another table's triggers name. So
there, triggers are removed before each operation that names such a table and installed
after it, both in the transaction of the migration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import Tags, Warning, register
from django.db import DEFAULT_DB_ALIAS, connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper as Connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor as Editor
from django.db.migrations import Migration, RunPython, RunSQL
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models.signals import post_migrate, pre_migrate

CURE = "python manage.py migrate"
# Our triggers are found by this mark: SQLite keeps their text as it is, and on
# PostgreSQL their comments consist of it and of a digest of their definition.
MARK = "quintet trigger"
INSTALLED = {
    "postgresql": f"""
        SELECT relname, tgname, obj_description(pg_trigger.oid, 'pg_trigger')
        FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
        WHERE tgenabled IN ('O', 'A') AND pg_table_is_visible(tgrelid)
        AND obj_description(pg_trigger.oid, 'pg_trigger') LIKE '{MARK}%'
    """,  # noqa: S608
    "sqlite": f"""
        SELECT tbl_name, name, sql FROM sqlite_master
        WHERE type = 'trigger' AND sql LIKE '%/* {MARK} */%'
    """,  # noqa: S608
}


@dataclass(frozen=True)
class Trigger:
    """A trigger on the first of `tables`, which are all that it names.

    `body` follows its name in CREATE TRIGGER. On PostgreSQL, `function` creates what it
    calls. `afterwards` runs once all triggers of its table are installed.
    """

    name: str
    tables: tuple[str, ...]
    body: str
    function: str = ""
    afterwards: tuple[str, ...] = ()

    def mark(self, vendor: str) -> str:
        """What `INSTALLED` tells of it, if it is there as declared."""
        if vendor == "sqlite":
            return f"CREATE TRIGGER {self.name} /* {MARK} */ {self.body}"
        return f"{MARK} {sha256((self.function + self.body).encode()).hexdigest()}"


def statements(triggers: list[Trigger], vendor: str) -> Iterable[str]:
    """What installs all triggers of a table, where it has none."""
    found = []
    for trigger in triggers:
        mark, table = trigger.mark(vendor), trigger.tables[0]
        if vendor == "sqlite":
            found.append(mark)
            continue
        create = f"CREATE TRIGGER {trigger.name} {trigger.body}"
        comment = f"COMMENT ON TRIGGER {trigger.name} ON {table} IS '{mark}'"
        found += [trigger.function, create, comment]
    found += [statement for trigger in triggers for statement in trigger.afterwards]
    # Triggers may share a function, and what is done afterwards.
    return dict.fromkeys(found)


def installed(connection: Connection) -> dict[str, dict[str, str]]:
    """The marks of each table's triggers, by name."""
    found: dict[str, dict[str, str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(INSTALLED[connection.vendor])
        for table, name, mark in cursor.fetchall():
            found.setdefault(table, {})[name] = mark
    return found


@dataclass(frozen=True)
class TriggerSet:
    """The triggers of an app, as `declared` lists them for a database."""

    declared: Callable[[Connection], list[Trigger]]

    def wanted(self, connection: Connection) -> dict[str, list[Trigger]]:
        """The triggers of each table, as far as all tables that they name exist."""
        with connection.cursor() as cursor:
            there = {*connection.introspection.table_names(cursor)}
        found: dict[str, list[Trigger]] = {}
        for trigger in self.declared(connection):
            if there.issuperset(trigger.tables):
                found.setdefault(trigger.tables[0], []).append(trigger)
        return found

    def differing(self, connection: Connection) -> dict[str, list[Trigger]]:
        """The wanted triggers of each table that has others."""
        there, vendor = installed(connection), connection.vendor
        return {
            table: triggers
            for table, triggers in self.wanted(connection).items()
            if there.get(table, {}) != {t.name: t.mark(vendor) for t in triggers}
        }

    def install(self, connection: Connection) -> None:
        """Installs the wanted triggers of each table that has others.

        Each table has its own transaction, which locks that table first: while it waits
        for writers, it holds nothing that they may wait for.
        """
        for table in sorted(self.differing(connection)):
            with transaction.atomic(connection.alias), connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
                # Another `migrate` may have installed them in the meantime.
                if triggers := self.differing(connection).get(table):
                    drop(connection, table, {trigger.name for trigger in triggers})
                    for statement in statements(triggers, connection.vendor):
                        cursor.execute(statement)

    @contextmanager
    def lifted(self, connection: Connection) -> Iterator[None]:
        """A transaction in which the tables do without the triggers."""
        with transaction.atomic(connection.alias):
            for table in self.wanted(connection):
                drop(connection, table, set())
            yield
            self.install(connection)

    def watch(self, app: AppConfig) -> None:
        """Has `migrate` install the triggers; to be called in `AppConfig.ready()`."""

        def before(using: str, plan: Plan, **kwargs: Any) -> None:
            if connections[using].vendor == "sqlite":
                self.wrap_operations(plan, connections[using])

        def after(using: str, **kwargs: Any) -> None:
            if router.allow_migrate(using, app.label):
                self.install(connections[using])

        watched.append(self)
        pre_migrate.connect(before, sender=app, weak=False)
        post_migrate.connect(after, sender=app, weak=False)

    def wrap_operations(self, plan: Plan, connection: Connection) -> None:
        tables = {t for trigger in self.declared(connection) for t in trigger.tables}
        for migration, _ in plan:
            migration.operations = [  # type: ignore[misc]  # it has a list of its own
                WithoutTriggers(operation, self)
                if may_rebuild(operation, tables)
                else operation
                for operation in migration.operations
            ]


class WithoutTriggers(Operation):
    """An operation for the time of which triggers are lifted."""

    def __init__(self, operation: Operation, triggers: TriggerSet) -> None:
        self.operation, self.triggers = operation, triggers

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        self.operation.state_forwards(app_label, state)

    def database_forwards(self, app_label: str, editor: Editor, *states: Any) -> None:
        with self.triggers.lifted(editor.connection):
            self.operation.database_forwards(app_label, editor, *states)

    def database_backwards(self, app_label: str, editor: Editor, *states: Any) -> None:
        with self.triggers.lifted(editor.connection):
            self.operation.database_backwards(app_label, editor, *states)

    def references_model(self, name: str, app_label: str) -> bool:
        return self.operation.references_model(name, app_label)


Plan = list[tuple[Migration, bool]]
watched: list[TriggerSet] = []


def drop(connection: Connection, table: str, names: set[str]) -> None:
    """Drops these triggers of a table, and all others of ours on it."""
    on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in names.union(installed(connection).get(table, {})):
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")


def may_rebuild(operation: Operation, tables: set[str]) -> bool:
    """Whether it names the model of one of the tables, or one related to that."""
    if isinstance(operation, RunPython | RunSQL):
        return False
    own = [model for model in apps.get_models() if model._meta.db_table in tables]
    related = [f.related_model for model in own for f in model._meta.get_fields()]
    return any(
        operation.references_model(model.__name__, model._meta.app_label)
        for model in [*own, *filter(None, related)]
    )


def missing(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """The names of the triggers that are not there, in whichever version."""
    connection = connections[using]
    there = installed(connection)
    return [
        trigger.name
        for each in watched
        for table, triggers in each.wanted(connection).items()
        for trigger in triggers
        if trigger.name not in there.get(table, {})
    ]


@register(Tags.database)
def check_triggers(
    app_configs: object, databases: Sequence[str] | None = None, **kwargs: object
) -> list[Warning]:
    """A warning only, for an error would keep `migrate` from its cure."""
    return [
        Warning(
            f"The database {alias!r} has no triggers {', '.join(names)}.",
            hint=f"Run: {CURE} --database {alias}",
            id="common.W001",
        )
        for alias in databases or []
        if (names := missing(alias))
    ]
