from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import InlineModelAdmin
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from common.admin import SearchAdmin
from common.admin_import import SpreadsheetAdmin
from common.admin_lists import DateRangeFilter
from media_catalog.models import (
    Author,
    Book,
    Creator,
    Playlist,
    PlaylistVideo,
    Video,
)
from media_catalog.resources import AuthorResource, BookResource

# Each has four fields, and Django takes 1,000 in a form.
MAX_VIDEOS = 200


class DeletedFilter(admin.SimpleListFilter):
    title = parameter_name = "deleted"

    def lookups(
        self, request: HttpRequest, model_admin: object
    ) -> list[tuple[str, str]]:
        return [("no", "No"), ("yes", "Yes")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> QuerySet[Any] | None:
        kept = Q(deleted=None) | Q(deleted=0)
        if self.value() == "no":
            return queryset.filter(kept)
        return queryset.exclude(kept) if self.value() == "yes" else queryset


class CreatedRange(DateRangeFilter):
    title, parameter_name = "date created", "create_at"


class CatalogRowAdmin(SearchAdmin):
    list_filter = (DeletedFilter, CreatedRange)
    ordering = (F("create_at").desc(nulls_last=True), "id")
    # Saving with another ID would add a row.
    readonly_fields = ("id",)


@admin.register(Creator)
class CreatorAdmin(CatalogRowAdmin):
    list_display = ("id", "name", "account", "create_at", "deleted")
    list_select_related = ("account",)
    search_fields = ("id", "name", "account__email")
    autocomplete_fields = ("account",)


@admin.register(Video)
class VideoAdmin(CatalogRowAdmin):
    list_display = ("id", "title", "author", "create_at", "deleted")
    list_select_related = ("author",)
    search_fields = ("id", "title", "author__name")
    autocomplete_fields = ("author",)


class PlaylistVideoInline(admin.TabularInline):
    model = PlaylistVideo
    autocomplete_fields = ("video",)
    ordering = (Coalesce("position", "id"), "video")
    extra = 1
    verbose_name = "video"
    verbose_name_plural = "videos"


@admin.register(Playlist)
class PlaylistAdmin(CatalogRowAdmin):
    list_display = ("id", "title", "owner", "create_at", "deleted")
    list_select_related = ("owner",)
    search_fields = ("id", "title", "owner__name")
    autocomplete_fields = ("owner",)
    inlines = (PlaylistVideoInline,)

    def get_inlines(
        self, request: HttpRequest, obj: Playlist | None
    ) -> list[type[InlineModelAdmin[Any, Any]]]:
        """Leave out the videos of a playlist that has too many for one form."""
        is_long = obj is not None and obj.videos.count() > MAX_VIDEOS
        return [] if is_long else [*super().get_inlines(request, obj)]


@admin.register(PlaylistVideo)
class PlaylistVideoAdmin(SearchAdmin):
    list_display = ("id", "playlist", "video")
    list_select_related = ("playlist", "video")
    search_fields = ("playlist__id", "playlist__title", "video__id", "video__title")
    autocomplete_fields = ("playlist", "video")


@admin.register(Author)
class AuthorAdmin(SpreadsheetAdmin):
    resource_classes = [AuthorResource]
    list_display = ("id", "first_name", "last_name")
    list_display_links = ("id", "first_name", "last_name")
    search_fields = ("first_name", "last_name")


@admin.register(Book)
class BookAdmin(SpreadsheetAdmin):
    resource_classes = [BookResource]
    list_display = ("id", "title", "author", "pub_year", "isbn")
    list_display_links = ("id", "title")
    list_filter = ("pub_year",)
    list_select_related = ("author",)
    search_fields = ("title", "isbn", "author__first_name", "author__last_name")
    autocomplete_fields = ("author",)
