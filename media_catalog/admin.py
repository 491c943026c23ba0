from __future__ import annotations

from django.contrib import admin

from common.admin import SearchAdmin
from media_catalog.models import Author, Book, Creator, Playlist, Video


class CatalogRowAdmin(SearchAdmin):
    list_filter = ("deleted", "create_at")
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


@admin.register(Playlist)
class PlaylistAdmin(CatalogRowAdmin):
    list_display = ("id", "title", "owner", "create_at", "deleted")
    list_select_related = ("owner",)
    search_fields = ("id", "title", "owner__name")
    autocomplete_fields = ("owner", "videos")


@admin.register(Author)
class AuthorAdmin(SearchAdmin):
    list_display = ("id", "first_name", "last_name")
    list_display_links = ("id", "first_name", "last_name")
    search_fields = ("first_name", "last_name")


@admin.register(Book)
class BookAdmin(SearchAdmin):
    list_display = ("id", "title", "author", "pub_year", "isbn")
    list_display_links = ("id", "title")
    list_filter = ("pub_year",)
    list_select_related = ("author",)
    search_fields = ("title", "isbn", "author__first_name", "author__last_name")
    autocomplete_fields = ("author",)
