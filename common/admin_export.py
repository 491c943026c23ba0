"""The selected rows of a list in the admin as CSV."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib import admin
from django.contrib.admin.options import IS_POPUP_VAR
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.text import slugify

from common.http.csv_responses import Row, csv_response, escape_formulas

CHUNK_SIZE = 500
DESCRIPTION = "Export selected %(verbose_name_plural)s as CSV"
# An admin action as `get_actions()` returns it: function, name, description.
Action = tuple[Callable[..., Any], str, str] | None


class Column(NamedTuple):
    name: str
    value: Callable[[Any], object]


class CSVExportAdmin(admin.ModelAdmin):
    """Admin with the action "Export selected … as CSV" for users who can view.

    `csv_fields` names the fields to export, by default those of the model's table. An
    empty list removes the action. A foreign key becomes two columns, `author_id` with
    the key and `author` with its text; a many-to-many field has the keys of its rows.
    """

    csv_fields: Sequence[str] | None = None

    def get_actions(self, request: HttpRequest) -> dict[str, Action]:
        actions: dict[str, Action] = super().get_actions(request)
        is_allowed = IS_POPUP_VAR not in request.GET and self.csv_fields != ()
        if is_allowed and self.has_view_permission(request):
            actions["export_csv"] = (export_csv, "export_csv", DESCRIPTION)
        return actions

    def get_csv_fields(self) -> list[Field[Any, Any]]:
        options = self.model._meta
        if self.csv_fields is None:
            return list(options.concrete_fields)
        return [options.get_field(name) for name in self.csv_fields]


def export_csv(
    model_admin: CSVExportAdmin, request: HttpRequest, queryset: QuerySet[Any]
) -> StreamingHttpResponse:
    filename, heading, chunks = table_of(model_admin, queryset)
    return csv_response(f"{filename}.csv", heading, chunks)


def table_of(
    model_admin: CSVExportAdmin, queryset: QuerySet[Any]
) -> tuple[str, Row, Iterator[list[Row]]]:
    """Return the name of the file, the heading, and the rows in chunks."""
    fields = model_admin.get_csv_fields()
    columns = [column for field in fields for column in columns_of(field)]
    cells: Iterator[list[Row]] = (
        [[to_cell(column.value(row)) for column in columns] for row in chunk]
        for chunk in chunks(with_related(queryset, fields))
    )
    filename = slugify(str(model_admin.opts.verbose_name_plural))
    return filename, [column.name for column in columns], cells


def columns_of(field: Field[Any, Any]) -> list[Column]:
    if field.many_to_many:
        return [Column(field.name, lambda row: keys_of(row, field.name))]
    column = Column(field.attname, lambda row: getattr(row, field.attname))
    if not isinstance(field, ForeignKey):
        return [column]
    return [column, Column(field.name, lambda row: getattr(row, field.name))]


def keys_of(row: Model, name: str) -> str:
    keys = sorted(each.pk for each in getattr(row, name).all())
    return " ".join(map(str, keys))


def with_related(
    queryset: QuerySet[Any], fields: Sequence[Field[Any, Any]]
) -> QuerySet[Any]:
    """Return the queryset with the rows that the columns need, and no others."""
    parents = [field.name for field in fields if isinstance(field, ForeignKey)]
    lists = [field.name for field in fields if field.many_to_many]
    rows = queryset.prefetch_related(None).select_related(None)
    rows = rows.prefetch_related(*lists) if lists else rows
    return rows.select_related(*parents) if parents else rows


def chunks(rows: QuerySet[Any]) -> Iterator[list[Model]]:
    """Yield the rows by key, each chunk by its own queries: no cursor stays open."""
    rows = rows.order_by("pk")
    chunk = list(rows[:CHUNK_SIZE])
    while chunk:
        yield chunk
        chunk = list(rows.filter(pk__gt=chunk[-1].pk)[:CHUNK_SIZE])


def to_cell(value: object) -> object:
    """Return what the csv writer writes as it is: a number, or a safe text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float | Decimal):
        return value
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | dict):
        return escape_formulas(json.dumps(value))
    return escape_formulas(str(value))
