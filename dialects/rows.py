"""Lists read as rows: the columns that a serializer shows, without model instances.

    plan = RowPlan.of(serializer, queryset)      # None: DRF has to draw the list
    page = list(plan.select(queryset[:20]))      # tuples
    plan.represent(page)                         # [{"id": 1, "pub_year": …

The serializer is the only description of a resource: a plan derives from its fields
what to select, and passes each value through the field's `to_representation`.

| a field that shows | is read by |
|---|---|
| a column, or the key of another row | `values_list()` |
| one other row, by a nested serializer | a join |
| the rows that refer to it, or their keys | one more query for the whole page |
| a property marked `@depends_only_on_columns` | an instance from `Model.from_db()` |

With any other field, and where a serializer or a field reads its value in a way of its
own, there is no plan. Then DRF draws the list from instances, as it does everywhere
where `QUINTET_READ_ROWS=0` is set. A plan is made for one response.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Prefetch, QuerySet
from django.db.models.query_utils import DeferredAttribute
from rest_framework import serializers
from rest_framework.fields import Field
from rest_framework.relations import PrimaryKeyRelatedField, RelatedField

from dialects.fields import IdListField

Row = tuple[Any, ...]
# How DRF itself looks up the value of a field and draws a serializer or a list.
LOOKUPS: set[Any] = {Field.get_attribute, RelatedField.get_attribute}
DRAWS: set[Any] = {
    serializers.Serializer.to_representation,
    serializers.ListSerializer.to_representation,
}


class NoPlan(Exception):
    """The serializer shows something that columns alone do not tell."""


class RowPlan:
    """The columns of a serializer's rows, and the parts of each representation.

    The plan of a nested row shares `columns` with its parent's; `path` leads there.
    """

    def __init__(
        self,
        serializer: serializers.BaseSerializer[Any],
        columns: list[str] | None = None,
        path: str = "",
    ) -> None:
        if not is_drawn_by_drf(serializer):
            raise NoPlan(serializer)
        self.model: type[models.Model] = serializer.Meta.model  # type: ignore[attr-defined]
        self.columns = [] if columns is None else columns
        self.path = path
        self.pk = self.place(self.model._meta.pk.attname)
        fields = serializer.fields.values()  # type: ignore[attr-defined]
        self.parts = {
            str(field.field_name): self.part(field)
            for field in fields
            if not field.write_only
        }

    @classmethod
    def of(
        cls, serializer: serializers.BaseSerializer[Any], queryset: QuerySet[Any]
    ) -> Self | None:
        """The plan for a serializer's list of these rows, if it has one."""
        if not (settings.QUINTET_READ_ROWS and isinstance(queryset, QuerySet)):
            return None
        if has_prefetch_of_its_own(queryset):
            return None
        try:
            plan = cls(serializer)
        except NoPlan:
            return None
        return plan if plan.model is queryset.model else None

    def place(self, column: str) -> int:
        """The place of a column in the selected tuples."""
        name = self.path + column
        if name not in self.columns:
            self.columns.append(name)
        return self.columns.index(name)

    def part(self, field: Any) -> Part:
        """What draws a field. Raises NoPlan."""
        if type(field).get_attribute not in LOOKUPS:
            raise NoPlan(field)
        try:
            column: Any = self.model._meta.get_field(field.source)
        except FieldDoesNotExist:
            return ComputedPart(self, field)
        if isinstance(field, serializers.ListSerializer):
            return ChildrenPart(self, field, column)
        if isinstance(field, IdListField):
            return PkListPart(self, column)
        if isinstance(field, serializers.BaseSerializer):
            return ParentPart(self, field, column)
        return ColumnPart(self, field, column)

    def select(self, queryset: QuerySet[Any]) -> QuerySet[Any, Row]:
        """The queryset, yielding tuples of the plan's columns."""
        return queryset.prefetch_related(None).values_list(*self.columns)

    def represent(self, rows: Sequence[Row], using: str) -> list[dict[str, Any]]:
        """What is shown of rows that were selected from the database `using`."""
        self.load(rows, using)
        return [self.draw(row) for row in rows]

    def load(self, rows: Sequence[Row], using: str) -> None:
        """Reads what belongs to these rows, by one query for each list."""
        for part in self.parts.values():
            part.load(rows, using)

    def draw(self, row: Row) -> dict[str, Any]:
        return {name: part.value(row) for name, part in self.parts.items()}


class Part:
    """What draws one field of a row."""

    def load(self, rows: Sequence[Row], using: str) -> None:
        """Reads whatever else it needs for these rows."""

    def value(self, row: Row) -> Any:
        raise NotImplementedError


