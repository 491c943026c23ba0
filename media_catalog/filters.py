"""The columns by which clients can filter and order books and authors.

The operators are in `dialects/dbbase/filters.py`.
"""

from __future__ import annotations

import django_filters as filters

from media_catalog.models import Author, Book


class BookFilter(filters.FilterSet):
    author_id = filters.NumberFilter()

    class Meta:
        model = Book
        fields = [
            "id",
            "isbn",
            "title",
            "pub_year",
            "author__first_name",
            "author__last_name",
        ]


class AuthorFilter(filters.FilterSet):
    class Meta:
        model = Author
        fields = [
            "id",
            "first_name",
            "last_name",
            "books__title",
            "books__isbn",
            "books__pub_year",
        ]
