"""`manage.py import_flask`: takes the rows of an old Flask system into Quintet."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from flask_import.arguments import add_arguments, check_arguments
from flask_import.errors import BROKEN_OFF, ROWS_LEFT_OUT, ImportFailed
from flask_import.importing import Import
from flask_import.reports import aligned
from flask_import.runs import forget, get_run, run_lines
from flask_import.undo import Undo, kept_lines, write_kept


class Command(BaseCommand):
    help = (
        "Imports the database of an old Flask system. Without --write, only reports "
        "what would be written. Exit codes: 0: all rows are imported. 3: some rows are "
        "left out. 2: nothing was written, and a decision is missing. 1: writing "
        "failed and was rolled back."
    )
    missing_args_message = "The URL of the old database is missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_arguments(parser)

    def handle(self, **options: Any) -> None:
        try:
            is_complete = self.run(options)
        except ImportFailed as exc:
            raise CommandError(str(exc), returncode=exc.exit_code) from exc
        except KeyboardInterrupt:
            raise CommandError(
                "Interrupted. Nothing was written incompletely.",
                returncode=BROKEN_OFF,
            ) from None
        if not is_complete:
            sys.exit(ROWS_LEFT_OUT)

    def run(self, options: dict[str, Any]) -> bool:
        """Run the action of the options. Return whether nothing is left out or kept."""
        check_arguments(options)
        if options["runs"]:
            return self.say(*run_lines())
        if options["undo"] is not None:
            return self.undo(options["undo"], options["report"])
        if options["forget"] is not None:
            return self.say(forget(options["forget"]))
        importing = Import(options, self.stdout, sys.stderr)  # type: ignore[arg-type]
        return not importing.run()

    def say(self, *lines: str) -> bool:
        for line in lines:
            self.stdout.write(line)
        return True

    def undo(self, number: int, report: str | None) -> bool:
        run = get_run(number)
        undone = Undo(run)
        undone.run()
        rows = [[name, str(each)] for name, each in undone.deleted.items() if each]
        self.say(*aligned([["deleted", "rows"], *rows]))
        if not undone.kept:
            return self.say(f"Import {number} is undone.")
        self.say(*kept_lines(undone))
        if report:
            write_kept(Path(report), run)
        return False