class ColumnPart(Part):
    """A column, or the key of the row that a foreign key refers to."""

    def __init__(self, plan: RowPlan, field: Any, column: Any) -> None:
        self.convert = field.to_representation
        if isinstance(field, PrimaryKeyRelatedField):
            self.convert = field.pk_field and field.pk_field.to_representation
        elif not column.concrete or shows_more_than(column, field):
            raise NoPlan(field)
        self.index = plan.place(column.attname)

    def value(self, row: Row) -> Any:
        value = row[self.index]
        return value if value is None or not self.convert else self.convert(value)


class ParentPart(Part):
    """One other row, joined."""

    def __init__(self, plan: RowPlan, field: Any, column: Any) -> None:
        if not (column.many_to_one or column.one_to_one):
            raise NoPlan(field)
        if not (column.concrete or field.allow_null):
            raise NoPlan(field)
        self.plan = type(plan)(field, plan.columns, f"{plan.path}{field.source}__")

    def load(self, rows: Sequence[Row], using: str) -> None:
        self.plan.load([row for row in rows if row[self.plan.pk] is not None], using)

    def value(self, row: Row) -> Any:
        return None if row[self.plan.pk] is None else self.plan.draw(row)


class ChildrenPart(Part):
    """The rows that refer to a row, in the order of their model."""

    def __init__(self, plan: RowPlan, field: Any, column: Any) -> None:
        if not column.one_to_many or type(field).to_representation not in DRAWS:
            raise NoPlan(field)
        self.pk = plan.pk
        self.foreign_key = column.field
        self.plan = type(plan)(field.child)
        self.parent = self.plan.place(self.foreign_key.attname)
        self.children: dict[Any, list[Row]] = {}

    def load(self, rows: Sequence[Row], using: str) -> None:
        keys = [row[self.pk] for row in rows]
        related = self.plan.model._default_manager.using(using)
        selected = self.plan.select(
            related.filter(**{f"{self.foreign_key.name}__in": keys})
        )
        children = list(selected) if keys else []
        self.children = grouped(children, self.parent)
        self.plan.load(children, using)

    def value(self, row: Row) -> Any:
        return [self.plan.draw(child) for child in self.children.get(row[self.pk], ())]


class PkListPart(Part):
    """The keys of the rows that a many-to-many relationship leads to."""

    def __init__(self, plan: RowPlan, column: Any) -> None:
        if not column.many_to_many or column.auto_created:
            raise NoPlan(column)
        self.pk, self.column = plan.pk, column
        self.keys: dict[Any, list[Row]] = {}

    def load(self, rows: Sequence[Row], using: str) -> None:
        keys, back = [row[self.pk] for row in rows], self.column.related_query_name()
        related = self.column.related_model._default_manager.using(using)
        pairs = related.filter(**{f"{back}__in": keys}).values_list(back, "pk")
        self.keys = grouped(pairs if keys else [], 0)

    def value(self, row: Row) -> Any:
        return [key for _, key in self.keys.get(row[self.pk], ())]


class ComputedPart(Part):
    """A property that depends on nothing but the columns of its row."""

    def __init__(self, plan: RowPlan, field: Any) -> None:
        getter = getattr(getattr(plan.model, field.source, None), "fget", None)
        if not getattr(getter, "depends_only_on_columns", False):
            raise NoPlan(field)
        self.field, self.model = field, plan.model
        self.names = [column.attname for column in plan.model._meta.concrete_fields]
        self.places = [plan.place(name) for name in self.names]
        self.using = ""

    def load(self, rows: Sequence[Row], using: str) -> None:
        self.using = using

    def value(self, row: Row) -> Any:
        values = [row[place] for place in self.places]
        instance = self.model.from_db(self.using, self.names, values)
        value = self.field.get_attribute(instance)
        return None if value is None else self.field.to_representation(value)


def is_drawn_by_drf(serializer: serializers.BaseSerializer[Any]) -> bool:
    """Whether a model serializer's rows are its fields and nothing else."""
    own: Any = type(serializer)
    base: Any = serializers.BaseSerializer
    return (
        isinstance(serializer, serializers.ModelSerializer)
        and own.to_representation in DRAWS
        and own.many_init.__func__ is base.many_init.__func__
        and not hasattr(serializer.Meta, "list_serializer_class")
    )


def shows_more_than(column: Any, field: Any) -> bool:
    """Whether an instance has something else than the stored value of the column."""
    if column.is_relation:
        return bool(field.source != column.attname)
    return column.descriptor_class is not DeferredAttribute


def has_prefetch_of_its_own(queryset: QuerySet[Any]) -> bool:
    """Whether related rows are to be read by a queryset that a serializer knows not."""
    return any(
        isinstance(lookup, Prefetch) and lookup.queryset is not None
        for lookup in queryset._prefetch_related_lookups  # type: ignore[attr-defined]
    )


def grouped(rows: Iterable[Row], place: int) -> dict[Any, list[Row]]:
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[place]].append(row)
    return found
