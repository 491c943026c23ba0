from __future__ import annotations

import django_filters as filters

from casting.models import Actor, Movie
from common.db.text import FoldedContains, FoldedExact
from dialects.envelope.filters import DayFilter, SortFilter, WholeNumberFilter


class ActorFilter(filters.FilterSet):
    name = filters.CharFilter(
        lookup_expr=FoldedContains.lookup_name,
        label="Part of the name (case-insensitive).",
    )
    gender = filters.CharFilter(
        lookup_expr=FoldedExact.lookup_name, label="Exact gender (case-insensitive)."
    )
    age = WholeNumberFilter(label="Exact age.")
    age_min = WholeNumberFilter("age", "gte", label="Minimum age.")
    age_max = WholeNumberFilter("age", "lte", label="Maximum age.")
    movie = WholeNumberFilter("movies", label="ID of a movie that the actor is in.")
    sort = SortFilter("id", "name", "age", "gender")

    class Meta:
        model = Actor
        fields: list[str] = []


class MovieFilter(filters.FilterSet):
    title = filters.CharFilter(
        lookup_expr=FoldedContains.lookup_name,
        label="Part of the title (case-insensitive).",
    )
    year = WholeNumberFilter(
        "release_date", "year", min_value=1, max_value=9999, label="Year of release."
    )
    released_from = DayFilter(
        "release_date", "gte", label="Earliest release date (inclusive)."
    )
    released_to = DayFilter(
        "release_date", "lte", label="Latest release date (inclusive)."
    )
    actor = WholeNumberFilter("actors", label="ID of an actor in the cast.")
    sort = SortFilter("id", "title", "release_date")

    class Meta:
        model = Movie
        fields: list[str] = []
