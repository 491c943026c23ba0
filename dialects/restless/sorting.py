"""`sort`: only the declared columns of a type can be named, or of one along a path."""

from __future__ import annotations

from typing import Any

from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from dialects.restless.errors import Refusal
from dialects.restless.resources import ResourceType


class Sorting(BaseFilterBackend):
    """`sort=title,-author.name`: nulls first, in descending order last."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: Any
    ) -> QuerySet[Any]:
        text = request.query_params.get("sort", "")
        # `0` asks for no order at all; pages need one that stays.
        names = [] if text in {"", "0"} else text.split(",")
        orders = {name.removeprefix("-"): name for name in names}
        terms = [order(view.listed, name) for name in orders.values()]
        return queryset.order_by(*terms, "pk")


def order(resource: ResourceType, name: str) -> OrderBy:
    path = name.removeprefix("-")
    if (lookup := column_lookup(resource, path)) is None:
        detail = f"Invalid sorting: No such field {path}"
        raise Refusal(400, "bad_sort", detail, parameter="sort")
    if path == name:
        return F(lookup).asc(nulls_first=True)
    return F(lookup).desc(nulls_last=True)


def column_lookup(resource: ResourceType, path: str) -> str | None:
    """The look-up of a column, or of one of a relative's along to-one paths."""
    *names, column = path.split(".")
    for name in names:
        relation = resource.relationships.get(name)
        if relation is None or relation.is_to_many:
            return None
        resource = relation.target
    if column not in resource.columns:
        return None
    return "__".join([*names, resource.columns[column][0]])
