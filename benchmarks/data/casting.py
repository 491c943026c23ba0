"""Actors, movies and their casts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Model

from benchmarks.data.numbers import START, STEP, word
from casting.models import Actor, Movie

ACTORS, MOVIES, CAST = 10_000, 2000, 8


def tables() -> Iterator[tuple[type[Model], Iterator[Model]]]:
    yield Actor, (actor(number) for number in range(1, ACTORS + 1))
    yield Movie, (movie(number) for number in range(1, MOVIES + 1))
    yield Movie.actors.through, casts()


def actor(number: int) -> Actor:
    return Actor(
        id=number,
        name=f"{word(number)} Player {number}",
        age=18 + number % 70,
        gender="female" if number % 2 else "male",
    )


def movie(number: int) -> Movie:
    day = START.date() - timedelta(days=number * 7)
    return Movie(id=number, title=f"{word(number)} {number}", release_date=day)


def casts() -> Iterator[Model]:
    for number in range(MOVIES * CAST):
        yield Movie.actors.through(
            movie_id=number // CAST + 1, actor_id=number * STEP % ACTORS + 1
        )
