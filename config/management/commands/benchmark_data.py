"""`manage.py benchmark_data`: many rows for each API, always the same, to measure."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from config.benchmark_data.filling import fill, is_empty


class Command(BaseCommand):
    help = "Fills an empty database with rows to measure."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--videos", type=int, default=100_000, help="and as many books"
        )

    def handle(self, *, videos: int, verbosity: int, **_: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("No benchmark data with QUINTET_ENV=production.")
        if videos < 1:
            raise CommandError("--videos must be at least 1.")
        if not is_empty():
            raise CommandError("The database holds rows already. Take an empty one.")
        fill(videos)
        if verbosity:
            self.stdout.write(f"{videos} videos and the rows of all other APIs added")
