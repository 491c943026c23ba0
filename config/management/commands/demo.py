"""`manage.py demo`: demo data for all five APIs."""

from __future__ import annotations

from argparse import ArgumentParser

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import transaction
from django.template.defaultfilters import pluralize

import accounts.demo
import bucketlists.demo
import casting.demo
import goals.demo
import media_catalog.demo
import orders.demo
from common.db.demo import overwriting

LOADERS = {
    "accounts": accounts.demo.load,
    "goals": goals.demo.load,
    "bucketlists": bucketlists.demo.load,
    "casting": casting.demo.load,
    "media catalog": media_catalog.demo.load,
    "orders": orders.demo.load,
}
QUESTION = (
    "This deletes the demo accounts with all their goals, bucket lists, orders and "
    "invoices, and loads the demo data again. Continue? [y/N] "
)


class Command(BaseCommand):
    help = (
        "Loads the demo data. If it has been loaded before, does nothing: your changes "
        "are kept. To restore missing rows, use --restore. To delete the demo accounts "
        "with all their data, use --remove. To start over, use --reset."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        options = parser.add_mutually_exclusive_group()
        options.add_argument(
            "--restore",
            action="store_true",
            help="add missing demo rows, including those you deleted or renamed",
        )
        options.add_argument(
            "--remove",
            action="store_true",
            help="delete the demo accounts with their goals, bucket lists, orders and "
            "invoices, issued ones as well; movies, books and videos are kept",
        )
        options.add_argument(
            "--reset",
            action="store_true",
            help="delete the demo accounts as --remove does, and load the original "
            "demo data; rows of other users are kept",
        )
        parser.add_argument(
            "--no-input",
            action="store_false",
            dest="interactive",
            help="don't ask before --reset",
        )

    def handle(
        self,
        *,
        restore: bool,
        remove: bool,
        reset: bool,
        interactive: bool,
        verbosity: int,
        **options: object,
    ) -> None:
        if remove:
            self.remove(verbosity)
        elif reset:
            self.reset(interactive, verbosity)
        else:
            self.load(restore, verbosity)

    def reset(self, interactive: bool, verbosity: int) -> None:
        refuse_production()
        if interactive and not is_confirmed():
            raise CommandError("Nothing was changed.")
        with transaction.atomic(), overwriting():
            self.remove(verbosity)
            self.load(restore=True, verbosity=verbosity)

    def remove(self, verbosity: int) -> None:
        with transaction.atomic():
            invoices, users = orders.demo.remove(), accounts.demo.remove()
        if verbosity:
            self.stdout.write(
                f"{users} demo account{pluralize(users)} removed, with all their data "
                f"and {invoices} invoice{pluralize(invoices)}"
            )

    def load(self, restore: bool, verbosity: int) -> None:
        refuse_production()
        is_needed = restore or not accounts.demo.is_loaded()
        added = load() if is_needed else dict.fromkeys(LOADERS, 0)
        if verbosity:
            self.report(added)

    def report(self, added: dict[str, int]) -> None:
        for app, rows in added.items():
            text = f"{rows} row{pluralize(rows)} added" if rows else "nothing to do"
            self.stdout.write(f"{app}: {text}")


def is_confirmed() -> bool:
    """Ask for confirmation on the terminal. Return False without one."""
    try:
        return input(QUESTION).strip().lower() in {"y", "yes"}
    except EOFError:
        return False


def refuse_production() -> None:
    if settings.PRODUCTION:
        raise CommandError(
            "Demo accounts have a public password, so QUINTET_ENV=production refuses "
            "them."
        )


@transaction.atomic
def load() -> dict[str, int]:
    return {app: add() for app, add in LOADERS.items()}
