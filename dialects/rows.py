"""Lists read as rows: the columns that a serializer shows, without model instances.

    plan = RowPlan(serializer)                   # NoPlan: DRF represents the list
    rows = list(plan.select(queryset[:20]))      # tuples
    plan.represent(rows, queryset.db)            # [{"id": 1, "pub_year": …

The serializer is the only description of a resource. A plan derives from its fields
which columns to select, and passes each value through the field's `to_representation`.

| field of the serializer | how it is read |
|---|---|
| a column, or the key of another row | `values_list()` |
| one other row, by a nested serializer | a join |
| the rows that refer to it, or their keys | one more query for the whole page |
| a property marked `@depends_only_on_columns` | an instance from `Model.from_db()` |

There is no plan for other fields, nor for a serializer or field that overrides how its
value is read. DRF then represents instances. A plan does not change: it may serve many
responses, as `dialects/row_plans.py` decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Model, QuerySet
from django.db.models.query_utils import DeferredAttribute
from rest_framework.fields import BigIntegerField, CharField, Field, IntegerField
from rest_framework.relations import PrimaryKeyRelatedField, RelatedField
from rest_framework.serializers import (
    BaseSerializer,
    ListSerializer,
    ModelSerializer,
    Serializer,
)
from rest_framework.settings import api_settings

from dialects.fields import IdListField

# A selected row, and the representation of one.
Row = tuple[object, ...]
Representation = dict[str, object]
# Returns the value of a field, or the whole representation, for a row.
Reader = Callable[[Row], Any]
# The stubs of Django and DRF have no type that all of these fields share.
SerializerField = Any
ModelField = Any
# DRF's own methods: a field or serializer that overrides one has no plan.
GET_ATTRIBUTE: set[object] = {Field.get_attribute, RelatedField.get_attribute}
TO_REPRESENTATION: set[object] = {
    Serializer.to_representation,
    ListSerializer.to_representation,
}

# The fields that convert a value to its type, and the columns that have that type.
UNCHANGED: dict[Any, tuple[type[models.Field[Any, Any]], ...]] = {
    IntegerField: (models.IntegerField,),
    BigIntegerField: (models.IntegerField,),
    CharField: (models.CharField, models.TextField),
}


class NoPlan(Exception):
    """The serializer shows more than columns."""


class RowPlan:
    """The columns to select for a serializer, and the parts of each representation.

    The plan of a nested serializer adds its columns to those of its parent, with `path`
    as a prefix.
    """

    def __init__(
        self,
        serializer: BaseSerializer[Any],
        columns: list[str] | None = None,
        path: str = "",
    ) -> None:
        if not isinstance(serializer, ModelSerializer) or is_overridden(serializer):
            raise NoPlan(serializer)
        self.model: type[Model] = serializer.Meta.model
        self.columns = [] if columns is None else columns
        self.path = path
        self.pk_index = self.index_of(self.model._meta.pk.attname)
        self.parts = {
            str(field.field_name): self.make_part(field)
            for field in serializer.fields.values()
            if not field.write_only
        }

    def index_of(self, column: str) -> int:
        """Return the index of a column in the selected tuples; select it if needed."""
        name = self.path + column
        if name not in self.columns:
            self.columns.append(name)
        return self.columns.index(name)

    def make_part(self, field: SerializerField) -> Part:
        """Return the part that represents a field. Raise NoPlan."""
        if type(field).get_attribute not in GET_ATTRIBUTE:
            raise NoPlan(field)
        try:
            column = self.model._meta.get_field(field.source)
        except FieldDoesNotExist:
            return ComputedPart(self, field)
        if isinstance(field, ListSerializer):
            return ChildrenPart(self, field, column)
        if isinstance(field, IdListField):
            return PkListPart(self, column)
        if isinstance(field, BaseSerializer):
            return ParentPart(self, field, column)
        return ColumnPart(self, field, column)

    def select(self, queryset: QuerySet[Any]) -> QuerySet[Any, Row]:
        """Return the queryset, yielding tuples of the plan's columns."""
        return queryset.prefetch_related(None).values_list(*self.columns)

    def represent(self, rows: Sequence[Row], using: str) -> list[Representation]:
        """Return the representations of rows selected from the database `using`."""
        return list(map(self.reader(rows, using), rows))

    def reader(self, rows: Sequence[Row], using: str) -> Reader:
        """Return a function that represents each of the rows.

        Related rows are read for all of them, with one query for each list.
        """
        parts = self.parts.items()
        readers = [(name, part.reader(rows, using)) for name, part in parts]
        return lambda row: {name: read(row) for name, read in readers}


class Part:
    """The representation of one field."""

    def reader(self, rows: Sequence[Row], using: str) -> Reader:
        """Return a function that returns the field's value for each of the rows."""
        raise NotImplementedError


