"""Authors and their books, as many as there are videos."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from config.benchmark_data.numbers import STEP, word
from media_catalog.models import Author, Book


def tables(books: int) -> Iterator[tuple[type[Any], Iterator[Any]]]:
    authors = max(1, books // 100)
    yield Author, (author(number) for number in range(1, authors + 1))
    yield Book, (book(number, authors) for number in range(1, books + 1))


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
