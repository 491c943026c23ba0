from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Model
from rest_framework.serializers import BaseSerializer

from dialects.dbbase import DbbaseViewSet
from dialects.restless import RestlessViewSet
from media_catalog.filters import AuthorFilter, BookFilter
from media_catalog.models import Author, Book, Creator, Playlist, Video
from media_catalog.permissions import IsLibrarian, OwnsOrMayWrite, may_write
from media_catalog.serializers import (
    AuthorSerializer,
    BookSerializer,
    CreatorSerializer,
    PlaylistSerializer,
    VideoSerializer,
)


class CatalogViewSet(RestlessViewSet):
    tag = "Media catalog (JSON:API)"
    permission_classes = [OwnsOrMayWrite]

    def may_change(self, rows: Sequence[Model]) -> bool:
        return may_write(self.request.user, rows)

    def may_delete(self, row: Model) -> bool:
        return may_write(self.request.user, [row], "delete")


class CreatorViewSet(CatalogViewSet):
    queryset = Creator.objects.all()
    serializer_class = CreatorSerializer
    relationships = {"owned_videos": "video", "owned_playlists": "playlist"}

    def perform_create(self, serializer: BaseSerializer[Creator]) -> None:
        user = self.request.user
        serializer.save(account=user if user.is_authenticated else None)


class VideoViewSet(CatalogViewSet):
    queryset = Video.objects.all()
    serializer_class = VideoSerializer
    relationships = {"author": "user", "playlists": "playlist"}
    replace_to_many = True


class PlaylistViewSet(CatalogViewSet):
    queryset = Playlist.objects.all()
    serializer_class = PlaylistSerializer
    relationships = {"owner": "user", "videos": "video"}
    replace_to_many = True


class BookViewSet(DbbaseViewSet):
    tag = "Books and authors"
    queryset = Book.objects.for_api()
    serializer_class = BookSerializer
    takes_lists = True
    filterset_class = BookFilter
    permission_classes = [IsLibrarian]


class AuthorViewSet(DbbaseViewSet):
    tag = "Books and authors"
    action_texts = {
        "create": "Create the author with the books in the body.",
        "destroy": "Delete an author without books.",
    }
    queryset = Author.objects.for_api()
    serializer_class = AuthorSerializer
    filterset_class = AuthorFilter
    permission_classes = [IsLibrarian]
