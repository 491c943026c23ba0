"""The parts of a plan: what each kind of serializer field is read from."""

from __future__ import annotations

from collections import defaultdict
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Prefetch
from django.db.models.query import ModelIterable
from rest_framework import serializers
from rest_framework.fields import Field, SkipField
from rest_framework.relations import PKOnlyObject, PrimaryKeyRelatedField, RelatedField

from common.prefetched import know_related
from common.serializers import QuickListSerializer, verbatim_kind
from common.statements import Row, rows_of

if TYPE_CHECKING:
    from dialects.plan import Plan

# Of each list: its rows by the row that they belong to, and the same of what is below.
Below = dict[str, tuple[dict[Any, list[Row]], Any]]
PLAIN_WAYS: set[Any] = {
    Field.get_attribute,
    RelatedField.get_attribute,
    QuickListSerializer.get_attribute,
}
PLAIN_LISTS: set[Any] = {
    serializers.ListSerializer.to_representation,
    QuickListSerializer.to_representation,
}
# Columns whose values are of these types.
STORED: dict[Any, Any] = {
    str: (models.CharField, models.TextField),
    int: models.IntegerField,
    float: models.FloatField,
    bool: models.BooleanField,
}


class Unplanned(Exception):
    """The serializer shows what columns alone cannot tell."""


def is_shown(field: Any, column: Any) -> bool:
    """Whether it shows the column's value, or the key that the column holds."""
    own = type(field).get_attribute
    if not column.concrete or own not in PLAIN_WAYS:
        return False
    is_key = field.source == column.attname or not column.is_relation
    return is_key or isinstance(field, PrimaryKeyRelatedField)


def is_verbatim(field: Any, column: Any) -> bool:
    kind, target = verbatim_kind(field), getattr(column, "target_field", column)
    return kind is not None and isinstance(target, STORED[kind])


class Part:
    """What one field shows."""

    # Whether it is a matter of an instance of the row.
    asks_owner = False
    # Whether it is a matter of columns alone, even so.
    is_of_columns = True
    # Place and conversion, where it is a matter of one column.
    way: Any = None

    def of(self, row: Row, below: Below, instance: Any) -> Any:
        """What the field shows of the row, or SkipField."""
        raise NotImplementedError


class RelatedPart(Part):
    """What it shows are other rows."""

    # Whether an instance of them is asked for what they show.
    asks = False

    def takes(self, rows: Any) -> bool:
        """Whether it can show the rows that a queryset of them finds, if one is set."""
        return rows is None

    def read(self, keys: list[Any], queryset: Any) -> Any:
        """The rows by that of these keys to which they belong, and what is below."""
        raise NotImplementedError

    def need_instances(self) -> None:
        """Prepares for `attach`."""
        raise Unplanned

    def attach(self, instance: Any, row: Row, below: Below) -> None:
        """Lets an instance of the row lead to instances of them."""
        raise NotImplementedError


class PlannedPart(RelatedPart):
    plan: Plan

    @property
    def asks(self) -> bool:  # type: ignore[override]
        return self.plan.asks

    @property
    def is_of_columns(self) -> bool:  # type: ignore[override]
        return self.plan.is_of_columns

    def need_instances(self) -> None:
        self.plan.need_instances()


class Shown(Part):
    """A column's value."""

    def __init__(self, plan: Plan, field: Any, column: Any) -> None:
        convert = None if is_verbatim(field, column) else field.to_representation
        if isinstance(field, PrimaryKeyRelatedField):
            convert = field.pk_field and field.pk_field.to_representation
        self.way = plan.place(column.attname), convert


class Asked(Part):
    """What an instance is asked for."""

    asks_owner = True

    def __init__(self, field: Any, model: type[models.Model]) -> None:
        if isinstance(field, serializers.BaseSerializer):
            raise Unplanned(field)
        self.field = field
        found: Any = getattr(model, field.source, None)
        is_property = isinstance(found, property)
        is_plain = is_property and type(field).get_attribute in PLAIN_WAYS
        self.read = attrgetter(field.source) if is_plain else field.get_attribute
        self.is_of_columns = is_plain and getattr(found.fget, "is_of_columns", False)

    def of(self, row: Row, below: Below, instance: Any) -> Any:
        try:
            value = self.read(instance)
        except (AttributeError, KeyError):
            value = self.field.get_attribute(instance)
        key = value.pk if isinstance(value, PKOnlyObject) else value
        return None if key is None else self.field.to_representation(value)


