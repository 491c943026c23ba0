"""Resource types: their rows, attributes and relationships. Nothing else is exposed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import (
    Expression,
    F,
    Model,
    OuterRef,
    Prefetch,
    QuerySet,
    Subquery,
    TextField,
)
from django.db.models.functions import Cast
from django.db.models.sql.compiler import SQLCompiler
from django.utils.functional import cached_property
from rest_framework import serializers

from common.db.fields import MAX_INT64
from common.http.fields import PatternField
from common.http.strict_json import UNSTORABLE
from dialects.restless.link_order import LinkOrder
from dialects.restless.serializers import VerbatimCharField
from dialects.rows import ColumnPart, NoPlan, RowPlan

Rows = QuerySet[Model]
INTEGER = re.compile(r"-?[0-9]{1,19}")


class Column(NamedTuple):
    """A field that clients can sort and filter by, and its look-up in the ORM."""

    lookup: str
    field: serializers.Field[Any, Any, Any, Any]


class TextArray(Subquery):
    """The column `value` of a query as a list, in the query's order."""

    template = "ARRAY(%(subquery)s)"
    output_field = TextField()

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: object
    ) -> tuple[str, Any]:
        template = "(SELECT JSON_GROUP_ARRAY(value) FROM (%(subquery)s))"
        return self.as_sql(compiler, connection, template, **context)


class LinkedIds(Expression):
    """The ids of a row's related rows. Its SQL is compiled once and kept.

    The SQL of the subquery depends on the query around it only by the column of the
    row's key. To compile it takes a quarter of the time of a small response.

    `ids` returns the query of the ids. It has to be a new one each time, since Django
    puts the column into it.
    """

    output_field = TextField()

    def __init__(self, ids: Callable[[], QuerySet[Model, Any]]) -> None:
        super().__init__()
        self.ids = ids
        self.column: Any = F("pk")
        # By connection and column. Copies of the expression share it.
        self.kept: dict[tuple[str, str], tuple[str, Any]] = {}

    def get_source_expressions(self) -> list[Any]:
        return [self.column]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        [self.column] = exprs

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, Any]:
        key = connection.alias, compiler.compile(self.column)[0]
        if key not in self.kept:
            ids = TextArray(self.ids()).resolve_expression(compiler.query)
            self.kept[key] = compiler.compile(ids)
        return self.kept[key]

    def convert_value(
        self, value: Any, expression: object, connection: BaseDatabaseWrapper
    ) -> object:
        return value if isinstance(value, list) else json.loads(value)


