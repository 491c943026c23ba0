"""What came from where, to look up. `import_flask --undo` and `--forget` change it."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from common.admin import SearchAdmin
from flask_import.models import ImportedRow, ImportRun


class ReadOnlyAdmin(SearchAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    """Imports, with the number of rows that each wrote to a table."""

    list_display = ("id", "system", "source", "written_at", "number_of_rows")
    list_filter = ("system",)
    search_fields = ("source",)
    number_fields = ("pk",)

    @admin.display(description="rows")
    def number_of_rows(self, run: ImportRun) -> int:
        return sum(run.counts.values())


@admin.register(ImportedRow)
class ImportedRowAdmin(ReadOnlyAdmin):
    """Old rows and the rows that they became, to find by the old and the new ID."""

    list_display = ("table", "old_id", "model", "new_pk", "is_new", "run")
    list_filter = ("is_new", "run")
    list_select_related = ("run",)
    search_fields = ("table", "old_id", "new_pk")
    number_fields = ("old_id", "new_pk")
