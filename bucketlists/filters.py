from __future__ import annotations

from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Lower
from django_filters import rest_framework as filters

from bucketlists.models import Bucketlist, Item


class Sort(filters.OrderingFilter):
    """`sort=name,-date_created`: names in any case, rows without a value last."""

    def __init__(self, *names: str) -> None:
        known = ", ".join(names)
        super().__init__(
            fields=[(name, name) for name in names],
            error_messages={
                "invalid_choice": f"Known are {known}, each also with a minus sign."
            },
        )

    def filter(self, qs: Any, value: Any) -> Any:
        return qs.order_by(*map(ordering, value), "pk") if value else qs


def ordering(term: str) -> Any:
    name = term.removeprefix("-")
    column = Lower(name) if name == "name" else F(name)
    nulls_last = True if name == "done_at" else None
    if term.startswith("-"):
        return column.desc(nulls_last=nulls_last)
    return column.asc(nulls_last=nulls_last)


class NameFilterSet(filters.FilterSet):
    q = filters.CharFilter(
        method="find", max_length=255, help_text="What the name holds, in any case."
    )

    def find(self, rows: Any, name: str, value: str) -> QuerySet[Any]:
        return rows.named_like(value)


class BucketlistFilter(NameFilterSet):
    sort = Sort("id", "name", "date_created", "date_modified")

    class Meta:
        model = Bucketlist
        fields: list[str] = []


class ItemFilter(NameFilterSet):
    sort = Sort("position", "id", "name", "done", "done_at")
    done = filters.BooleanFilter()

    class Meta:
        model = Item
        fields: list[str] = []
