"""Authors and their books."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_import.tables import OldTable, System, Values, columns
from media_catalog.models import Author, Book

if TYPE_CHECKING:
    from flask_import.old_rows import OldRow

MAX_NAME_LENGTH = 50
MAX_ISBN_LENGTH, MAX_TITLE_LENGTH = 20, 100


def convert_author(row: OldRow) -> Values:
    return {
        "first_name": row.text("first_name", MAX_NAME_LENGTH),
        "last_name": row.text("last_name", MAX_NAME_LENGTH),
    }


def convert_book(row: OldRow) -> Values:
    return {
        "author_id": row.required_reference("author_id", "author"),
        "isbn": row.text_or_none("isbn", MAX_ISBN_LENGTH),
        "title": row.text("title", MAX_TITLE_LENGTH),
        "pub_year": row.required_integer("pub_year"),
    }


BOOKS = System(
    "books",
    "Books and authors",
    (
        OldTable(
            "author",
            Author,
            convert_author,
            columns("id", "first_name", "last_name"),
            # Tables of users have such names, too.
            without=frozenset({"email", "password", "username"}),
        ),
        OldTable(
            "book",
            Book,
            convert_book,
            columns("id", "isbn", "title", "pub_year", "author_id"),
        ),
    ),
)
