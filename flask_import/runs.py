"""Earlier imports: their list, and forgetting one."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.timezone import localtime

from flask_import.errors import NothingWritten
from flask_import.models import ImportRun
from flask_import.reports import aligned


def get_run(number: int) -> ImportRun:
    run = ImportRun.objects.filter(pk=number).first()
    if run is None:
        known = ", ".join(str(each.pk) for each in ImportRun.objects.order_by("pk"))
        raise NothingWritten(
            f"There is no import {number}. There are: {known or 'none'}."
        )
    return run


def run_lines() -> Iterator[str]:
    """Return a table of the imports, the latest first."""
    rows = [
        [
            str(run.pk),
            run.system,
            run.source,
            f"{localtime(run.written_at):%Y-%m-%d %H:%M}",
            ", ".join(
                f"{name} {number}" for name, number in sorted(run.counts.items())
            ),
        ]
        for run in ImportRun.objects.all()
    ]
    if not rows:
        return iter(["There are no imports."])
    return aligned([["import", "system", "source", "written at", "rows"], *rows])


def forget(number: int) -> str:
    """Delete the records of an import, not its rows. Return what that means."""
    run = get_run(number)
    rows = run.rows.count()
    run.delete()
    return (
        f"Import {number} is forgotten. Its {rows} rows stay, but Quintet no longer "
        "knows where they came from. Another import would write them again."
    )
