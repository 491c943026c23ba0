"""Selection of the lists that are read as rows, and of the plans that are kept.

`QUINTET_READ_ROWS=0` lets DRF represent all lists.
"""

from __future__ import annotations

from functools import cache, lru_cache
from inspect import getattr_static
from typing import Any

from django.conf import settings
from django.db.models import Model, Prefetch, QuerySet
from rest_framework.fields import FileField
from rest_framework.serializers import BaseSerializer, ListSerializer, ModelSerializer

from dialects.rows import NoPlan, RowPlan

SerializerClass = type[ModelSerializer[Any]]
# The packages whose serializers and fields show the same in every request.
STATELESS_PACKAGES = {"rest_framework", "common", "dialects"}
# Methods that serializers and fields of other packages may override.
WRITE_NAMES = {
    *("create", "insert", "update", "validate", "to_internal_value"),
    *("default_empty_html", "default_error_messages"),
}
MAX_KEPT_PLANS = 256


def plan_for(
    serializer: BaseSerializer[Any], queryset: QuerySet[Model]
) -> RowPlan | None:
    """Return the plan for a serializer's list of these rows, or None."""
    if not (settings.QUINTET_READ_ROWS and isinstance(queryset, QuerySet)):
        return None
    if not isinstance(serializer, ModelSerializer) or has_custom_prefetch(queryset):
        return None
    if has_constant_fields(type(serializer)):
        names = getattr(serializer, "selected_fields", None)
        plan = kept_plan(type(serializer), None if names is None else tuple(names))
    else:
        plan = make_plan(serializer)
    return plan if plan and plan.model is queryset.model else None


def make_plan(serializer: ModelSerializer[Any]) -> RowPlan | None:
    try:
        return RowPlan(serializer)
    except NoPlan:
        return None


@lru_cache(MAX_KEPT_PLANS)
def kept_plan(
    serializer_class: SerializerClass, selected: tuple[str, ...] | None
) -> RowPlan | None:
    """Return the plan for the fields that `serialFields` selects, None for all."""
    return make_plan(serializer_class(context={"serial_fields": selected}))


@cache
def has_constant_fields(serializer_class: SerializerClass) -> bool:
    """Return whether a serializer shows the same fields of a row to every request."""
    if not reads_as_library(serializer_class):
        return False
    fields = serializer_class().fields.values()
    return all(is_constant(field) for field in fields if not field.write_only)


def is_constant(field: Any) -> bool:
    if isinstance(field, ListSerializer):
        return reads_as_library(type(field)) and is_constant(field.child)
    if isinstance(field, ModelSerializer):
        return has_constant_fields(type(field))
    # The URL of a file has the host of the request.
    return reads_as_library(type(field)) and not isinstance(field, FileField)


def reads_as_library(cls: type) -> bool:
    """Return whether a class has overridden none but methods that write.

    Other methods might read the request in the context.
    """
    library = next(filter(is_stateless, cls.__mro__))
    names = {name for name in dir(library) if not name.startswith(("_", "validate_"))}
    return all(
        getattr_static(cls, name) is getattr_static(library, name)
        for name in {"__init__", *names} - WRITE_NAMES
    )


def is_stateless(cls: type) -> bool:
    return cls.__module__.partition(".")[0] in STATELESS_PACKAGES


def has_custom_prefetch(queryset: QuerySet[Model]) -> bool:
    """Return whether a Prefetch has a queryset, whose rows may differ from a plan's."""
    return any(
        isinstance(lookup, Prefetch) and lookup.queryset is not None
        for lookup in queryset._prefetch_related_lookups  # type: ignore[attr-defined]
    )
