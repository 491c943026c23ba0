"""The columns that clients can filter and order by: those of the view's FilterSet.

    class BookFilter(FilterSet):
        class Meta:
            model = Book
            fields = ["title", "pub_year", "author__last_name"]

In requests, their names are `title`, `pubYear` or `pub_year`, and `author.lastName`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.models import CharField, DecimalField, F, Model, Q, TextField
from django.db.models.expressions import OrderBy
from django.utils.functional import cached_property
from django_filters import Filter
from django_filters.rest_framework import DjangoFilterBackend
from django_filters.utils import get_field_parts
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.utils.field_mapping import ClassLookupDict

from common.db.fields import MAX_INT64
from common.suggestions import suggestion
from dialects.dbbase import old_texts
from dialects.dbbase.errors import QueryError
from dialects.dbbase.fields import (
    DbbaseCharField,
    DbbaseIntegerField,
    MoneyField,
    SerializerField,
)
from dialects.dbbase.serializers import DbbaseModelSerializer

MAX_TEXT = 1000
NUMBER_FIELDS = (
    serializers.IntegerField,
    serializers.DecimalField,
    serializers.FloatField,
)


class DecimalOperandField(MoneyField):
    """A number to compare prices with. Unlike a price, it isn't rounded."""

    validate_precision = serializers.DecimalField.validate_precision


@dataclass(frozen=True)
class Column:
    """A column of a model or of a related one.

    `name` is in snake_case with dots between relations, `lookup` has `__` there. `path`
    holds the model fields along the lookup.
    """

    name: str
    lookup: str
    model: type[Model]
    path: tuple[Any, ...]

    @cached_property
    def model_field(self) -> Any:
        """The field of the values: for a foreign key, the field that it refers to."""
        field = self.path[-1]
        while field.is_relation:
            field = field.target_field
        return field

    @cached_property
    def value_field(self) -> SerializerField:
        """The serializer field that parses values of the column."""
        field = self.model_field
        if isinstance(field, CharField | TextField):
            return DbbaseCharField(allow_blank=True, max_length=MAX_TEXT)
        mapping: Any = DbbaseModelSerializer.serializer_field_mapping
        field_class = ClassLookupDict(mapping)[field]
        if issubclass(field_class, serializers.IntegerField):
            return DbbaseIntegerField(min_value=-MAX_INT64 - 1, max_value=MAX_INT64)
        if isinstance(field, DecimalField):
            return DecimalOperandField(field.max_digits, field.decimal_places)
        value_field: SerializerField = field_class()
        return value_field

    @property
    def is_number(self) -> bool:
        return isinstance(self.value_field, NUMBER_FIELDS)

    @property
    def value_type(self) -> type:
        """Only columns of the same value type can be compared with each other."""
        return serializers.DecimalField if self.is_number else type(self.value_field)

    @property
    def is_to_many(self) -> bool:
        return any(field.one_to_many or field.many_to_many for field in self.path)

    @property
    def is_nullable(self) -> bool:
        return any(field.null for field in self.path)

    def parse(self, text: str, field: SerializerField | None = None) -> object:
        """Return the value of a text. Raise ValidationError with the column's name."""
        try:
            return (field or self.value_field).run_validation(text)
        except ValidationError as exc:
            raise ValidationError({self.name: exc.detail}) from exc

    def order(self, *, is_descending: bool) -> OrderBy:
        """Return the order by the column. Nulls are first, in descending order last."""
        # If a column has no nulls, an order that mentions them would not use its index.
        has_nulls = self.is_nullable or None
        if is_descending:
            return F(self.lookup).desc(nulls_last=has_nulls)
        return F(self.lookup).asc(nulls_first=has_nulls)

    def any_related(self, condition: Q) -> Q:
        """Return the condition that some related row meets `condition`."""
        rows = self.model._default_manager.filter(condition)
        return Q(pk__in=rows.order_by().values("pk"))


Columns = dict[str, Column]


def columns_of(view: object, model: type[Model]) -> Columns:
    """Return the columns that the view declares, by name, and the ID."""
    view_class: Any = type(view)
    return declared_columns(view_class, model)


@lru_cache(maxsize=200)
def declared_columns(view_class: Any, model: type[Model]) -> Columns:
    rows = model._default_manager.none()
    filterset = DjangoFilterBackend().get_filterset_class(view_class, rows)
    columns = {"id": Column("id", "pk", model, (model._meta.pk,))}
    for name, declared in filterset.base_filters.items() if filterset else ():
        column = column_of(name, declared, model)
        columns[column.name] = column
    return columns


def column_of(name: str, declared: Filter, model: type[Model]) -> Column:
    lookup = str(declared.field_name)
    path = get_field_parts(model, lookup)
    if not path or not path[-1].concrete:
        raise ImproperlyConfigured(f"The filter {name} is not a column of the model.")
    if declared.method or declared.exclude or declared.lookup_expr != "exact":
        raise ImproperlyConfigured(
            f"The filter {name} must be a plain column: clients choose the operator."
        )
    return Column(name.replace("__", "."), lookup, model, tuple(path))


def get_column(columns: Columns, name: str, model: type[Model]) -> Column:
    if name not in columns:
        raise no_column_error(name, model, columns)
    return columns[name]


def no_column_error(
    name: str, model: type[Model], valid_names: Iterable[str] = ()
) -> QueryError:
    text = old_texts.UNKNOWN_COLUMN.format(name=name[:100], model=model.__name__)
    return QueryError(text, "no_column", suggestion(name, valid_names))
