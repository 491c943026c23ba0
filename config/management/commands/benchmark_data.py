"""`manage.py benchmark_data`: many rows for each API, the same in every run."""

from __future__ import annotations

from argparse import ArgumentParser

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from config.benchmark_data.filling import fill, is_empty


class Command(BaseCommand):
    help = "Fills an empty database with rows for benchmarks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--videos", type=int, default=100_000, help="number of videos, and of books"
        )

    def handle(self, *, videos: int, verbosity: int, **options: object) -> None:
        if settings.PRODUCTION:
            raise CommandError(
                "Benchmark data can't be loaded with QUINTET_ENV=production."
            )
        if videos < 1:
            raise CommandError("--videos must be at least 1.")
        if not is_empty():
            raise CommandError("The database isn't empty. Use an empty database.")
        fill(videos)
        if verbosity:
            self.stdout.write(f"{videos} videos and the rows of all other APIs added")