@dataclass(frozen=True, eq=False)
class Relationship:
    """A relationship of a resource type. Its name is also the model field's name."""

    name: str
    type: str
    # A relation field or, from the other model, its `ForeignObjectRel`.
    field: Any
    types: Mapping[str, ResourceType] = field(repr=False)

    @cached_property
    def target(self) -> ResourceType:
        return self.types[self.type]

    @cached_property
    def is_to_many(self) -> bool:
        return bool(self.field.one_to_many or self.field.many_to_many)

    @cached_property
    def changes_targets(self) -> bool:
        """Return whether linking a row changes that row as well.

        It doesn't if this side owns a many-to-many list, such as a playlist's videos.
        """
        return not self.field.many_to_many or self.field.auto_created

    @cached_property
    def reverse_name(self) -> str:
        """The relation's name in look-ups from the related rows."""
        return str(self.field.remote_field.name)

    @cached_property
    def link_order(self) -> LinkOrder | None:
        """The order that clients set, if the relationship keeps one."""
        return LinkOrder.of(self.field)

    @property
    def rows_attribute(self) -> str:
        """The attribute of a row for its related rows, if it is to-many.

        If the relationship keeps an order, it's the links to these rows.
        """
        return f"loaded_rows_{self.name}"

    @property
    def ids_attribute(self) -> str:
        """The attribute of a row for the ids of its related rows, as texts."""
        return f"loaded_ids_{self.name}"

    def related_to(self, row: Model | OuterRef) -> Rows:
        rows = self.target.queryset
        if self.link_order:
            return self.link_order.related_to(row, rows)
        return rows.filter(**{self.reverse_name: row})

    def sort(self, rows: Rows) -> Rows:
        """Return rows from `related_to()` in the order of the linkage."""
        return self.link_order.sort(rows) if self.link_order else rows.order_by("pk")

    def add(self, row: Model, targets: Sequence[Model]) -> None:
        """Link the row to the targets. Those that it has keep their place."""
        manager = getattr(row, self.name)
        if not self.link_order:
            manager.add(*targets)
            return
        keys = [target.pk for target in targets]
        linked = {
            *self.related_to(row).filter(pk__in=keys).values_list("pk", flat=True)
        }
        manager.add(*targets)
        self.link_order.arrange(row, [key for key in keys if key not in linked])

    def replace(self, row: Model, targets: Sequence[Model]) -> None:
        """Link the row to the targets, and to no others."""
        getattr(row, self.name).set(targets)
        if self.link_order:
            self.link_order.arrange(row, [target.pk for target in targets])

    def prefetch(self, rows: Rows, limit: int) -> Prefetch[str]:
        """Return what loads the related rows, up to one more than the limit."""
        if not self.is_to_many:
            return Prefetch(self.name, rows)
        if self.link_order:
            targets, name = self.target.queryset, self.rows_attribute
            return self.link_order.prefetch(targets, rows, limit, name)
        return Prefetch(self.name, rows[: limit + 1], to_attr=self.rows_attribute)

    def ids(self, limit: int) -> LinkedIds:
        """Return an expression for the ids of the related rows."""
        if limit not in self.kept_ids:
            self.kept_ids[limit] = LinkedIds(partial(self.id_texts, limit))
        return self.kept_ids[limit]

    @cached_property
    def kept_ids(self) -> dict[int, LinkedIds]:
        """The expressions of `ids()` by their limit: a setting, so there is one."""
        return {}

    def id_texts(self, limit: int) -> QuerySet[Model, dict[str, str]]:
        rows = self.sort(self.related_to(OuterRef("pk")))
        return rows.values(value=Cast("pk", TextField()))[: limit + 1]

    def rows_of(self, row: Model, limit: int) -> list[Model]:
        """Return the related rows that were loaded with the row, up to the limit."""
        if self.is_to_many:
            return self.loaded_rows(row)[:limit]
        related = getattr(row, self.name)
        return [] if related is None else [related]

    def linkage_of(self, row: Model, limit: int) -> tuple[object, bool]:
        """Return the row's resource linkage, and whether it is cut at the limit."""
        if self.is_to_many:
            keys = self.related_keys(row)
            return [self.identifier(pk) for pk in keys[:limit]], len(keys) > limit
        pk = getattr(row, self.field.attname)
        return None if pk is None else self.identifier(pk), False

    def linked_ids(self, row: Model, limit: int) -> list[str]:
        """Return the ids in the row's resource linkage."""
        linkage: Any = self.linkage_of(row, limit)[0]
        identifiers = linkage if self.is_to_many else filter(None, [linkage])
        return [identifier["id"] for identifier in identifiers]

    def related_keys(self, row: Model) -> list[object]:
        """Return the keys of the rows, or of the ids, that were loaded with the row."""
        if hasattr(row, self.rows_attribute):
            return [related.pk for related in self.loaded_rows(row)]
        # Databases format some keys differently than Python does, such as UUIDs.
        to_python = self.target.model._meta.pk.to_python
        return [to_python(text) for text in getattr(row, self.ids_attribute)]

    def loaded_rows(self, row: Model) -> list[Model]:
        loaded = getattr(row, self.rows_attribute)
        if not self.link_order:
            return list(loaded)
        return [getattr(link, self.link_order.target.name) for link in loaded]

    def identifier(self, pk: object) -> dict[str, str]:
        """Return the resource identifier object."""
        return {"type": self.type, "id": str(pk)}


