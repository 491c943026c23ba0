from __future__ import annotations

from common.resources import SheetResource
from media_catalog.models import Author, Book


class AuthorResource(SheetResource):
    class Meta(SheetResource.Meta):
        model = Author
        fields = ("id", "first_name", "last_name")


class BookResource(SheetResource):
    class Meta(SheetResource.Meta):
        model = Book
        fields = ("id", "isbn", "title", "pub_year", "author")
