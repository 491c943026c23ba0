"""Read-only admin of imports. `import_flask --undo` and `--forget` change them."""

from __future__ import annotations

from django.contrib import admin

from common.admin import ReadOnlyMixin, SearchAdmin
from flask_import.models import ImportedRow, ImportRun


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyMixin, SearchAdmin):
    """Imports, with the number of rows that each wrote to a table."""

    list_display = ("id", "system", "source", "written_at", "number_of_rows")
    list_filter = ("system",)
    search_fields = ("source",)
    number_fields = ("pk",)

    @admin.display(description="rows")
    def number_of_rows(self, run: ImportRun) -> int:
        return sum(run.counts.values())


@admin.register(ImportedRow)
class ImportedRowAdmin(ReadOnlyMixin, SearchAdmin):
    """Old rows and the rows that they became, to find by the old and the new ID."""

    list_display = ("table", "old_id", "model", "new_pk", "is_new", "run")
    list_filter = ("is_new", "run")
    list_select_related = ("run",)
    search_fields = ("table", "old_id", "new_pk")
    number_fields = ("old_id", "new_pk")
