"""Resources for file imports, which find, fill and check the instance of each row.

    class ActorResource(SheetResource):
        class Meta(SheetResource.Meta):
            model = Actor
            fields = ("id", "name", "age", "gender")

A row with an ID changes that instance, one without adds an instance. Values go through
the model's own fields and `full_clean()`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Field as ModelField
from django.db.models import ForeignKey, Model
from django.utils.html import conditional_escape, format_html
from import_export.fields import Field
from import_export.resources import Diff, ModelResource
from import_export.widgets import ForeignKeyWidget, ManyToManyWidget, Widget
from tablib import Dataset

from common.db.fields import MAX_INT64
from common.spreadsheets import SheetError
from common.suggestions import suggestion

Row = Mapping[str, str]
MAX_SHOWN = 100


class ValueWidget(Widget):
    """A value of a model's field. An empty cell is null unless it can be a text."""

    def __init__(self, field: ModelField[Any, Any]) -> None:
        super().__init__()
        self.field = field

    def clean(self, value: str, row: Row | None = None, **kwargs: object) -> object:
        if value == "" and self.field.null and not self.field.empty_strings_allowed:
            return None
        try:
            return self.field.to_python(value)
        except ValidationError as exc:
            # The importer collects ValueError by field.
            raise ValueError(" ".join(exc.messages)) from None


class RowFinder:
    """Instances of another model by ID. `load()` reads those of a whole file."""

    model: type[Model]
    instances: Mapping[int, Model] = {}

    def load(self, cells: Iterable[str]) -> None:
        ids = {to_id(text) for cell in cells for text in cell.split()} - {None}
        self.instances = self.model._default_manager.in_bulk(ids)

    def find(self, text: str) -> Model:
        instance = self.instances.get(to_id(text) or 0)
        if instance is None:
            name = self.model._meta.verbose_name
            raise ValueError(f"There is no {name} with the ID {text[:MAX_SHOWN]}.")
        return instance


class RowWidget(RowFinder, ForeignKeyWidget):
    """An instance by its ID."""

    def clean(self, value: str, row: Row | None = None, **kwargs: object) -> object:
        return self.find(value) if value else None

    def render(self, value: Model | None, obj: object = None, **kwargs: object) -> str:
        return "" if value is None else str(value.pk)


class RowsWidget(RowFinder, ManyToManyWidget):
    """Instances by their IDs, with spaces between them."""

    def clean(self, value: str, row: Row | None = None, **kwargs: object) -> object:
        return [self.find(text) for text in dict.fromkeys(value.split())]

    def render(self, value: Any, obj: object = None, **kwargs: object) -> str:
        rows = [] if value is None else value.all()
        return " ".join(str(pk) for pk in sorted(each.pk for each in rows))


class CellField(Field):
    """A column of the file. An empty cell leaves a null or an empty text as it is."""

    is_required = False

    def save(
        self, instance: Model, row: Row, is_m2m: bool = False, **kwargs: object
    ) -> None:
        is_empty = row[self.column_name] == "" and not is_m2m
        if is_empty and self.is_required:
            raise ValueError("This field is required.")
        if is_empty and self.get_value(instance) in self.empty_values:
            return
        super().save(instance, row, is_m2m, **kwargs)


class SheetDiff(Diff):
    """The old and the new value of each cell, without inline styles."""

    def compare_with(self, resource: SheetResource, instance: Model) -> None:
        """Read the new values, without the ID that a preview does not keep."""
        super().compare_with(resource, instance)
        if self.new:
            self.right[resource.get_diff_headers().index("id")] = ""

    def as_html(self) -> list[str]:
        pairs = zip(self.left, self.right, strict=True)
        return [
            conditional_escape(new)
            if self.new or str(old) == str(new)
            else format_html("<del>{}</del> <ins>{}</ins>", old, new)
            for old, new in pairs
        ]


