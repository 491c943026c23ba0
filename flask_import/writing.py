"""The second pass: writes exactly what is planned, one transaction for each system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.core.management.color import no_style
from django.db import Error, IntegrityError, connection, transaction
from django.db.models import DateField, Model

from accounts.models import OldPassword, User
from accounts.old_passwords import stored_passwords_of
from flask_import.batches import batches
from flask_import.checksums import checksum, checksum_of_row
from flask_import.errors import BrokenOff, first_line
from flask_import.models import ImportedRow, ImportRun
from flask_import.plan import Plan, PlannedRow, State
from flask_import.tables import MatchedSystem, MatchedTable

BATCH_SIZE = 1000


@dataclass
class Writer:
    plan: Plan
    source_name: str
    # Called with the table and the number of rows written in each step.
    progress: Callable[[MatchedTable, int], None]
    # Called when a system is written, in the same transaction.
    finish: Callable[[MatchedSystem], None]

    def write(self, matched: MatchedSystem) -> ImportRun | None:
        """Write the new rows of a system. Return None if there are none.

        Raise BrokenOff if the database refuses a row or has another number of rows
        than it should; nothing is written then.
        """
        try:
            with transaction.atomic():
                run = self.write_system(matched) if self.has_rows(matched) else None
                self.finish(matched)
                return run
        except IntegrityError as exc:
            raise BrokenOff(
                f"The database refused a row, and nothing of {matched.system.name} was "
                f"written: {first_line(exc)}. Someone may have changed rows in the "
                "meantime. Run the command again."
            ) from exc
        except Error as exc:
            raise BrokenOff(
                f"The database failed, and nothing of {matched.system.name} was "
                f"written: {first_line(exc)}."
            ) from exc

    def write_system(self, matched: MatchedSystem) -> ImportRun:
        run = ImportRun.objects.create(
            source=self.source_name, system=matched.system.name
        )
        for table in matched.tables.values():
            run.counts[table.name] = self.write_table(run, table)
        check_foreign_keys(matched)
        run.save()
        return run

    def has_rows(self, matched: MatchedSystem) -> bool:
        return any(
            self.plan.count(table.name, state)
            for table in matched.tables.values()
            for state in (State.NEW, State.MERGED)
        )

    def write_table(self, run: ImportRun, table: MatchedTable) -> int:
        """Write a table's new rows. Return their number."""
        model = table.old.model
        before, written = model._default_manager.count(), 0
        for rows in batches(self.plan.rows(table.name, State.NEW), BATCH_SIZE):
            self.write_rows(run, table, rows)
            written += len(rows)
            self.progress(table, len(rows))
        for rows in batches(self.plan.rows(table.name, State.MERGED), BATCH_SIZE):
            self.merge_rows(run, table, rows)
            self.progress(table, len(rows))
        after = model._default_manager.count()
        if after != before + written:
            raise BrokenOff(
                f"{table.name}: {written} rows were written, but there are "
                f"{after - before} more. Nothing of {table.system.name} was written."
            )
        reset_sequence(model)
        return written

    def write_rows(
        self, run: ImportRun, table: MatchedTable, rows: list[PlannedRow]
    ) -> None:
        hash_passwords(table, rows)
        instances = instances_of(table.old.model, rows)
        table.old.model._default_manager.bulk_create(instances)
        set_automatic_dates(table.old.model, rows, instances)
        self.record(run, table, rows, [checksum_of_row(each) for each in instances])

    def merge_rows(
        self, run: ImportRun, table: MatchedTable, rows: list[PlannedRow]
    ) -> None:
        """Link people to their accounts, which then have two passwords."""
        with_password = {row.old_id for row in rows if row.values["password"]}
        hash_passwords(table, rows)
        users = User.objects.in_bulk([int(row.pk) for row in rows])
        for row in rows:
            merge_account(users[int(row.pk)], row, row.old_id in with_password)
        checksums = [checksum(str(row.values["password"])) for row in rows]
        self.record(run, table, rows, checksums, is_new=False)

    def record(
        self,
        run: ImportRun,
        table: MatchedTable,
        rows: list[PlannedRow],
        checksums: list[str],
        *,
        is_new: bool = True,
    ) -> None:
        ImportedRow.objects.bulk_create(
            ImportedRow(
                run=run,
                source=self.source_name,
                table=table.name,
                old_id=row.old_id,
                model=table.old.model._meta.label_lower,
                new_pk=str(row.pk),
                is_new=is_new,
                old_checksum=row.old_checksum,
                checksum=checksum,
            )
            for row, checksum in zip(rows, checksums, strict=True)
        )


def instances_of(model: type[Model], rows: list[PlannedRow]) -> list[Model]:
    """Return the new rows. In the plan, their values have the types of JSON."""
    converters = {each.attname: each.to_python for each in model._meta.concrete_fields}
    return [
        model(
            pk=row.pk,
            **{name: converters[name](value) for name, value in row.values.items()},
        )
        for row in rows
    ]


def set_automatic_dates(
    model: type[Model], rows: list[PlannedRow], instances: list[Model]
) -> None:
    """Give columns with `auto_now` and `auto_now_add` the old values."""
    names = [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, DateField) and (field.auto_now or field.auto_now_add)
    ]
    if not names:
        return
    originals = instances_of(model, rows)
    for original, instance in zip(originals, instances, strict=True):
        for name in names:
            setattr(instance, name, getattr(original, name))
    model._default_manager.bulk_update(instances, names)


def hash_passwords(table: MatchedTable, rows: list[PlannedRow]) -> None:
    if table.old.model is not User:
        return
    passwords = [row.values["password"] for row in rows]
    encoded = stored_passwords_of([None if p is None else str(p) for p in passwords])
    for row, each in zip(rows, encoded, strict=True):
        row.values["password"] = each


def merge_account(user: User, row: PlannedRow, has_password: bool) -> None:
    """Let the person log in with this password, if any, until the first login.

    A staff account keeps its password alone: an old system may not have verified the
    address, and the person who registered there must not get the account's rights.
    """
    if has_password and not user.is_staff and not user.is_superuser:
        encoded = str(row.values["password"])
        OldPassword.objects.create(user=user, encoded=encoded, beside=user.password)
    if row.values.get("uses_goals") and not user.uses_goals:
        user.uses_goals = True
        user.save(update_fields=["uses_goals"])


def reset_sequence(model: type[Model]) -> None:
    """Let the next generated ID be above all others."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(sql)


def check_foreign_keys(matched: MatchedSystem) -> None:
    """Raise IntegrityError for a row that refers to nothing."""
    models = {table.old.model for table in matched.tables.values()}
    connection.check_constraints([model._meta.db_table for model in models])
