"""How the rows of a list are read: a plan derived from the serializer that shows them.

    plan = plan_of(BookSerializer, spell=camel)
    page = list(plan.select(Book.objects.all())[:20])      # tuples
    plan.rows(page, context).drawn()                       # [{"id": 1, "pubYear": …

DRF makes an instance of each row, looks up each field in it and copies it key by key. A
plan asks the database for the columns that the fields show, and makes the objects of
the answer from the tuples that come back, their keys spelled as on the wire.

| a field that shows | is read by |
|---|---|
| a column, or the id of another row | the column, through `to_representation` |
| one other row, by a serializer | a join |
| a list of rows or of ids | one more statement for all rows of the page |
| anything else | asking an instance, made of all columns without ceremony |

A serializer that is more than its fields has no plan, nor has one whose fields depend
on the request. It draws its rows by itself, as ever.
"""

from __future__ import annotations

from collections import UserDict
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.fields import SkipField

from common.serializers import KnownContext, QuickModelSerializer, Varies
from common.statements import Row, instance_of, tuples
from dialects.fields import IdListField
from dialects.plan_parts import (
    Asked,
    Below,
    Ids,
    Joined,
    Listed,
    Part,
    RelatedPart,
    Shown,
    Unplanned,
    is_shown,
)

Spell = Callable[[str], str]
MOST_PLANS = 1000
_rows: ContextVar[Rows] = ContextVar("rows")
plans: dict[Any, Plan | None] = {}
# Each key of a row by what its field shows, and no more.
PLAIN_WAYS_TO_SHOW: set[Any] = {
    serializers.Serializer.to_representation,
    QuickModelSerializer.to_representation,
}


def plan_of(
    kind: type[Any], spell: Spell = str, known: Mapping[str, Any] | None = None
) -> Plan | None:
    """The plan of a serializer, if it has one, for a context that holds `known`."""
    known = known or {}
    key = (kind, spell, repr(known))
    try:
        return plans[key]
    except KeyError:
        pass
    if len(plans) >= MOST_PLANS:
        plans.clear()
    try:
        plan = Plan(kind(context=KnownContext(known)), spell)
    except (Unplanned, Varies):
        plan = None
    return plans.setdefault(key, plan)


class Rows:
    def __init__(self, draw: Any, context: Any) -> None:
        self.draw, self.context = draw, context

    def drawn(self) -> Any:
        token = _rows.set(self)
        try:
            return self.draw()
        finally:
            _rows.reset(token)


class CurrentContext(UserDict[str, Any]):
    """The context of the request whose rows are drawn, and may vary with it."""

    __init__ = object.__init__

    @property
    def data(self) -> Any:  # type: ignore[override]
        return _rows.get().context