class Joined(PlannedPart):
    """One other row."""

    def __init__(self, plan: Plan, field: Any, column: Any) -> None:
        is_one = column.many_to_one or column.one_to_one
        may_be = column.concrete or field.allow_null
        if not (is_one and may_be and type(field).get_attribute in PLAIN_WAYS):
            raise Unplanned(field)
        self.name = field.source
        prefix = f"{plan.prefix}{self.name}__"
        self.plan = type(plan)(field, plan.spell, plan.columns, prefix)

    def of(self, row: Row, below: Below, instance: Any) -> Any:
        if row[self.plan.key] is None:
            return None
        joined = instance and instance._state.fields_cache.get(self.name)
        return self.plan.draw(row, below, joined)

    def attach(self, instance: Any, row: Row, below: Below) -> None:
        is_there = row[self.plan.key] is not None
        instance._state.fields_cache[self.name] = (
            self.plan.instance(row, below) if is_there else None
        )


class Listed(PlannedPart):
    """The rows that refer to this one."""

    def __init__(self, plan: Plan, field: Any, column: Any) -> None:
        is_sometimes = getattr(field, "leaves_out_empty", False)
        is_got = is_sometimes or type(field).get_attribute in PLAIN_WAYS
        is_plain = is_got and type(field).to_representation in PLAIN_LISTS
        if plan.prefix or not (column.one_to_many and is_plain):
            raise Unplanned(field)
        self.name, self.is_sometimes, self.key = field.source, is_sometimes, plan.key
        self.back = column.field
        self.plan = type(plan)(field.child, plan.spell)
        self.owner = self.plan.place(self.back.attname)
        # What a row of the list is asked for may be a matter of this one.
        self.asks_owner = bool(self.plan.instance_places)

    def takes(self, rows: Any) -> bool:
        return rows is None or (
            rows._iterable_class is ModelIterable and not rows.query.is_sliced
        )

    def read(self, keys: list[Any], queryset: Any) -> Any:
        found = related(self.name, queryset, self.back.model)
        found = found.filter(**{f"{self.back.attname}__in": keys})
        rows = rows_of(found, tuple(self.plan.columns))
        groups = defaultdict(list)
        for row in rows:
            groups[row[self.owner]].append(row)
        return groups, self.plan.below(rows, found)

    def of(self, row: Row, below: Below, instance: Any) -> Any:
        groups, further = below[self.name]
        rows = groups.get(row[self.key], ())
        if self.is_sometimes and not rows:
            raise SkipField
        instances = instance and getattr(instance, self.name).all()
        return [
            self.plan.draw(row, further, instances and instances[number])
            for number, row in enumerate(rows)
        ]

    def attach(self, instance: Any, row: Row, below: Below) -> None:
        groups, further = below[self.name]
        found = [self.plan.instance(r, further) for r in groups.get(row[self.key], ())]
        for child in found:
            child._state.fields_cache[self.back.name] = instance
        know_related(instance, self.name, found)


class Ids(RelatedPart):
    """The ids of the rows that it is linked with."""

    def __init__(self, plan: Plan, field: Any, column: Any) -> None:
        is_own = column.many_to_many and column.concrete
        if plan.prefix or not is_own or column.related_model._meta.ordering != ["pk"]:
            raise Unplanned(field)
        self.name, self.key = field.source, plan.key
        self.links = column.remote_field.through._default_manager
        self.columns = [
            f"{name}_id"
            for name in (column.m2m_field_name(), column.m2m_reverse_field_name())
        ]

    def read(self, keys: list[Any], queryset: Any) -> Any:
        own, other = self.columns
        links = self.links.filter(**{f"{own}__in": keys}).order_by(other)
        groups = defaultdict(list)
        for row in rows_of(links, self.columns):
            groups[row[0]].append(row)
        return groups, {}

    def of(self, row: Row, below: Below, instance: Any) -> Any:
        return [other for _, other in below[self.name][0].get(row[self.key], ())]


def related(name: str, queryset: Any, model: type[models.Model]) -> Any:
    """The rows of a list, as the queryset would fetch them along."""
    for lookup in queryset._prefetch_related_lookups:
        if isinstance(lookup, Prefetch) and lookup.prefetch_to == name:
            found = lookup.queryset
            return model._default_manager.all() if found is None else found
    return model._default_manager.all()