@dataclass(eq=False)
class ResourceType:
    """A resource type of the API. Ids are texts there."""

    name: str
    rows: Rows
    serializer_class: type[serializers.ModelSerializer[Model]]
    # The types of the related resources by the relationships' names.
    relationship_types: Mapping[str, str]
    types: Mapping[str, ResourceType] = field(repr=False)
    basename: str

    @property
    def model(self) -> type[Model]:
        return self.rows.model

    @cached_property
    def relationships(self) -> dict[str, Relationship]:
        return {
            name: Relationship(
                name, target, self.model._meta.get_field(name), self.types
            )
            for name, target in self.relationship_types.items()
        }

    @cached_property
    def to_many(self) -> list[Relationship]:
        return [
            relationship
            for relationship in self.relationships.values()
            if relationship.is_to_many
        ]

    @cached_property
    def to_one(self) -> list[Relationship]:
        return [
            relationship
            for relationship in self.relationships.values()
            if not relationship.is_to_many
        ]

    @property
    def queryset(self) -> Rows:
        return self.rows.all()

    @cached_property
    def serializer(self) -> serializers.ModelSerializer[Model]:
        """A serializer for the attributes of any row, without a request."""
        return self.serializer_class()

    def represent(self, row: Model) -> Mapping[str, object]:
        """Return the attributes of a row."""
        if settings.QUINTET_READ_ROWS and self.read_columns:
            return self.read_columns(row)
        return self.serializer.to_representation(row)

    @cached_property
    def read_columns(self) -> Callable[[Model], Mapping[str, object]] | None:
        """`represent()` by the row's columns, or None if they are not all it takes."""
        try:
            plan = RowPlan(self.serializer)
        except NoPlan:
            return None
        if not all(isinstance(part, ColumnPart) for part in plan.parts.values()):
            return None
        # For a single name, `attrgetter()` would not return a tuple.
        read, columns = plan.reader([], ""), attrgetter(*plan.columns, "pk")
        return lambda row: read(columns(row))

    @cached_property
    def attributes(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return dict(self.serializer.fields)

    @cached_property
    def foreign_keys(self) -> dict[str, Relationship]:
        """The to-one relationships by their column, which is also an attribute.

        Flask-Restless: `author_id` can be written, sorted and filtered by.
        """
        return {
            relationship.field.attname: relationship for relationship in self.to_one
        }

    @cached_property
    def columns(self) -> dict[str, Column]:
        """The columns that clients can sort and filter by."""
        foreign_keys = {
            name: Column(name, key_field(relationship.target.model))
            for name, relationship in self.foreign_keys.items()
        }
        stored = {column.name for column in self.model._meta.concrete_fields}
        attributes = {
            name: Column(attribute.source, attribute)
            for name, attribute in self.attributes.items()
            if attribute.source in stored
        }
        return {"id": Column("pk", key_field(self.model)), **foreign_keys, **attributes}

    def model_field(self, lookup: str) -> Any:
        """Return the model's field behind a column's look-up."""
        meta = self.model._meta
        return meta.pk if lookup == "pk" else meta.get_field(lookup)


def parse_key(model: type[Model], text: str) -> Any:
    """Return the id as a primary key of the model, or None if it can't be one."""
    if UNSTORABLE.search(text) or not has_key_form(model, text):
        return None
    try:
        key = model._meta.pk.to_python(text)
    except ValidationError:
        return None
    return None if isinstance(key, int) and abs(key) > MAX_INT64 else key


def has_key_form(model: type[Model], text: str) -> bool:
    """Return whether an integer key is written in ASCII digits.

    `int()` also takes underscores, blanks and other scripts.
    """
    is_number = isinstance(model._meta.pk, models.IntegerField)
    return not is_number or INTEGER.fullmatch(text) is not None


class IntegerKeyField(PatternField, serializers.IntegerField):
    pattern = INTEGER


def key_field(model: type[Model]) -> serializers.Field[Any, Any, Any, Any]:
    """Return the field that validates ids of the model in filters."""
    if isinstance(model._meta.pk, models.IntegerField):
        return IntegerKeyField(min_value=-MAX_INT64, max_value=MAX_INT64)
    if isinstance(model._meta.pk, models.UUIDField):
        return serializers.UUIDField()
    return VerbatimCharField(allow_blank=True)