class Plan:
    """What a serializer shows of a row, by places in a tuple of columns.

    The plans of joined rows share the tuple; `prefix` leads from its row to theirs.
    """

    def __init__(
        self,
        serializer: Any,
        spell: Spell,
        columns: dict[str, int] | None = None,
        prefix: str = "",
    ) -> None:
        if not is_all_fields(serializer):
            raise Unplanned(serializer)
        self.model: type[models.Model] = serializer.Meta.model
        self.spell, self.prefix = spell, prefix
        self.columns = {} if columns is None else columns
        self.key = self.place(self.model._meta.pk.attname)
        self.joins: dict[str, RelatedPart] = {}
        self.lists: dict[str, RelatedPart] = {}
        # Where each column of an instance is, if one is needed.
        self.instance_places: dict[str, int] = {}
        self.parts: list[tuple[str, Part]] = [
            (spell(str(field.field_name)), self.part(field))
            for field in serializer._readable_fields
        ]
        if any(part.asks_owner for _, part in self.parts):
            self.need_instances()
        serializer._context = CurrentContext()
        related = [*self.joins.values(), *self.lists.values()]
        # Whether any part, here or in what is joined and listed, asks an instance.
        self.asks = bool(self.instance_places) or any(part.asks for part in related)
        # Whether equal columns mean equal rows; an instance may tell more.
        self.is_of_columns = all(part.is_of_columns for _, part in self.parts)
        # Name, place and conversion of a column; without a place, what shows the part.
        self.steps = [
            (name, *part.way, None) if part.way else (name, None, None, part.of)
            for name, part in self.parts
        ]

    def place(self, column: str) -> int:
        return self.columns.setdefault(self.prefix + column, len(self.columns))

    def part(self, field: Any) -> Part:
        name = field.source
        try:
            column: Any = self.model._meta.get_field(name)
        except FieldDoesNotExist:
            return Asked(field, self.model)
        if isinstance(field, serializers.ListSerializer | IdListField):
            kind = Ids if isinstance(field, IdListField) else Listed
            return self.lists.setdefault(name, kind(self, field, column))
        if isinstance(field, serializers.BaseSerializer):
            return self.joins.setdefault(name, Joined(self, field, column))
        if is_shown(field, column):
            return Shown(self, field, column)
        return Asked(field, self.model)

    def need_instances(self) -> None:
        """Reads all columns, here and of all that an instance leads to."""
        columns = [field.attname for field in self.model._meta.concrete_fields]
        self.instance_places = {name: self.place(name) for name in columns}
        for part in [*self.joins.values(), *self.lists.values()]:
            part.need_instances()

    def covers(self, queryset: Any) -> bool:
        """Whether the plan leads to all that the queryset fetches along."""
        for lookup in queryset._prefetch_related_lookups:
            name = str(getattr(lookup, "prefetch_to", lookup))
            part = self.lists.get(name)
            if part and not part.takes(getattr(lookup, "queryset", None)):
                return False
            if not part and self.asks:
                return False
        if self.asks and (queryset.query.annotations or queryset.query.extra):
            return False
        joined = queryset.query.select_related
        is_joined = not joined or (
            joined is not True and joined.keys() <= self.joins.keys()
        )
        return is_joined or not self.asks

    def select(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The queryset, yielding tuples of the plan's columns."""
        return tuples(queryset, self.columns)

    def rows(self, rows: Sequence[Row], queryset: QuerySet[Any], context: Any) -> Any:
        """What is to be shown of tuples that were selected from the queryset."""
        below = self.below(rows, queryset)

        def draw() -> list[dict[str, Any]]:
            return [self.draw(row, below) for row in rows]

        return Rows(draw, context).drawn()

    def below(self, rows: Sequence[Row], queryset: QuerySet[Any]) -> Below:
        keys = [row[self.key] for row in rows]
        return {
            name: part.read(keys, queryset) for name, part in self.lists.items() if keys
        }

    def draw(self, row: Row, below: Below, instance: Any = None) -> dict[str, Any]:
        if instance is None and self.instance_places:
            instance = self.instance(row, below)
        found = {}
        for name, place, convert, of in self.steps:
            if of is None:
                value = row[place]
                found[name] = convert(value) if convert and value is not None else value
                continue
            try:
                found[name] = of(row, below, instance)
            except SkipField:
                continue
        return found

    def instance(self, row: Row, below: Below) -> models.Model:
        """The row as its model, as if it had come with all that the plan has read."""
        values = {name: row[place] for name, place in self.instance_places.items()}
        found = instance_of(self.model, values)
        for part in [*self.joins.values(), *self.lists.values()]:
            part.attach(found, row, below)
        return found


def is_all_fields(serializer: Any) -> bool:
    """Whether DRF's own way of showing a model's row is not changed."""
    kind: Any = type(serializer)
    own: Any = serializers.BaseSerializer
    return (
        issubclass(kind, serializers.ModelSerializer)
        and kind.to_representation in PLAIN_WAYS_TO_SHOW
        and kind.many_init.__func__ is own.many_init.__func__
        and not hasattr(serializer.Meta, "list_serializer_class")
    )
