"""Creators, videos and playlists, in proportion to the videos asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from config.benchmark_data.numbers import STEP, STRIDE, moment, word
from media_catalog.models import Creator, Playlist, Video

# The first playlist and the first creator have this many videos, if there are so many.
LONG_LIST = 1000


def tables(videos: int) -> Iterator[tuple[type[Any], Iterator[Any]]]:
    creators, playlists = max(1, videos // 100), max(1, videos // 10)
    yield Creator, (creator(number) for number in range(creators))
    yield Video, (video(number, creators) for number in range(videos))
    yield Playlist, (playlist(number, creators) for number in range(playlists))
    yield Playlist.videos.through, memberships(playlists, videos)


def creator(number: int) -> Creator:
    return Creator(
        id=f"user-{number:06}",
        name=f"{word(number)} {number % 500}",
        create_at=moment(number),
        deleted=0,
    )


def video(number: int, creators: int) -> Video:
    """Every twentieth has no author, every third was never updated."""
    author = 0 if number < LONG_LIST else number * STEP % creators
    return Video(
        id=f"video-{number:07}",
        title=f"{word(number)} {number}",
        author_id=f"user-{author:06}" if number % 20 else None,
        create_at=moment(number),
        update_at=moment(number + 60) if number % 3 else None,
        deleted=int(number % 10 == 0),
    )


def playlist(number: int, creators: int) -> Playlist:
    return Playlist(
        id=f"playlist-{number:06}",
        title=f"{word(number)} list {number}",
        owner_id=f"user-{number * STEP % creators:06}",
        create_at=moment(number),
        deleted=0,
    )


def memberships(playlists: int, videos: int) -> Iterator[Any]:
    """Five to fifteen videos a playlist, but for the long first one."""
    row = Playlist.videos.through
    for number in range(playlists):
        length = LONG_LIST if number == 0 else 5 + number % 11
        found = {
            place if number == 0 else (number * STRIDE + place * STEP) % videos
            for place in range(min(length, videos))
        }
        for place in sorted(found):
            yield row(playlist_id=f"playlist-{number:06}", video_id=f"video-{place:07}")
