from __future__ import annotations

import django_filters as filters

from casting.models import Actor, Movie
from dialects.envelope.filters import DayFilter, SortFilter, WholeNumberFilter


class ActorFilter(filters.FilterSet):
    name = filters.CharFilter(
        lookup_expr="icontains", label="A part of the name, in any case."
    )
    gender = filters.CharFilter(
        lookup_expr="iexact", label="The whole gender, in any case."
    )
    age = WholeNumberFilter(label="The very age.")
    age_min = WholeNumberFilter("age", "gte", label="The least age.")
    age_max = WholeNumberFilter("age", "lte", label="The highest age.")
    movie = WholeNumberFilter("movies", label="The id of a movie that they are in.")
    sort = SortFilter("id", "name", "age", "gender")

    class Meta:
        model = Actor
        fields: list[str] = []


class MovieFilter(filters.FilterSet):
    title = filters.CharFilter(
        lookup_expr="icontains", label="A part of the title, in any case."
    )
    year = WholeNumberFilter(
        "release_date",
        "year",
        min_value=1,
        max_value=9999,
        label="The year of the release.",
    )
    released_from = DayFilter("release_date", "gte", label="The first day that counts.")
    released_to = DayFilter("release_date", "lte", label="The last day that counts.")
    actor = WholeNumberFilter("actors", label="The id of an actor in the cast.")
    sort = SortFilter("id", "title", "release_date")

    class Meta:
        model = Movie
        fields: list[str] = []
