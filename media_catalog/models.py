"""The rows of two old APIs.

JSON:API has creators (their type is `user`), videos and playlists; DBBase has authors
and books. `Video.author` is the old API's name for a `Creator`, not for an `Author`.
"""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from common.db.fields import Int32Field, PositionField, depends_only_on_columns
from common.db.indexes import OrderIndex
from media_catalog.querysets import (
    AuthorQuerySet,
    BookQuerySet,
    CreatorQuerySet,
    PlaylistQuerySet,
    VideoQuerySet,
)


def new_id() -> str:
    return str(uuid4())


class CatalogRow(models.Model):
    """The fields of creators, videos and playlists. Clients may choose the ID."""

    id = models.CharField("ID", primary_key=True, max_length=255, default=new_id)
    create_at = models.DateTimeField("created at", null=True, blank=True)
    update_at = models.DateTimeField("updated at", null=True, blank=True)
    deleted = Int32Field(
        null=True, blank=True, help_text="Set by clients. 0 means not deleted."
    )

    class Meta:
        abstract = True
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(id=""), name="%(app_label)s_%(class)s_has_id"
            )
        ]
        indexes = [
            OrderIndex(
                F("create_at").desc(nulls_last=True),
                F("id").asc(),
                name="%(app_label)s_%(class)s_newest",
            ),
            OrderIndex(
                F("update_at").desc(nulls_last=True),
                F("id").asc(),
                name="%(app_label)s_%(class)s_update",
            ),
            # One for each direction: rows with the same value are ordered by ID.
            OrderIndex(
                F("deleted").asc(nulls_first=True),
                F("id").asc(),
                name="%(app_label)s_%(class)s_mark",
            ),
            OrderIndex(
                F("deleted").desc(nulls_last=True),
                F("id").asc(),
                name="%(app_label)s_%(class)s_unmark",
            ),
        ]


class Creator(CatalogRow):
    """A publisher of videos and playlists. Its JSON:API type is `user`."""

    # Clients distinguish null from an empty text, here and in titles.
    name = models.TextField(null=True, blank=True)  # noqa: DJ001
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="creators",
    )

    objects = CreatorQuerySet.as_manager()

    class Meta(CatalogRow.Meta):
        indexes = [
            *CatalogRow.Meta.indexes,
            models.Index(
                fields=["id"],
                condition=Q(name=None),
                name="media_catalog_creator_blank",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.pk


class Video(CatalogRow):
    title = models.TextField(null=True, blank=True)  # noqa: DJ001
    author = models.ForeignKey(
        Creator,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="owned_videos",
        # The index `media_catalog_video_author` serves it.
        db_index=False,
    )

    objects = VideoQuerySet.as_manager()

    class Meta(CatalogRow.Meta):
        indexes = [
            *CatalogRow.Meta.indexes,
            OrderIndex(
                F("author").asc(nulls_first=True),
                F("id").asc(),
                name="media_catalog_video_author",
            ),
            models.Index(
                fields=["id"], condition=Q(title=None), name="media_catalog_video_blank"
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.pk


class Playlist(CatalogRow):
    title = models.TextField(null=True, blank=True)  # noqa: DJ001
    owner = models.ForeignKey(
        Creator,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="owned_playlists",
        db_index=False,
    )
    videos = models.ManyToManyField(
        Video, through="PlaylistVideo", blank=True, related_name="playlists"
    )

    objects = PlaylistQuerySet.as_manager()

    class Meta(CatalogRow.Meta):
        indexes = [
            *CatalogRow.Meta.indexes,
            OrderIndex(
                F("owner").asc(nulls_first=True),
                F("id").asc(),
                name="media_catalog_playlist_owner",
            ),
            models.Index(
                fields=["id"],
                condition=Q(title=None),
                name="media_catalog_playlist_blank",
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.pk


class PlaylistVideo(models.Model):
    """The link of a video to a playlist, which keeps the order of its videos."""

    playlist = models.ForeignKey(
        Playlist,
        on_delete=models.CASCADE,
        related_name="video_links",
        # The index `media_catalog_playlist_order` serves it.
        db_index=False,
    )
    video = models.ForeignKey(
        Video, on_delete=models.CASCADE, related_name="playlist_links"
    )
    position = PositionField()

    class Meta:
        db_table = "media_catalog_playlist_videos"
        verbose_name = "video of a playlist"
        verbose_name_plural = "videos of playlists"
        constraints = [
            models.UniqueConstraint(
                fields=["playlist", "video"], name="media_catalog_playlist_video_once"
            )
        ]
        indexes = [
            models.Index(
                F("playlist"),
                Coalesce("position", "id"),
                F("video"),
                name="media_catalog_playlist_order",
            )
        ]

    def __str__(self) -> str:
        return f"{self.video_id} in {self.playlist_id}"


class Author(models.Model):
    first_name = models.CharField(max_length=50, blank=True)
    last_name = models.CharField(max_length=50, blank=True)

    objects = AuthorQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["first_name", "id"], name="author_first_name"),
            models.Index(fields=["last_name", "id"], name="author_last_name"),
        ]

    def __str__(self) -> str:
        return self.full_name.strip() or f"Author {self.pk}"

    @property
    @depends_only_on_columns
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"


class Book(models.Model):
    isbn = models.CharField(  # noqa: DJ001
        "ISBN", max_length=20, null=True, blank=True
    )
    title = models.CharField(max_length=100, blank=True)
    pub_year = Int32Field("year of publication")
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="books")

    objects = BookQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["title", "id"], name="book_title"),
            models.Index(fields=["pub_year", "id"], name="book_pub_year"),
            OrderIndex(
                F("isbn").asc(nulls_first=True), F("id").asc(), name="book_isbn"
            ),
        ]

    def __str__(self) -> str:
        return self.title or f"Book {self.pk}"
