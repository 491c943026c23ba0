"""`manage.py demo`: data to look at and play with, in all five systems."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

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

LOADERS = {
    "accounts": accounts.demo.load,
    "goals": goals.demo.load,
    "bucketlists": bucketlists.demo.load,
    "casting": casting.demo.load,
    "media catalog": media_catalog.demo.load,
    "orders": orders.demo.load,
}


class Command(BaseCommand):
    help = (
        "Loads the demo data, once: what is changed or deleted afterwards stays so. "
        "To have them all again, use --restore or delete staff@example.com first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--restore",
            action="store_true",
            help="add the demo rows that are missing, those deleted or renamed, too",
        )

    def handle(self, *, restore: bool, verbosity: int, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError(
                "Demo accounts have a password that everybody knows: "
                "no demo data with QUINTET_ENV=production."
            )
        is_needed = restore or not accounts.demo.is_loaded()
        added = load() if is_needed else dict.fromkeys(LOADERS, 0)
        if verbosity:
            self.report(added)

    def report(self, added: dict[str, int]) -> None:
        for app, rows in added.items():
            done = f"{rows} row{pluralize(rows)} added" if rows else "nothing to do"
            self.stdout.write(f"{app}: {done}")


@transaction.atomic
def load() -> dict[str, int]:
    return {app: add() for app, add in LOADERS.items()}
