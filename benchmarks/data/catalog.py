"""Creators, videos, playlists, authors and books, in proportion to the videos."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Model

from benchmarks.data.numbers import STEP, STRIDE, moment, word
from media_catalog.models import Author, Book, Creator, Playlist, PlaylistVideo, Video

# The first playlist and the first creator have this many videos, if there are as many.
LONG_LIST = 1000


def tables(videos: int) -> Iterator[tuple[type[Model], Iterator[Model]]]:
    creators, playlists = max(1, videos // 100), max(1, videos // 10)
    yield Creator, (creator(number) for number in range(creators))
    yield Video, (video(number, creators) for number in range(videos))
    yield Playlist, (playlist(number, creators) for number in range(playlists))
    yield PlaylistVideo, memberships(playlists, videos)
    authors, books = max(1, videos // 100), videos
    yield Author, (author(number) for number in range(1, authors + 1))
    yield Book, (book(number, authors) for number in range(1, books + 1))


def creator(number: int) -> Creator:
    return Creator(
        id=f"user-{number:06}",
        name=f"{word(number)} {number % 500}",
        create_at=moment(number),
        deleted=0,
    )


def video(number: int, creators: int) -> Video:
    """Return a video. One in 20 has no author, and one in 3 was never updated."""
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


def memberships(playlists: int, videos: int) -> Iterator[Model]:
    """Yield 5 to 15 videos of each playlist, but for the long first one."""
    for number in range(playlists):
        length = LONG_LIST if number == 0 else 5 + number % 11
        members = {
            place if number == 0 else (number * STRIDE + place * STEP) % videos
            for place in range(min(length, videos))
        }
        for member in sorted(members):
            yield PlaylistVideo(
                playlist_id=f"playlist-{number:06}", video_id=f"video-{member:07}"
            )


def author(number: int) -> Author:
    return Author(id=number, first_name=word(number), last_name=f"Writer {number}")


def book(number: int, authors: int) -> Book:
    return Book(
        id=number,
        isbn=f"{9_780_000_000_000 + number}",
        title=f"{word(number)} in {number} chapters",
        pub_year=1950 + number % 70,
        author_id=number * STEP % authors + 1,
    )
