from __future__ import annotations

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest

from casting.models import Actor, Movie
from casting.resources import ActorResource, MovieResource
from common.admin_import import SpreadsheetAdmin
from common.admin_lists import NO_VALUE, DateRangeFilter


class ReleaseRange(DateRangeFilter):
    title, parameter_name = "release date", "release_date"


class ActorMovieInline(admin.TabularInline):
    model = Movie.actors.through
    verbose_name, verbose_name_plural = "movie", "movies"
    autocomplete_fields = ("movie",)
    extra = 0


@admin.register(Actor)
class ActorAdmin(SpreadsheetAdmin):
    resource_classes = [ActorResource]
    empty_value_display = NO_VALUE
    list_display = ("name", "age", "gender", "movie_count")
    list_filter = ("gender",)
    search_fields = ("name",)
    search_help_text = "Search by the name of an actor."
    ordering = ("name", "id")
    inlines = [ActorMovieInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Actor]:
        return Actor.objects.with_movie_count()

    @admin.display(description="movies", ordering="movie_count")
    def movie_count(self, actor: Actor) -> int:
        return actor.movie_count


@admin.register(Movie)
class MovieAdmin(SpreadsheetAdmin):
    resource_classes = [MovieResource]
    empty_value_display = NO_VALUE
    list_display = ("title", "release_date", "cast")
    list_filter = (ReleaseRange,)
    search_fields = ("title", "actors__name")
    search_help_text = "Search by the title or the name of an actor."
    csv_fields = ("id", "title", "release_date", "actors")
    autocomplete_fields = ("actors",)
    ordering = (F("release_date").desc(nulls_last=True), "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Movie]:
        return Movie.objects.for_api()

    @admin.display
    def cast(self, movie: Movie) -> str:
        return ", ".join(actor.name for actor in movie.actors.all())
