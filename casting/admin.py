from __future__ import annotations

from django.contrib import admin

from casting.models import Actor, Movie


@admin.register(Actor)
class ActorAdmin(admin.ModelAdmin[Actor]):
    list_display = ("name", "age", "gender")
    list_filter = ("gender",)
    search_fields = ("name",)


@admin.register(Movie)
class MovieAdmin(admin.ModelAdmin[Movie]):
    list_display = ("title", "release_date")
    list_filter = ("release_date",)
    search_fields = ("title", "actors__name")
    autocomplete_fields = ("actors",)
    date_hierarchy = "release_date"
