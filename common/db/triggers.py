"""Database triggers that apps declare, installed by `migrate` and checked by `check`.

Each `migrate`, even one without migrations, installs the triggers that are missing or
differ from their declaration. It changes nothing else, so it waits for no writer.

SQLite drops the triggers of a table that a migration rebuilds (a new column with a
default, `AlterField`), and it can't rebuild a table that another table's trigger names.
On SQLite, triggers are therefore dropped before each operation on such a table and
installed again after it, both in the transaction of the migration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256

from django.apps import AppConfig, apps
from django.core.checks import Tags, Warning, register
from django.db import DEFAULT_DB_ALIAS, connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import Migration, RunPython, RunSQL
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models.signals import post_migrate, pre_migrate

INSTALL_COMMAND = "python manage.py migrate"
# Marks the triggers that this module installs: in their SQL on SQLite, in their comment
# on PostgreSQL.
MARKER = "quintet trigger"
# The table, name and signature of each of them.
SELECT_SIGNATURES = {
    "postgresql": f"""
        SELECT relname, tgname, obj_description(pg_trigger.oid, 'pg_trigger')
        FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
        WHERE tgenabled IN ('O', 'A') AND pg_table_is_visible(tgrelid)
        AND obj_description(pg_trigger.oid, 'pg_trigger') LIKE '{MARKER}%'
    """,  # noqa: S608
    "sqlite": f"""
        SELECT tbl_name, name, sql FROM sqlite_master
        WHERE type = 'trigger' AND sql LIKE '%/* {MARKER} */%'
    """,  # noqa: S608
}


@dataclass(frozen=True)
class Trigger:
    """A trigger on the first of `tables`, which are all tables that it names.

    `body` is what follows the name in CREATE TRIGGER. On PostgreSQL, `function` creates
    the function that it calls. `after_install` runs when all triggers of the table are
    installed.
    """

    name: str
    tables: tuple[str, ...]
    body: str
    function: str = ""
    after_install: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        return self.tables[0]

    def signature(self, vendor: str) -> str:
        """Return what the database keeps of the trigger if it is as declared here.

        SQLite keeps the statement that creates it. On PostgreSQL, it is the comment.
        """
        if vendor == "sqlite":
            return f"CREATE TRIGGER {self.name} /* {MARKER} */ {self.body}"
        return f"{MARKER} {sha256((self.function + self.body).encode()).hexdigest()}"

    def create_statements(self, vendor: str) -> list[str]:
        if vendor == "sqlite":
            return [self.signature(vendor)]
        comment = f"COMMENT ON TRIGGER {self.name} ON {self.table}"
        return [
            self.function,
            f"CREATE TRIGGER {self.name} {self.body}",
            f"{comment} IS '{self.signature(vendor)}'",
        ]


TriggersByTable = dict[str, list[Trigger]]
MigrationPlan = list[tuple[Migration, bool]]


@dataclass(frozen=True)
class TriggerSet:
    """The triggers of an app, as the function `declare` lists them for a database."""

    declare: Callable[[BaseDatabaseWrapper], list[Trigger]]

    def declared(self, connection: BaseDatabaseWrapper) -> TriggersByTable:
        """Return each table's triggers, without those that name a missing table."""
        with connection.cursor() as cursor:
            tables = {*connection.introspection.table_names(cursor)}
        by_table: TriggersByTable = {}
        for trigger in self.declare(connection):
            if tables.issuperset(trigger.tables):
                by_table.setdefault(trigger.table, []).append(trigger)
        return by_table

    def outdated(self, connection: BaseDatabaseWrapper) -> TriggersByTable:
        """Return the declared triggers of the tables whose installed ones differ."""
        signatures, vendor = installed_signatures(connection), connection.vendor
        return {
            table: triggers
            for table, triggers in self.declared(connection).items()
            if signatures.get(table, {})
            != {trigger.name: trigger.signature(vendor) for trigger in triggers}
        }

    def install(self, connection: BaseDatabaseWrapper) -> None:
        """Install the triggers of each table whose installed triggers differ.

        Each table has a transaction of its own that locks the table first, so it holds
        no other lock while it waits for writers.
        """
        for table in sorted(self.outdated(connection)):
            with transaction.atomic(connection.alias), connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
                # Another `migrate` may have installed them in the meantime.
                if triggers := self.outdated(connection).get(table):
                    drop(connection, table, {trigger.name for trigger in triggers})
                    for statement in install_statements(triggers, connection.vendor):
                        cursor.execute(statement)

    @contextmanager
    def suspended(self, connection: BaseDatabaseWrapper) -> Iterator[None]:
        """Run a transaction in which the tables don't have the triggers."""
        with transaction.atomic(connection.alias):
            for table in self.declared(connection):
                drop(connection, table)
            yield
            self.install(connection)

    def install_on_migrate(self, app: AppConfig) -> None:
        """Have `migrate` install the triggers. Call this in `AppConfig.ready()`."""

        def suspend(using: str, plan: MigrationPlan, **kwargs: object) -> None:
            if connections[using].vendor == "sqlite":
                self.suspend_for_rebuilds(plan, connections[using])

        def install(using: str, **kwargs: object) -> None:
            if router.allow_migrate(using, app.label):
                self.install(connections[using])

        registry.append(self)
        pre_migrate.connect(suspend, sender=app, weak=False)
        post_migrate.connect(install, sender=app, weak=False)

    def suspend_for_rebuilds(
        self, plan: MigrationPlan, connection: BaseDatabaseWrapper
    ) -> None:
        declared = self.declare(connection)
        tables = {table for trigger in declared for table in trigger.tables}
        for migration, _ in plan:
            migration.operations = [  # type: ignore[misc]  # it has a list of its own
                WithoutTriggers(operation, self)
                if may_rebuild(operation, tables)
                else operation
                for operation in migration.operations
            ]


