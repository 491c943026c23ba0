"""`manage.py benchmark_data`: a large media catalog, always the same, to measure."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import transaction

from media_catalog.models import Creator, Playlist, Video

BATCH = 5000
START = datetime(2020, 1, 1, tzinfo=UTC)
WORDS = ["Anchor", "Bell", "Compass", "Deck", "Ebb", "Fog", "Gale", "Harbour"]
# The first playlist and the first creator have this many videos, if there are so many.
LONG_LIST = 1000
# Primes, which spread relatives evenly without a random number.
STEP, STRIDE = 7919, 104_729


class Command(BaseCommand):
    help = "Fills an empty media catalog with users, videos and playlists to measure."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--videos", type=int, default=100_000)
        parser.add_argument(
            "--force", action="store_true", help="even if there are rows already"
        )

    def handle(self, *, videos: int, force: bool, verbosity: int, **_: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("No benchmark data with QUINTET_ENV=production.")
        if videos < 1:
            raise CommandError("--videos must be at least 1.")
        models = [Creator, Video, Playlist]
        if not force and any(model._default_manager.exists() for model in models):
            raise CommandError(
                "The media catalog holds rows already. "
                "Take an empty database, or add to them by --force."
            )
        fill(videos)
        if verbosity:
            self.stdout.write(f"{videos} videos and their users and playlists added")


@transaction.atomic
def fill(videos: int) -> None:
    users, playlists = videos // 100 + 1, videos // 50 + 1
    store(Creator, (creator(n) for n in range(users)))
    store(Video, (video(n, users) for n in range(videos)))
    store(Playlist, (playlist(n, users) for n in range(playlists)))
    store(Playlist.videos.through, memberships(playlists, videos))


def store(model: Any, rows: Iterable[Any]) -> None:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        model._default_manager.bulk_create(batch, ignore_conflicts=True)


def moment(number: int) -> datetime:
    return START + timedelta(minutes=number)


def creator(number: int) -> Creator:
    return Creator(
        id=f"user-{number:06}",
        name=f"{WORDS[number % len(WORDS)]} {number % 500}",
        create_at=moment(number),
        deleted=0,
    )


def video(number: int, users: int) -> Video:
    """Every twentieth has no author, every third was never updated."""
    author = 0 if number < LONG_LIST else number * STEP % users
    return Video(
        id=f"video-{number:07}",
        title=f"{WORDS[number % len(WORDS)]} {number}",
        author_id=f"user-{author:06}" if number % 20 else None,
        create_at=moment(number),
        update_at=moment(number + 60) if number % 3 else None,
        deleted=int(number % 10 == 0),
    )


def playlist(number: int, users: int) -> Playlist:
    return Playlist(
        id=f"playlist-{number:06}",
        title=f"{WORDS[number % len(WORDS)]} list {number}",
        owner_id=f"user-{number * STEP % users:06}",
        create_at=moment(number),
        deleted=0,
    )


def memberships(playlists: int, videos: int) -> Iterator[Any]:
    """Five to twenty-four videos a playlist, but for the long first one."""
    row = Playlist.videos.through
    for number in range(playlists):
        length = LONG_LIST if number == 0 else 5 + number % 20
        found = {
            place if number == 0 else (number * STRIDE + place * STEP) % videos
            for place in range(min(length, videos))
        }
        for place in sorted(found):
            yield row(playlist_id=f"playlist-{number:06}", video_id=f"video-{place:07}")
