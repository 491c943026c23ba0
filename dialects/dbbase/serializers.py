"""Serializers of the DBBase dialect: one row, and new rows in a list."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.db import models, transaction
from django.utils.functional import cached_property
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from common.db.fields import MAX_INT64
from common.db.sequences import advance_sequence
from common.http.errors import Conflict
from common.http.fields import FIELD_MAPPING
from common.http.serializers import SentFieldsSerializer
from dialects.dbbase import old_texts
from dialects.dbbase.fields import (
    DbbaseCharField,
    DbbaseDateField,
    DbbaseDateTimeField,
    DbbaseFloatField,
    DbbaseIntegerField,
    DbbaseKeyField,
    MoneyField,
    SerializerField,
)

MAX_NEW_ROWS = 1000
# Maximum distance of a chosen ID from the highest one in use. Generated IDs follow it.
MAX_ID_DISTANCE = 1_000_000
# Fields that DRF maps to other classes than ours; subclasses share their entry.
INTEGER_FIELDS = [
    models.IntegerField,
    models.BigIntegerField,
    models.SmallIntegerField,
    models.PositiveIntegerField,
    models.PositiveSmallIntegerField,
]
Fields = dict[str, SerializerField]
ColumnValues = dict[str, object]


class DbbaseModelSerializer(SentFieldsSerializer):
    """A row. A client may choose the ID of a new row."""

    serializer_field_mapping = {
        **FIELD_MAPPING,
        models.CharField: DbbaseCharField,
        models.TextField: DbbaseCharField,
        **dict.fromkeys(INTEGER_FIELDS, DbbaseIntegerField),
        models.FloatField: DbbaseFloatField,
        models.DateField: DbbaseDateField,
        models.DateTimeField: DbbaseDateTimeField,
        models.DecimalField: MoneyField,
    }
    # The IDs in use, if they were read for a whole list of new rows.
    taken_ids: set[int] | None = None
    # Fields that only a new row takes.
    create_only_fields: Collection[str] = ()
    # For the OpenAPI document: a body of PUT or PATCH, and a row of `serialFields`.
    is_update = False
    is_selection = False

    id = DbbaseIntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=MAX_INT64,
        help_text="An ID of your choice. It must be free, and at most "
        f"{MAX_ID_DISTANCE:,} above the highest one. By default, the next ID.",
    )

    @property
    def model(self) -> type[models.Model]:
        model: type[models.Model] = self.Meta.model
        return model

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        """Require a text that may be blank. DRF may leave it out."""
        field_class, kwargs = super().build_standard_field(field_name, model_field)
        has_default = model_field.has_default() or model_field.null
        if issubclass(field_class, DbbaseCharField) and not has_default:
            kwargs.pop("required", None)
        return field_class, kwargs

    def get_fields(self) -> Fields:
        fields = super().get_fields()
        selected = self.selected_fields
        if selected is None:
            return fields
        return {name: fields[name] for name in fields if name in selected}

    @property
    def selected_fields(self) -> Collection[str] | None:
        """Return the names in `serialFields`, None for all fields."""
        return self.context.get("serial_fields") if self.is_row else None

    @property
    def is_row(self) -> bool:
        """Return whether this is a row of the response, not one nested in it."""
        parent = self.parent
        if isinstance(parent, serializers.ListSerializer):
            parent = parent.parent
        return parent is None

    @property
    def model_name(self) -> str:
        """The name of the model in messages, by default that of its class."""
        return str(getattr(self.Meta, "model_name", self.model.__name__))

    def validate_id(self, value: int | None) -> int | None:
        if value is None:
            return None
        if self.url_id is not None and value != self.url_id:
            raise ValidationError(f"The id must be {self.url_id}, as in the URL.")
        if self.instance is None:
            self.check_new_id(value)
        return value

    @property
    def url_id(self) -> int | None:
        """The ID in the URL of a PUT or PATCH."""
        view: Any = self.context.get("view")
        if getattr(view, "action", None) not in {"update", "partial_update"}:
            return None
        return int(view.kwargs["pk"])

    def check_new_id(self, pk: int) -> None:
        if self.is_taken(pk):
            # Echoed as the client sent it, for example as text.
            sent = getattr(self, "initial_data", {}).get("id", pk)
            text = old_texts.ID_TAKEN.format(id=sent, model=self.model_name)
            raise Conflict(text, "id_taken")
        if pk > self.highest_id + MAX_ID_DISTANCE:
            raise ValidationError(
                f"The id can be at most {MAX_ID_DISTANCE} above the highest id in use."
            )

    @cached_property
    def highest_id(self) -> int:
        rows = self.model._default_manager.order_by()
        return int(rows.aggregate(highest=models.Max("pk"))["highest"] or 0)

    def is_taken(self, pk: int) -> bool:
        if self.taken_ids is None:
            return self.model._default_manager.filter(pk=pk).exists()
        is_taken = pk in self.taken_ids
        self.taken_ids.add(pk)
        return is_taken

    def create(self, validated_data: ColumnValues) -> models.Model:
        if validated_data.get("id") is None:
            validated_data.pop("id", None)
            return self.insert(validated_data)
        with transaction.atomic():
            instance = self.insert(validated_data)
            advance_sequence(instance)
        return instance

    @transaction.atomic
    def insert(self, columns: ColumnValues) -> models.Model:
        """Store a new row. Override this to call a service."""
        row: models.Model = super().create(columns)
        return row

    def update(self, instance: Any, validated_data: ColumnValues) -> Any:
        """Update the row. An ID in the body equals its own."""
        validated_data.pop("id", None)
        return super().update(instance, validated_data)


def are_stored(
    items: Sequence[Mapping[str, object]],
    sent: Sequence[Mapping[str, object]],
    rows: models.QuerySet[Any],
) -> bool:
    """Return whether nested items are the stored rows, unchanged and in their order.

    `sent` are the items before validation, which has removed their ids.
    """
    stored = list(rows.order_by("pk"))
    return [item.get("id") for item in sent] == [row.pk for row in stored] and all(
        getattr(row, name) == value
        for row, item in zip(stored, items, strict=True)
        for name, value in item.items()
    )


class NewRowsSerializer(serializers.ListSerializer[models.Model]):
    """New rows in one POST. The number of queries doesn't depend on that of the rows.

    POST /books  [{"authorId": 3, "title": "…", "pubYear": 1997}, {…}]
    201  {"Book": [{"id": 6, …}, {"id": 7, …}]}
    400  {"message": [{"item": 1, "title": "…"}, {"item": 3, "missing_columns": […]}]}
    """

    child: DbbaseModelSerializer

    def to_internal_value(self, data: list[object]) -> list[object]:
        if len(data) <= MAX_NEW_ROWS:
            self.read_related([row for row in data if isinstance(row, dict)])
        return list(super().to_internal_value(data))

    def read_related(self, new_rows: list[ColumnValues]) -> None:
        """Read the rows that the new ones refer to, and the IDs that are taken."""
        for name, field in self.child.fields.items():
            if isinstance(field, DbbaseKeyField) and not field.read_only:
                ids = parse_ids(new_rows, name, field.pk_field)
                field.rows_by_id = field.get_queryset().in_bulk(ids)
        chosen = parse_ids(new_rows, "id", self.child.fields["id"])
        rows = self.child.model._default_manager.in_bulk(chosen)
        self.child.taken_ids = set(rows)

    @transaction.atomic
    def create(self, validated_data: list[ColumnValues]) -> Any:
        model = self.child.model
        rows = [model(**columns) for columns in validated_data]
        with_id = [row for row in rows if row.pk is not None]
        without_id = [row for row in rows if row.pk is None]
        model._default_manager.bulk_create(with_id)
        if with_id:
            # The database must not generate an ID that the client chose.
            advance_sequence(max(with_id, key=lambda row: int(row.pk)))
        model._default_manager.bulk_create(without_id)
        return rows


def parse_ids(
    rows: Iterable[ColumnValues],
    name: str,
    field: SerializerField,
) -> set[int]:
    """Return the valid IDs in the rows. The validation of a row refuses the others."""
    return set(valid_values(field, (row[name] for row in rows if name in row)))


def valid_values(field: SerializerField, values: Iterable[object]) -> Iterator[int]:
    for value in values:
        with suppress(ValidationError, serializers.SkipField):
            if (number := field.run_validation(value)) is not None:
                yield number
