"""Checks of Quintet's database before an import."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.db import connection

from accounts.models import User
from common.ops.health import migrations
from flask_import.errors import NothingWritten
from flask_import.models import ImportRun
from flask_import.sources.base import Source
from flask_import.sources.postgresql import IDENTITY
from flask_import.tables import MatchedSystem


def check_target() -> None:
    """Raise NothingWritten if rows can't be imported into the database."""
    check_migrations()
    check_no_demo_rows()


def check_migrations() -> None:
    if migrations():
        raise NothingWritten(
            "Quintet's database isn't up to date. Run manage.py migrate first."
        )


def check_no_demo_rows() -> None:
    if User.objects.filter(is_demo=True).exists():
        raise NothingWritten(
            "The database contains the demo accounts. Delete them with "
            "manage.py demo --remove, or start with a new database and QUINTET_DEMO=0."
        )


def check_is_another(source: Source) -> None:
    """Raise NothingWritten if the source is Quintet's own database."""
    if source.is_sqlite != (connection.vendor == "sqlite"):
        return
    if source.identity() == own_identity():
        raise NothingWritten("This is Quintet's own database. Name the old one.")


def own_identity() -> object:
    if connection.vendor == "sqlite":
        return Path(str(connection.settings_dict["NAME"])).resolve()
    with connection.cursor() as cursor:
        cursor.execute(IDENTITY)
        return cursor.fetchone()


def check_source_name(name: str, systems: Iterable[MatchedSystem]) -> None:
    """Raise NothingWritten if another database has been imported by this name.

    Its rows would be taken for those of this one.
    """
    for system in systems:
        tables = {each.name for each in system.tables.values()}
        others = ImportRun.objects.filter(source=name)
        for run in others.exclude(system=system.system.name):
            if shared := tables & set(run.counts):
                raise NothingWritten(
                    f"Import {run.pk} ({run.system}) took the table {min(shared)} from "
                    f'a database that is called "{name}" as well. Give this one a name '
                    "of its own, such as --source old-goals."
                )


def earlier_names(name: str, systems: Iterable[MatchedSystem]) -> list[str]:
    """Return the other names by which databases of the systems were imported."""
    names = [system.system.name for system in systems]
    runs = ImportRun.objects.filter(system__in=names).exclude(source=name)
    return sorted(set(runs.order_by().values_list("source", flat=True)))