class WithoutTriggers(Operation):
    """An operation during which triggers are suspended."""

    def __init__(self, operation: Operation, triggers: TriggerSet) -> None:
        self.operation, self.triggers = operation, triggers

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        self.operation.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        with self.triggers.suspended(schema_editor.connection):
            self.operation.database_forwards(
                app_label, schema_editor, from_state, to_state
            )

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        with self.triggers.suspended(schema_editor.connection):
            self.operation.database_backwards(
                app_label, schema_editor, from_state, to_state
            )

    def references_model(self, name: str, app_label: str) -> bool:
        return self.operation.references_model(name, app_label)


registry: list[TriggerSet] = []


def installed_signatures(connection: BaseDatabaseWrapper) -> dict[str, dict[str, str]]:
    """Return the signatures of the installed triggers by table and name."""
    signatures: dict[str, dict[str, str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(SELECT_SIGNATURES[connection.vendor])
        for table, name, signature in cursor.fetchall():
            signatures.setdefault(table, {})[name] = signature
    return signatures


def install_statements(triggers: list[Trigger], vendor: str) -> Iterable[str]:
    """Return the statements that install all triggers of a table that has none."""
    create = [sql for trigger in triggers for sql in trigger.create_statements(vendor)]
    after = [sql for trigger in triggers for sql in trigger.after_install]
    # Triggers may share their function and `after_install`: run each once, in order.
    return dict.fromkeys([*create, *after])


def drop(
    connection: BaseDatabaseWrapper, table: str, names: Iterable[str] = ()
) -> None:
    """Drop the triggers of a table that bear our marker or one of the names."""
    on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in {*names, *installed_signatures(connection).get(table, {})}:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")


def may_rebuild(operation: Operation, tables: set[str]) -> bool:
    """Return whether an operation concerns a table's model or a model related to it."""
    if isinstance(operation, RunPython | RunSQL):
        return False
    models = [model for model in apps.get_models() if model._meta.db_table in tables]
    fields = [field for model in models for field in model._meta.get_fields()]
    models += [field.related_model for field in fields if field.related_model]
    return any(
        operation.references_model(model.__name__, model._meta.app_label)
        for model in models
    )


def missing_triggers(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Return the names of the declared triggers of which no version is installed."""
    connection = connections[using]
    signatures = installed_signatures(connection)
    return [
        trigger.name
        for trigger_set in registry
        for table, triggers in trigger_set.declared(connection).items()
        for trigger in triggers
        if trigger.name not in signatures.get(table, {})
    ]


@register(Tags.database)
def check_triggers(
    app_configs: object, databases: Sequence[str] | None = None, **kwargs: object
) -> list[Warning]:
    """Warn of missing triggers. An error would stop `migrate`, which installs them."""
    return [
        Warning(
            f"The database {alias!r} has no triggers {', '.join(names)}.",
            hint=f"Run: {INSTALL_COMMAND} --database {alias}",
            id="common.W001",
        )
        for alias in databases or []
        if (names := missing_triggers(alias))
    ]
