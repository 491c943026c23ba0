from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from dialects.dbbase import (
    DbbaseIntegerField,
    DbbaseKeyField,
    DbbaseModelSerializer,
    are_stored,
)
from dialects.restless import RestlessSerializer
from media_catalog.models import Author, Book, Creator, Playlist, Video
from media_catalog.services import add_author

MAX_BOOKS = 1000


class CreatorSerializer(RestlessSerializer):
    class Meta:
        model = Creator
        fields = ["name", "create_at", "update_at", "deleted"]


class VideoSerializer(RestlessSerializer):
    class Meta:
        model = Video
        fields = ["title", "create_at", "update_at", "deleted"]


class PlaylistSerializer(RestlessSerializer):
    class Meta:
        model = Playlist
        fields = ["title", "create_at", "update_at", "deleted"]


class BookAuthorSerializer(DbbaseModelSerializer):
    """An author, nested in a book."""

    full_name = serializers.CharField(read_only=True)

    class Meta:
        model = Author
        fields = ["first_name", "last_name", "full_name", "id"]
        read_only_fields = fields


class BookSerializer(DbbaseModelSerializer):
    author = BookAuthorSerializer(read_only=True)
    author_id = DbbaseKeyField(source="author", queryset=Author.objects.all())

    class Meta:
        model = Book
        fields = ["id", "isbn", "title", "pub_year", "author_id", "author"]


class AuthorBookSerializer(DbbaseModelSerializer):
    """A book, nested in its author. A new author can be sent with books."""

    id = DbbaseIntegerField(read_only=True)
    author_id = DbbaseIntegerField(read_only=True)

    class Meta:
        model = Book
        fields = ["id", "isbn", "title", "pub_year", "author_id"]


class AuthorSerializer(DbbaseModelSerializer):
    create_only_fields = ["books"]

    full_name = serializers.CharField(read_only=True)
    books = serializers.ListSerializer[Any](
        child=AuthorBookSerializer(), required=False, max_length=MAX_BOOKS
    )

    class Meta:
        model = Author
        fields = ["id", "first_name", "last_name", "full_name", "books"]

    def validate_books(self, books: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if self.instance is None:
            return books
        sent = self.initial_data.get("books", [])
        if not are_stored(books, sent, self.instance.books.all()):
            raise ValidationError("Change books at /books/<id>.")
        return books

    def insert(self, columns: dict[str, Any]) -> Author:
        return add_author(**columns)

    def update(self, instance: Author, validated_data: dict[str, Any]) -> Any:
        validated_data.pop("books", None)
        return super().update(instance, validated_data)
