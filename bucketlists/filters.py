from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy
from django.db.models.functions import Lower
from django_filters import rest_framework as filters
from django_filters.widgets import BooleanWidget

from bucketlists.models import Bucketlist, Item
from bucketlists.querysets import NamedQuerySet, Row

BUCKETLIST_SORT_FIELDS = ("id", "name", "date_created", "date_modified")
ITEM_SORT_FIELDS = ("position", "id", "name", "done", "done_at")


class NullsLastSortFilter(filters.OrderingFilter):
    """`sort=name,-date_created`: names are case-insensitive, null values come last."""

    def __init__(self, *names: str) -> None:
        super().__init__(
            fields=[(name, name) for name in names],
            error_messages={
                "invalid_choice": f"Valid fields: {', '.join(names)}. "
                "Prefix a field with - for descending order."
            },
        )

    def filter(self, qs: QuerySet[Row], value: Sequence[str]) -> QuerySet[Row]:
        return qs.order_by(*map(to_order_by, value), "pk") if value else qs


def to_order_by(term: str) -> OrderBy:
    name = term.removeprefix("-")
    column = Lower(name) if name == "name" else F(name)
    nulls_last = True if name == "done_at" else None
    if term.startswith("-"):
        return column.desc(nulls_last=nulls_last)
    return column.asc(nulls_last=nulls_last)


class NameFilterSet(filters.FilterSet):
    q = filters.CharFilter(
        method="filter_name",
        max_length=255,
        help_text="Part of the name (case-insensitive).",
    )

    def filter_name(
        self, queryset: NamedQuerySet[Row], name: str, value: str
    ) -> NamedQuerySet[Row]:
        return queryset.name_contains(value)


class BucketlistFilter(NameFilterSet):
    sort = NullsLastSortFilter(*BUCKETLIST_SORT_FIELDS)

    class Meta:
        model = Bucketlist
        fields: list[str] = []


class TextOrBooleanWidget(BooleanWidget):
    """Reads what `BooleanWidget` reads, and keeps other texts for the error."""

    def value_from_datadict(
        self, data: Mapping[str, Any], files: Any, name: str
    ) -> bool | str | None:
        value: bool | None = super().value_from_datadict(data, files, name)
        return data.get(name) if value is None else value


class StrictBooleanField(forms.NullBooleanField):
    """A boolean that refuses other texts. Django's counts them as missing."""

    def clean(self, value: Any) -> bool | None:
        if value not in (None, "", True, False):
            raise ValidationError("Must be true or false.", code="invalid")
        cleaned: bool | None = super().clean(value)
        return cleaned


class StrictBooleanFilter(filters.BooleanFilter):
    field_class = StrictBooleanField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=TextOrBooleanWidget, **kwargs)


class ItemFilter(NameFilterSet):
    sort = NullsLastSortFilter(*ITEM_SORT_FIELDS)
    done = StrictBooleanFilter(label="Only items that are done, or are not.")

    class Meta:
        model = Item
        fields: list[str] = []