class ColumnPart(Part):
    """A column, or the key of the row that a foreign key refers to."""

    def __init__(
        self, plan: RowPlan, field: SerializerField, column: ModelField
    ) -> None:
        if isinstance(field, PrimaryKeyRelatedField):
            self.convert = field.pk_field and field.pk_field.to_representation
        elif not column.concrete or is_converted(column, field):
            raise NoPlan(field)
        elif shows_value(column, field):
            self.convert = None
        else:
            self.convert = field.to_representation
        self.index = plan.index_of(column.attname)

    def reader(self, rows: Sequence[Row], using: str) -> Reader:
        index, convert = self.index, self.convert
        if not convert:
            return itemgetter(index)
        return lambda row: None if row[index] is None else convert(row[index])


class ParentPart(Part):
    """One other row, joined."""

    def __init__(
        self, plan: RowPlan, field: SerializerField, column: ModelField
    ) -> None:
        if not (column.many_to_one or column.one_to_one):
            raise NoPlan(field)
        if not (column.concrete or field.allow_null):
            raise NoPlan(field)
        self.plan = type(plan)(field, plan.columns, f"{plan.path}{field.source}__")

    def reader(self, rows: Sequence[Row], using: str) -> Reader:
        pk = self.plan.pk_index
        read = self.plan.reader([row for row in rows if row[pk] is not None], using)
        return lambda row: None if row[pk] is None else read(row)


class ChildrenPart(Part):
    """The rows that refer to a row, in the order of their model."""

    def __init__(
        self, plan: RowPlan, field: SerializerField, column: ModelField
    ) -> None:
        if not column.one_to_many:
            raise NoPlan(field)
        if type(field).to_representation not in TO_REPRESENTATION:
            raise NoPlan(field)
        self.pk_index = plan.pk_index
        self.foreign_key = column.field
        self.plan = type(plan)(field.child)
        self.parent_index = self.plan.index_of(self.foreign_key.attname)

    def reader(self, rows: Sequence[Row], using: str) -> Reader:
        pk, keys = self.pk_index, [row[self.pk_index] for row in rows]
        queryset = self.plan.model._default_manager.using(using)
        selected = self.plan.select(
            queryset.filter(**{f"{self.foreign_key.name}__in": keys})
        )
        children = list(selected) if keys else []
        read = self.plan.reader(children, using)
        by_parent = group_by(children, self.parent_index)
        return lambda row: list(map(read, by_parent.get(row[pk], ())))


class PkListPart(Part):
    """The keys of the rows of a many-to-many relationship."""

    def __init__(self, plan: RowPlan, column: ModelField) -> None:
        if not column.many_to_many or column.auto_created:
            raise NoPlan(column)
        self.pk_index, self.column = plan.pk_index, column

    def reader(self, rows: Sequence[Row], using: str) -> Reader:
        pk, keys = self.pk_index, [row[self.pk_index] for row in rows]
        back = self.column.related_query_name()
        related = self.column.related_model._default_manager.using(using)
        pairs = related.filter(**{f"{back}__in": keys}).values_list(back, "pk")
        by_row = group_by(pairs if keys else [], 0)
        return lambda row: [key for _, key in by_row.get(row[pk], ())]


class ComputedPart(Part):
    """A property that depends only on the columns of its row."""

    def __init__(self, plan: RowPlan, field: SerializerField) -> None:
        getter = getattr(getattr(plan.model, field.source, None), "fget", None)
        if not getattr(getter, "depends_only_on_columns", False):
            raise NoPlan(field)
        self.field, self.model = field, plan.model
        self.names = [column.attname for column in plan.model._meta.concrete_fields]
        self.indexes = [plan.index_of(name) for name in self.names]

    def reader(self, rows: Sequence[Row], using: str) -> Reader:
        field, names, from_db = self.field, self.names, self.model.from_db
        columns = itemgetter(*self.indexes)

        def read(row: Row) -> object:
            value = field.get_attribute(from_db(using, names, columns(row)))
            return None if value is None else field.to_representation(value)

        return read


def is_overridden(serializer: ModelSerializer[Any]) -> bool:
    """Return whether the serializer changes how DRF represents rows or lists."""
    serializer_class: Any = type(serializer)
    base: Any = BaseSerializer
    return (
        serializer_class.to_representation not in TO_REPRESENTATION
        or serializer_class.many_init.__func__ is not base.many_init.__func__
        or hasattr(serializer.Meta, "list_serializer_class")
    )


def is_converted(column: ModelField, field: SerializerField) -> bool:
    """Return whether an instance has another value than the column stores."""
    if column.is_relation:
        return bool(field.source != column.attname)
    return column.descriptor_class is not DeferredAttribute


def shows_value(column: ModelField, field: SerializerField) -> bool:
    """Return whether the field represents the column's value by that value."""
    method = type(field).to_representation
    # An option of `BigIntegerField`, and a setting of DRF.
    becomes_text = getattr(
        field, "coerce_to_string", api_settings.COERCE_BIGINT_TO_STRING
    )
    return not (becomes_text or hasattr(column, "from_db_value")) and any(
        method is field_class.to_representation and isinstance(column, columns)
        for field_class, columns in UNCHANGED.items()
    )


def group_by(rows: Iterable[Row], index: int) -> dict[object, list[Row]]:
    groups: dict[object, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[index]].append(row)
    return groups
