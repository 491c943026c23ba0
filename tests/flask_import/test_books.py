"""The database of authors and books."""

from __future__ import annotations

import pytest

from media_catalog.models import Author, Book

pytestmark = pytest.mark.django_db


def test_authors_and_books_keep_their_ids(take):
    result = take("dbbase-books")

    assert result.code == 3
    assert "author  25 read  24 to write  1 left out" in result.output
    assert "book  33 read  29 to write  4 left out  1 changed" in result.output
    # Quintet has no prices.
    assert "Not imported: book.price (1)" in result.output
    assert (
        Author.objects.get(pk=9).first_name
        == "👩\u200d👩\u200d👧\u200d👦 family 🏳️\u200d🌈"
    )
    assert Book.objects.get(pk=5).author_id == 2


# What becomes of rows that Quintet can't store as they were, and of unusual ones.
STRANGE_BOOKS = {
    26: {"isbn": None, "pub_year": -44},
    27: {"isbn": "", "pub_year": 0},
    28: None,  # the author is missing
    29: None,  # half a year
    30: None,  # the year 10^12
    801: {"isbn": "i" * 20, "title": "t" * 100},
    802: {"title": "nultitle"},
    803: {"isbn": "978-0878932191"},  # another book has the ISBN
}


def test_books_are_taken_whose_values_quintet_can_store(take):
    result = take("dbbase-books", "--truncate")

    books = Book.objects.in_bulk(STRANGE_BOOKS)
    assert {
        pk: values and {name: getattr(books[pk], name) for name in values}
        for pk, values in STRANGE_BOOKS.items()
    } == STRANGE_BOOKS
    assert STRANGE_BOOKS.keys() - books.keys() == {28, 29, 30}
    assert Author.objects.get(pk=24).full_name == " "
    assert Author.objects.get(pk=901).first_name == "f" * 50
    assert "801: 300 of 100 characters" in result.output
