"""`manage.py import_flask`: takes the rows of an old Flask system into Quintet."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand

from flask_import.arguments import add_arguments
from flask_import.errors import ROWS_LEFT_OUT, NothingWritten
from flask_import.importing import Import
from flask_import.undo import get_run, undo


class Command(BaseCommand):
    help = (
        "Imports the database of an old Flask system. Says what it would do; with "
        "--write, does it. Exit codes: 0: every row is in. 3: some rows were left out. "
        "2: nothing was written, and you have to decide something. 1: writing failed "
        "and was rolled back."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_arguments(parser)

    def handle(self, **options: Any) -> None:
        if options["undo"] is not None:
            self.undo(options["undo"])
        elif options["forget"] is not None:
            self.forget(options["forget"])
        elif options["database_url"] is None:
            raise NothingWritten("Name the URL of the old database.")
        elif Import(options, self.stdout).run():  # type: ignore[arg-type]
            sys.exit(ROWS_LEFT_OUT)

    def undo(self, number: int) -> None:
        undone = undo(get_run(number))
        for name, deleted in undone.deleted.items():
            self.stdout.write(f"{name}: {deleted} deleted")
        for model, key, reason in undone.kept:
            self.stdout.write(f"{model} {key} is kept: {reason}")
        if undone.kept:
            sys.exit(ROWS_LEFT_OUT)

    def forget(self, number: int) -> None:
        run = get_run(number)
        rows = run.rows.count()
        run.delete()
        self.stdout.write(
            f"Import {number} is forgotten: the {rows} rows are there, but no longer "
            "linked to the old ones."
        )
