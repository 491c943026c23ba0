from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from media_catalog.models import Author, Book


@transaction.atomic
def add_author(*, books: Iterable[dict[str, object]] = (), **columns: object) -> Author:
    """Store a new author with their books, given by their columns."""
    author = Author.objects.create(**columns)
    Book.objects.bulk_create(Book(author=author, **book) for book in books)
    return author