class SheetResource(ModelResource):
    class Meta:
        skip_unchanged = True
        report_skipped = False
        clean_model_instances = True
        use_transactions = True

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.stored: dict[int, Model] = {}
        self.numbers: dict[int, int] = {}

    @classmethod
    def get_diff_class(cls) -> type[Diff]:
        return SheetDiff

    @classmethod
    def field_from_django_field(
        cls, field_name: str, django_field: ModelField[Any, Any], readonly: bool
    ) -> Field:
        """Return the field with the columns that the CSV of the admin has."""
        column, model = field_name, django_field.related_model
        widget: Widget = ValueWidget(django_field)
        if isinstance(django_field, ForeignKey):
            column, widget = django_field.attname, RowWidget(model)
        elif django_field.many_to_many:
            widget = RowsWidget(model)
        field = CellField(
            attribute=field_name, column_name=column, widget=widget, readonly=readonly
        )
        optional = django_field.blank or django_field.null or django_field.primary_key
        field.is_required = not optional
        return field

    def before_import(self, dataset: Dataset, **kwargs: object) -> None:
        """Check the heading, and read all rows that the file names by few queries."""
        try:
            self.check_columns(dataset.headers)
        except SheetError:
            # Otherwise each row would be reported as well.
            dataset.wipe()
            raise
        for field in self.get_import_fields():
            if isinstance(field.widget, RowFinder):
                field.widget.load(dataset[field.column_name])
        texts = dataset["id"] if "id" in dataset.headers else []
        self.stored = self.lock_stored({to_id(text) for text in texts} - {None})

    def check_columns(self, names: list[str]) -> None:
        columns = [field.column_name for field in self.get_import_fields()]
        # The texts of rows that a foreign key refers to are exported only.
        ignored = {field.attribute for field in self.get_import_fields()}
        for name in names:
            if name not in {*columns, *ignored}:
                raise SheetError(unknown_column(name, columns))
            if names.count(name) > 1:
                raise SheetError(f'The column "{name}" occurs twice.')
        missing = [name for name in columns if name not in names and name != "id"]
        if missing:
            raise SheetError(f"Missing columns: {', '.join(missing)}.")

    def lock_stored(self, ids: set[int | None]) -> dict[int, Model]:
        widgets = [(each.attribute, each.widget) for each in self.get_import_fields()]
        lists = [name for name, each in widgets if isinstance(each, RowsWidget)]
        parents = [name for name, each in widgets if isinstance(each, RowWidget)]
        rows = self.get_queryset().filter(pk__in=ids).order_by("pk")
        rows = rows.select_for_update(no_key=True, of=("self",))
        rows = rows.select_related(*parents) if parents else rows
        return {row.pk: row for row in rows.prefetch_related(*lists)}

    def before_import_row(self, row: Row, **kwargs: Any) -> None:
        """Refuse an ID that an earlier row has."""
        pk, number = to_id(row.get("id", "")), kwargs["row_number"] + 1
        if pk is None:
            return
        first = self.numbers.setdefault(pk, number)
        if first != number:
            raise ValidationError({"id": f"Row {first} has the same ID."})

    def get_instance(self, instance_loader: object, row: Row) -> Model | None:
        text = row.get("id", "")
        if text == "":
            return None
        instance = self.stored.get(to_id(text) or 0)
        if instance is None:
            name = self._meta.model._meta.verbose_name
            raise ValidationError(
                {
                    "id": f"There is no {name} with the ID {text[:MAX_SHOWN]}. Leave "
                    "the cell empty to add one."
                }
            )
        return instance

    def skip_row(
        self,
        instance: Model,
        original: Model,
        row: Row,
        import_validation_errors: dict[str, Any] | None = None,
    ) -> bool:
        """Skip a row without changes. The library checks lists of IDs only here."""
        try:
            skipped: bool = super().skip_row(
                instance, original, row, import_validation_errors
            )
        except ValueError as exc:
            raise ValidationError(str(exc)) from None
        return skipped


def to_id(text: str) -> int | None:
    """Return the ID that the text is, or None."""
    text = text.strip()
    is_number = text.isascii() and text.isdigit() and len(text) < 20
    return int(text) if is_number and int(text) <= MAX_INT64 else None


def unknown_column(name: str, columns: list[str]) -> str:
    valid = f"Valid columns: {', '.join(columns)}."
    return f'Unknown column "{name[:MAX_SHOWN]}". {suggestion(name, columns) or valid}'
