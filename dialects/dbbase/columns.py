"""The columns that clients may name: those of the view's FilterSet, and no others.

    class BookFilter(FilterSet):
        class Meta:
            model = Book
            fields = ["title", "pub_year", "author__last_name"]

A client reaches them as `title`, `pubYear` or `pub_year`, and `author.lastName`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import OrderBy
from django.utils.functional import cached_property
from django_filters import Filter
from django_filters.rest_framework import DjangoFilterBackend
from django_filters.utils import get_field_parts
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.utils.field_mapping import ClassLookupDict

from dialects.dbbase.fields import DbbaseCharField, DbbaseIntegerField, MoneyField
from dialects.dbbase.serializers import DbbaseModelSerializer

MAX_TEXT = 1000
INT64 = 2**63 - 1
NUMBERS = (
    serializers.IntegerField,
    serializers.DecimalField,
    serializers.FloatField,
)


class LimitField(MoneyField):
    """A number to compare prices with, which is not rounded to one."""

    validate_precision = serializers.DecimalField.validate_precision


@dataclass(frozen=True)
class Column:
    """A column by its name in snake_case, with dots along relations."""

    name: str
    lookup: str
    model: type[models.Model]
    # The fields along the lookup, that of the column itself last.
    path: tuple[Any, ...]

    @cached_property
    def field(self) -> Any:
        """The model's field, of a foreign key that which it refers to."""
        field = self.path[-1]
        while field.is_relation:
            field = field.target_field
        return field

    @cached_property
    def value_field(self) -> Any:
        """The serializer field that reads a value of the column from a text."""
        if isinstance(self.field, models.CharField | models.TextField):
            return DbbaseCharField(allow_blank=True, max_length=MAX_TEXT)
        mapping: Any = DbbaseModelSerializer.serializer_field_mapping
        of: Any = ClassLookupDict(mapping)[self.field]
        if issubclass(of, serializers.IntegerField):
            return DbbaseIntegerField(min_value=-INT64 - 1, max_value=INT64)
        if issubclass(of, serializers.DecimalField):
            return LimitField(self.field.max_digits, self.field.decimal_places)
        return of()

    @property
    def is_number(self) -> bool:
        return isinstance(self.value_field, NUMBERS)

    @property
    def kind(self) -> type:
        """Columns of one kind can be compared with each other."""
        return serializers.DecimalField if self.is_number else type(self.value_field)

    @property
    def is_to_many(self) -> bool:
        return any(step.one_to_many or step.many_to_many for step in self.path)

    @property
    def is_nullable(self) -> bool:
        return any(step.null for step in self.path)

    def value(self, text: str) -> Any:
        return self.read(self.value_field, text)

    def read(self, field: Any, text: str) -> Any:
        """The text as the field reads it, or a ValidationError naming the column."""
        try:
            return field.run_validation(text)
        except ValidationError as exc:
            raise ValidationError({self.name: exc.detail}) from exc

    def order(self, *, is_descending: bool) -> OrderBy:
        """Rows without a value come first, in falling order last."""
        # Said of a column that has no nulls, it would keep indexes out.
        nulls = self.is_nullable or None
        if is_descending:
            return F(self.lookup).desc(nulls_last=nulls)
        return F(self.lookup).asc(nulls_first=nulls)

    def among(self, condition: Q) -> Q:
        """Rows that have any relative for which the condition holds."""
        rows = self.model._default_manager.filter(condition)
        return Q(pk__in=rows.order_by().values("pk"))


Columns = dict[str, Column]


def columns_of(view: Any, model: type[models.Model]) -> Columns:
    """The declared columns by name, and the id."""
    kind: Any = type(view)
    return declared_columns(kind, model)


@lru_cache(maxsize=200)
def declared_columns(kind: type[Any], model: type[models.Model]) -> Columns:
    rows = model._default_manager.none()
    declared = DjangoFilterBackend().get_filterset_class(kind, rows)
    found = {"id": Column("id", "pk", model, (model._meta.pk,))}
    for name, of in declared.base_filters.items() if declared else ():
        column = column_of(name, of, model)
        found[column.name] = column
    return found


def column_of(name: str, of: Filter, model: type[models.Model]) -> Column:
    lookup = str(of.field_name)
    path = get_field_parts(model, lookup)
    if not path or not path[-1].concrete:
        raise ImproperlyConfigured(f"The filter {name} names no column.")
    if of.method or of.exclude or of.lookup_expr != "exact":
        raise ImproperlyConfigured(
            f"The filter {name} must name a column: clients choose the operator."
        )
    return Column(name.replace("__", "."), lookup, model, tuple(path))


def find(columns: Columns, name: str, model: type[models.Model]) -> Column:
    if name not in columns:
        raise no_column(name, model)
    return columns[name]


def no_column(name: str, model: type[models.Model]) -> ParseError:
    text = f"{name[:100]} is not a column in {model.__name__}"
    return ParseError(text, code="no_column")
